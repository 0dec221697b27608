// On the page of a talk: sends without leaving it, puts answers into the box, keeps what is typed. htmx brings new lines.
(() => {
  "use strict";
  const at = (id) => document.getElementById(id);
  const [reply, box, problem, scroll, live] = ["reply", "text", "problem", "scroll", "live"].map(at);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const draft = `draft:${location.pathname}`;

  // A reload, a full page for another form: what was in the box is still there.
  const keep = (words) => {
    try {
      if (words === undefined) return sessionStorage.getItem(draft) ?? "";
      if (words) sessionStorage.setItem(draft, words); else sessionStorage.removeItem(draft);
    } catch { /* storage is switched off: the browser's own memory has to do */ }
    return "";
  };

  const toEnd = () => { scroll.scrollTo({ top: scroll.scrollHeight, behavior: still.matches ? "auto" : "smooth" }); };
  scroll.scrollTop = scroll.scrollHeight;

  // Whoever reads further up is left there when a line comes.
  let atEnd = true;
  let top = scroll.scrollTop;
  scroll.addEventListener("scroll", () => {
    // Our own glide to the end passes through the middle too, but only ever downwards.
    if (scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80) atEnd = true;
    else if (scroll.scrollTop < top) atEnd = false;
    top = scroll.scrollTop;
  });

  const complain = (words) => {
    problem.textContent = words;
    problem.hidden = !words;
  };

  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id === "thread" && atEnd) toEnd();
  });

  document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
    const form = detail.elt;
    if (!form.matches(".words")) {
      // Somebody else has the talk now: say so, rather than go quiet.
      if (detail.xhr.status === 403 && form.id === "thread") complain(detail.xhr.responseText);
      return;
    }
    if (!detail.successful) {
      const ours = detail.xhr.getResponseHeader("Content-Type")?.startsWith("text/plain");
      complain(ours ? detail.xhr.responseText : problem.dataset.notSent);
      return;
    }
    complain("");
    const area = form.querySelector("textarea");
    const sent = detail.requestConfig.parameters[area.name];
    // What was typed while it was on its way stays.
    area.value = area.value.startsWith(sent) ? area.value.slice(sent.length).trimStart() : "";
    area.focus();
    if (form === reply) {
      reply.client_id.value = crypto.randomUUID?.() ?? crypto.getRandomValues(new Uint32Array(4)).join("-");
      keep(box.value);
      atEnd = true;
    }
  });

  if (!reply) return;

  // -- the box --

  // The parent sees that something is being written, which is told again every few seconds.
  let told = 0;
  const tell = () => {
    if (Date.now() - told < 3000 || !box.value.trim()) return;
    told = Date.now();
    fetch(reply.action.replace(/say$/, "typing"), { method: "POST" }).catch(() => { /* no loss */ });
  };

  if (!box.value) box.value = keep();
  box.addEventListener("input", () => {
    keep(box.value);
    tell();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (box.value.trim()) reply.requestSubmit();
  });

  // Buttons with a text put it in where the cursor is; without this file the server does it.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (!button) return;
    event.preventDefault();
    const before = box.value.slice(0, box.selectionStart).trimEnd();
    const after = box.value.slice(box.selectionEnd).trimStart();
    box.value = [before, button.dataset.insert, after].filter(Boolean).join("\n\n");
    const end = box.value.length - (after ? after.length + 2 : 0);
    box.setSelectionRange(end, end);
    box.focus();
    keep(box.value);
    live.textContent = button.dataset.done;
  });
})();
