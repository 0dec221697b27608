// Makes reading easier: text size and space, one step at a time, an answer read aloud or copied. Kept for the visit only.
(() => {
  "use strict";
  const at = (id) => document.getElementById(id);
  const page = document.documentElement;
  const [size, spaced, easy, thread, live] = ["size", "spaced", "easy", "thread", "live"].map(at);
  const extras = at("extras").content;
  const step = at("step").content;
  const speech = window.speechSynthesis;

  const kept = (words) => {
    if ("shared" in page.dataset) return null;
    try {
      if (words !== undefined) sessionStorage.setItem("reading", words);
      return sessionStorage.getItem("reading");
    } catch { return null; /* switched off: the choice holds for this page */ }
  };

  // -- one step at a time: of a list, the items that come later wait for a button --

  const stepwise = (list) => {
    const items = [...list.children];
    if (items.length < 2 || list.nextElementSibling?.matches(".step")) return;
    const row = step.cloneNode(true).firstElementChild;
    const button = row.querySelector("button");
    let shown = 1;
    const tell = () => {
      items.forEach((item, number) => { item.hidden = number >= shown; });
      button.textContent = button.dataset.next.replace("{number}", shown + 1).replace("{count}", items.length);
    };
    button.addEventListener("click", () => {
      shown += 1;
      const fresh = items[shown - 1];
      if (shown === items.length) row.remove();
      tell();
      fresh.tabIndex = -1;
      fresh.focus({ preventScroll: true });
      fresh.scrollIntoView({ block: "nearest" });
    });
    list.after(row);
    tell();
  };

  const lists = (line) => line.querySelectorAll(".bubble :is(ul, ol)");
  const unstep = () => {
    thread.querySelectorAll(".step").forEach((row) => row.remove());
    thread.querySelectorAll(".bubble li[hidden]").forEach((item) => { item.hidden = false; });
  };

  // -- read aloud, copied --

  // An answer as it is shown: what is folded away is not read.
  const words = (line) => [...line.querySelectorAll(".bubble > *")]
    .flatMap((part) => (part.matches("details") ? (part.open ? [part.innerText] : []) : [part.innerText]))
    .join("\n") || line.querySelector(".bubble").innerText;

  const quiet = () => {
    speech?.cancel();
    thread.querySelectorAll(".aloud[aria-pressed=true]").forEach((button) => {
      button.setAttribute("aria-pressed", "false");
      button.textContent = button.dataset.start;
    });
  };

  const aloud = (button, line) => {
    const stop = button.getAttribute("aria-pressed") === "true";
    quiet();
    if (stop) return;
    button.setAttribute("aria-pressed", "true");
    button.textContent = button.dataset.stop;
    // Browsers stop in the middle of what is long: a piece for each paragraph.
    const pieces = words(line).split(/\n+/).filter((piece) => piece.trim());
    pieces.forEach((piece, number) => {
      const said = new SpeechSynthesisUtterance(piece);
      said.lang = "en-GB";
      if (number === pieces.length - 1) said.onend = quiet;
      speech.speak(said);
    });
  };

  // Copied is all of it, with its source.
  const whole = (part) => (part.matches("details") ? part.textContent.trim() : part.innerText);

  const copy = async (button, line) => {
    const parts = [...line.querySelector(".bubble").children].map(whole);
    await navigator.clipboard.writeText(parts.join("\n\n") || words(line));
    const told = document.createElement("p");
    told.textContent = button.dataset.copied;
    live.append(told);
    setTimeout(() => told.remove(), 8000);
  };

  const equip = (line) => {
    if (!line.matches?.("[data-number]:not(.parent)") || line.querySelector(".extras")) return;
    const row = extras.cloneNode(true).firstElementChild;
    const [speak, take] = row.children;
    speak.hidden = !speech;
    speak.dataset.start = speak.textContent;
    speak.addEventListener("click", () => aloud(speak, line));
    take.hidden = !navigator.clipboard;
    take.addEventListener("click", () => copy(take, line));
    line.querySelector(".sent").append(row);
    if (easy.checked) lists(line).forEach(stepwise);
  };

  // -- the choices --

  const apply = () => {
    page.classList.remove("large", "larger", "spaced");
    page.classList.add(...[size.value, spaced.checked && "spaced"].filter(Boolean));
    unstep();
    if (easy.checked) lists(thread).forEach(stepwise);
  };

  const chosen = (kept() ?? "").split(" ");
  size.value = chosen.find((word) => word.startsWith("large")) ?? "";
  [spaced, easy].forEach((box) => { box.checked = chosen.includes(box.id); });
  at("reading").hidden = false;
  at("reading").addEventListener("change", () => {
    kept([size.value, ...[spaced, easy].filter((box) => box.checked).map((box) => box.id)].join(" "));
    apply();
  });
  apply();
  thread.querySelectorAll(".line").forEach(equip);
  new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach(equip))).observe(thread, { childList: true });
  addEventListener("pagehide", quiet);
})();
