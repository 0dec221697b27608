// Sends and receives without leaving the page. Without this file the form does the same by itself.
(() => {
  "use strict";
  const at = (id) => document.getElementById(id);
  const [form, box, thread, count, notice, again, live, sendButton] =
    ["ask", "text", "thread", "count", "notice", "again", "live", "send"].map(at);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const most = Number(count.dataset.most);
  const emptyCount = count.textContent;
  let busy = false;
  let polling = 0;
  let since = Date.now();

  const newId = () => crypto.randomUUID?.() ?? crypto.getRandomValues(new Uint32Array(4)).join("-");
  const lastNumber = () => [...thread.querySelectorAll("[data-number]")].pop()?.dataset.number ?? 0;
  const thinking = () => thread.querySelector(".thinking");
  const announce = (words) => { live.textContent = words; };

  // -- the box: what is in it survives a reload, and is counted --

  const draft = (words) => {
    try {
      if (words === undefined) return sessionStorage.getItem("draft") ?? "";
      sessionStorage.setItem("draft", words);
    } catch { /* storage is switched off: the browser's own memory has to do */ }
    return "";
  };

  let told = most;
  const recount = () => {
    const left = most - [...box.value.trim()].length;
    const words = (left < 0 ? count.dataset.over : count.dataset.left).replace("{count}", Math.abs(left).toLocaleString("en-GB"));
    count.textContent = left === most ? emptyCount : words;
    count.classList.toggle("over", left < 0);
    // Spoken only when a threshold is passed, so that typing is not talked over.
    const step = [-1, 0, 20, 100].find((threshold) => left <= threshold) ?? most;
    if (step < told) announce(words);
    told = step;
  };

  // -- showing --

  const show = (element) => element.scrollIntoView({ block: "start", behavior: still.matches ? "auto" : "smooth" });

  const drop = (selector) => thread.querySelectorAll(selector).forEach((element) => element.remove());

  const say = (words, retry) => {
    notice.parentElement.hidden = !words;
    notice.textContent = words;
    again.hidden = !retry;
    again.onclick = retry;
  };

  // Adds the lines of a fragment that are not there yet, and goes to the beginning of the newest reply.
  const add = (html, pressed) => {
    const piece = document.createElement("template");
    piece.innerHTML = html;
    const lines = [...piece.content.children].filter((line) => !at(line.id));
    drop(".thinking, .unsent");
    if (lines.length) drop(".choices, .invitation, #newest");
    thread.append(...lines);
    const reply = lines.filter((line) => line.matches("[data-number]:not(.parent)")).pop();
    if (reply) {
      const short = [...reply.querySelectorAll(".bubble > :not(details):not(.source)")].map((part) => part.textContent);
      if (pressed) reply.focus({ preventScroll: true });
      else announce([live.dataset.answered, ...short].join(" "));
      show(reply);
    }
    if (thinking()) wait(); else clearTimeout(polling);
  };

  // -- waiting for an answer that takes its time --

  const wait = (pause = 700) => {
    clearTimeout(polling);
    polling = setTimeout(async () => {
      progress();
      if (!busy) {
        try {
          const answer = await fetch(`${form.action}/messages?after=${lastNumber()}`);
          if (answer.status === 404) return location.reload();
          // A line may be on its way while this one was asked for; its own answer brings everything.
          if (answer.ok && !busy) {
            const html = await answer.text();
            if (html.includes("data-number")) return add(html);
          }
        } catch { /* the connection is gone for the moment: ask again */ }
      }
      wait(Math.min(pause * 1.3, 5000));
    }, pause);
  };

  const progress = () => {
    const words = thinking()?.querySelector(".progress");
    const seconds = (Date.now() - since) / 1000;
    const next = seconds > 15 ? words?.dataset.late : seconds > 4 ? words?.dataset.later : "";
    if (next && words.textContent !== next) {
      words.textContent = next;
      announce(next);
    }
  };

  // -- sending --

  const post = async (fields) => {
    const answer = await fetch(`${form.action}/messages`, { method: "POST", body: fields, signal: AbortSignal.timeout(25000) });
    const words = await answer.text();
    if (answer.ok) return [words, answer.headers.get("Helpline-Page")];
    const ours = answer.headers.get("Content-Type")?.startsWith("text/plain");
    throw Object.assign(new Error(), { words: ours && words, final: ours && answer.status < 500 });
  };

  const send = async (press = "", label = "") => {
    const text = box.value.trim();
    if (busy) return;
    if (!press && !text) return say(live.dataset.empty);
    busy = true;
    since = Date.now();
    sendButton.setAttribute("aria-disabled", "true");
    say("");
    const fields = new URLSearchParams({ text: press ? "" : text, press, client_id: form.client_id.value, after: lastNumber() });
    const waiting = at("waiting").content.cloneNode(true);
    waiting.querySelector(".bubble").textContent = label || text;
    waiting.querySelector("li").classList.add("unsent");
    const choices = thread.querySelectorAll(".choices, .invitation");
    choices.forEach((group) => { group.hidden = true; });
    drop(".thinking");
    thread.append(waiting);
    show(thread.querySelector(".unsent"));
    announce(thinking().querySelector(".progress").textContent);
    if (!press) {
      box.value = "";
      recount();
    }
    const ticking = setInterval(progress, 1000);
    try {
      const [html, elsewhere] = await post(fields);
      draft(box.value);
      if (elsewhere) return location.assign(elsewhere);
      form.client_id.value = newId();
      add(html, press);
    } catch (problem) {
      // It goes out under the same client_id again, so that a message that did arrive is answered once.
      drop(".thinking, .unsent");
      choices.forEach((group) => { group.hidden = false; });
      if (!press) box.value = [text, box.value].filter(Boolean).join("\n");
      recount();
      say(problem.words || live.dataset.notSent, !problem.final && (() => send(press, label)));
      box.focus({ preventScroll: true });
    } finally {
      clearInterval(ticking);
      busy = false;
      sendButton.removeAttribute("aria-disabled");
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter;
    if (button?.name === "press") send(button.value, button.textContent);
    else {
      box.focus({ preventScroll: true });
      send();
    }
  });

  box.addEventListener("input", () => {
    recount();
    draft(box.value);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit(sendButton);
  });

  document.documentElement.classList.add("scripted");
  const said = [...thread.querySelectorAll(".parent .bubble")].pop()?.textContent;
  if (!box.value && draft().trim() !== said) box.value = draft();
  recount();
  if (thinking()) wait();
  const newest = at("newest");
  if (newest) newest.closest("li").scrollIntoView({ block: "start" });
})();
