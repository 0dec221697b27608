"""What the chat costs a parent: bytes on the wire, and the time from the tap on the button until one can write."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass

import httpx
from playwright.async_api import async_playwright

#: A cheap phone is about so many times slower than this machine.
SLOWER = 4
TAPS = 5

#: Clicks the button and waits for the first word of the frame, which it says when its script has run.
TAP = """() => new Promise((done, fail) => {
  setTimeout(fail, 10000, new Error("the chat does not open"));
  const root = document.querySelector("helpline-chat").shadowRoot;
  const began = performance.now();
  addEventListener("message", () => done(performance.now() - began), { once: true });
  root.querySelector(".launcher").click();
})"""


@dataclass(frozen=True)
class Weight:
    """Bytes as they travel, compressed."""

    loader: int
    chat: int
    """the page and everything it loads"""


async def weigh(http: httpx.AsyncClient) -> Weight:
    """Ask for everything as a browser does that has nothing yet."""
    loader, _ = await _bytes(http, "/widget.js")
    chat, page = await _bytes(http, "/chat?frame=1")
    parts = re.findall(r'<(?:script|link|img)[^>]* (?:src|href)="([^"]+)"', page)
    for part in dict.fromkeys(parts):
        chat += (await _bytes(http, part))[0]
    return Weight(loader, chat)


async def tap(address: str) -> float | None:
    """Milliseconds from the tap until one can write, the middle one of several; None without a browser."""
    chromium = shutil.which("chromium")
    if chromium is None:
        return None
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = await (await browser.new_context()).new_page()
        session = await page.context.new_cdp_session(page)
        await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        waits: list[float] = []
        for _ in range(TAPS):
            await page.goto(f"{address}/demo")
            await page.locator("helpline-chat .launcher").wait_for()
            waits.append(await page.evaluate(TAP))
        await browser.close()
    return sorted(waits)[TAPS // 2]


async def _bytes(http: httpx.AsyncClient, address: str) -> tuple[int, str]:
    answer = await http.get(address, headers={"Accept-Encoding": "gzip"})
    answer.raise_for_status()
    return answer.num_bytes_downloaded, answer.text
