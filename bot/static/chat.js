// Sends and receives without leaving the page. Without this file the forms do the same by themselves.
(() => {
  "use strict";
  const at = (id) => document.getElementById(id);
  const [form, box, thread, count, notice, live, gone, writing, asking, sendButton] =
    ["ask", "text", "thread", "count", "notice", "live", "gone", "typing", "offer", "send"].map(at);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const most = Number(count.dataset.most);
  const emptyCount = count.textContent;
  let busy = 0;
  let holding = null;
  let more = {};
  let since = Date.now();

  const newId = () => crypto.randomUUID?.() ?? crypto.getRandomValues(new Uint32Array(4)).join("-");
  const last = (list) => list[list.length - 1];
  const lastNumber = () => Number(last(thread.querySelectorAll("[data-number]"))?.dataset.number ?? 0);
  const thinking = () => thread.querySelector(".thinking");
  // Older browsers have no such signal; without it a request ends when the browser gives up.
  const within = (seconds) => AbortSignal.timeout?.(seconds * 1000);
  const withAdviser = () => at("where").dataset.holder === "adviser";

  // Each announcement is an element of its own, so that it is read once, and goes when it has been read.
  const announce = (words) => {
    const line = document.createElement("p");
    line.textContent = words;
    live.append(line);
    setTimeout(() => line.remove(), 8000);
  };

  // -- the box: what is in it survives a reload, and is counted --

  const kept = (name, words) => {
    if ("shared" in document.documentElement.dataset) return "";
    try {
      if (words === undefined) return sessionStorage.getItem(name) ?? "";
      sessionStorage.setItem(name, words);
    } catch { /* storage is switched off: the browser's own memory has to do */ }
    return "";
  };
  const draft = (words) => kept("draft", words);

  const wrong = (yes) => {
    if (yes) box.setAttribute("aria-invalid", "true"); else box.removeAttribute("aria-invalid");
  };
  let told = most;
  const recount = () => {
    const left = most - [...box.value.trim()].length;
    const words = (left < 0 ? count.dataset.over : count.dataset.left).replace("{count}", Math.abs(left).toLocaleString("en-GB"));
    count.textContent = left === most ? emptyCount : words;
    count.classList.toggle("over", left < 0);
    wrong(left < 0);
    at("find").hidden = left >= 0;
    // Spoken only when a threshold is passed, so that typing is not talked over.
    const step = [-1, 0, 20, 100].find((threshold) => left <= threshold) ?? most;
    if (step < told) announce(words);
    told = step;
  };

  // A whole letter is too long for one question. What asks or demands something is what it is about. It is sent first:
  // where it tells of danger it is heard whole, and where not it comes back.
  const find = at("find");
  find.onclick = () => send(null, shorten);
  const shorten = () => {
    const sentences = box.value.match(/[^.!?\n]+[.!?]*/g) ?? [];
    const asks = sentences.filter((sentence) => sentence.includes("?"));
    const demands = sentences.filter((sentence) => /\b(must|required|deadline|within \d|no later than|please)\b/i.test(sentence));
    let found = "";
    for (const sentence of asks.length ? asks : demands.length ? demands : sentences) {
      if ([...found, ...sentence].length + 1 > most) break;
      found = `${found} ${sentence.trim()}`.trim();
    }
    box.value = found || [...box.value].slice(0, most).join("");
    draft(box.value);
    recount();
    announce(find.dataset.found);
    say("");
    box.focus();
  };

  // -- showing --

  // The choices among which one was made stay readable; those that nobody chose from go with the next line.
  const spend = (button) => {
    const list = document.createElement("ul");
    list.className = "spent";
    list.setAttribute("aria-label", live.dataset.choices);
    for (const choice of button.closest(".choices").children) {
      const item = document.createElement("li");
      item.textContent = choice.textContent;
      if (choice === button) {
        item.className = "chosen";
        const mark = document.createElement("span");
        mark.className = "unseen";
        mark.textContent = ` ${live.dataset.chosen}`;
        item.append(mark);
      }
      list.append(item);
    }
    button.closest(".choices").replaceWith(list);
  };

  const show = (element, block = "start") => element.scrollIntoView({ block, behavior: still.matches ? "auto" : "smooth" });

  const drop = (selector) => document.querySelectorAll(selector).forEach((element) => element.remove());

  const say = (words) => {
    notice.parentElement.hidden = !words;
    notice.textContent = words;
  };

  // A line in words: an answer without its folds and source; what a person or the helpline says, whole, with its author.
  const spoken = (line) => {
    const bubble = line.querySelector(".bubble");
    if (!line.matches(".assistant")) return `${line.querySelector(".author").textContent}: ${bubble.textContent}`;
    const short = [...bubble.querySelectorAll(":scope > :not(details):not(.source)")].map((part) => part.textContent);
    return [live.dataset.answered, ...short].join(" ");
  };

  // Adds what a fragment has that is not there yet. `mine`: it answers what was sent here just now; `pressed`, by this button.
  const add = (html, { mine = false, pressed = null } = {}) => {
    const piece = document.createElement("template");
    piece.innerHTML = html;
    const parts = [...piece.content.children];
    const lines = parts.filter((part) => part.matches("[data-number]") && !at(part.id));
    const [later, after] = [".thinking", "#after"].map((selector) => parts.find((part) => part.matches(selector)));
    const atEnd = scrollY + innerHeight > document.documentElement.scrollHeight - 200;
    // What was on its way when the line broke may have arrived all the same.
    for (const line of lines.filter((each) => each.matches(".parent"))) {
      const item = outbox.find((each) => each.tried && each.after < Number(line.dataset.number) && each.label === textOf(line));
      if (item) settle(item);
    }
    if (lines.length && pressed?.closest(".line:not(.welcome)")) spend(pressed);
    if (lines.length) drop("#thread .choices, .invitation, #newest, .thinking, #after, .thanks");
    if (!later) drop(".thinking");
    const unsent = outbox[0]?.line ?? null;
    lines.forEach((line) => thread.insertBefore(line, unsent));
    if (later && !thinking()) thread.append(later);
    if (after && !at("after")) thread.append(after);
    if (lines.length) ["keep", "finish"].forEach((id) => { at(id).hidden = false; });
    const stands = stand(parts.find((part) => part.id === "where"));
    const heard = lines.filter((line) => !line.matches(".parent"));
    const reply = last(heard);
    if (reply && pressed && document.activeElement !== box) reply.focus({ preventScroll: true });
    else heard.forEach((line) => announce(spoken(line)));
    // A place in the queue that has changed by itself is worth a word; other moves come with a line of their own.
    if (stands && !lines.length) announce(stands);
    if (mine && last(lines)?.matches(".parent") && !thinking()) announce(live.dataset.sent);
    // Who has scrolled up to read is left to it.
    if (reply && (mine || atEnd)) show(reply, reply.matches(".assistant") ? "start" : "nearest");
    else if (lines.length && (mine || atEnd)) show(last(lines), "nearest");
    if (lines.some((line) => line.matches(".adviser"))) typing(false);
    seen();
    if (!mine) unread(heard.length);
    listen();
    if (needsLook()) wait(); else clearTimeout(polling);
  };

  // Where the parent stands. Only the words are changed while they can be, so that a link in there keeps the focus.
  const stand = (fresh) => {
    if (!fresh) return "";
    const old = at("where");
    const [was, now] = [old, fresh].map((panel) => panel.querySelector(".standing"));
    const changed = was.textContent !== now.textContent;
    if (old.dataset.holder === fresh.dataset.holder) {
      old.hidden = fresh.hidden;
      if (changed) was.replaceChildren(...now.childNodes);
    } else {
      const focused = old.contains(document.activeElement);
      old.replaceWith(fresh);
      if (focused) fresh.focus({ preventScroll: true });
    }
    return changed ? at("where").querySelector(".standing").textContent : "";
  };

  // Tells that the adviser's lines stand here; what did not get through is told with the next sign of life.
  const adviserLine = () => Number(last(thread.querySelectorAll(".line.adviser"))?.dataset.number ?? 0);
  let acknowledged = adviserLine();
  const seen = async () => {
    const number = adviserLine();
    if (number <= acknowledged) return;
    acknowledged = number;
    try {
      await fetch(`${form.action}/seen`, { method: "POST", body: new URLSearchParams({ number }) });
    } catch {
      acknowledged = 0;
    }
  };

  // That the adviser writes is told every few seconds; without a word it is over.
  let stopped = 0;
  const typing = (yes) => {
    writing.hidden = !yes;
    clearTimeout(stopped);
    if (yes) stopped = setTimeout(typing, 6000, false);
  };

  const title = document.title;
  const framed = parent !== window;
  let tucked = false;
  let missed = 0;
  const unread = (lines) => {
    missed = document.hidden || tucked ? missed + lines : 0;
    if (framed) parent.postMessage({ helpline: "unread", count: missed }, "*");
    document.title = !missed ? title : missed === 1 ? live.dataset.one : live.dataset.more.replace("{count}", missed);
  };

  // -- lines that come later: an answer that takes its time is asked for again and again; a person's are told us --

  let polling = 0;
  let stream = null;
  let beat = 0;
  let flowing = false;
  let held = [];

  const isLive = () => "live" in at("where").dataset;
  const needsLook = () => thinking() || (isLive() && !flowing);

  const take = (html) => { if (busy) held.push(html); else add(html); };

  const connected = (yes) => {
    if (gone.hidden === yes) return;
    gone.hidden = yes;
    if (!yes) announce(gone.textContent);
  };

  const look = async () => {
    try {
      const answer = await fetch(`${form.action}/messages?after=${lastNumber()}`, { signal: within(10) });
      if (answer.status === 404) return location.reload();
      const html = await answer.text();
      if (isLive()) connected(answer.ok);
      // A line may be on its way while this one was asked for; its own answer brings everything.
      if (answer.ok && !busy) add(html);
    } catch {
      if (isLive()) connected(false);
    }
  };

  const wait = (pause = 700) => {
    clearTimeout(polling);
    polling = setTimeout(async () => {
      progress();
      if (!busy) await look();
      if (needsLook()) wait(Math.min(pause * 1.3, 5000));
    }, pause);
  };

  const hangUp = (pause) => {
    clearTimeout(beat);
    stream?.close();
    stream = null;
    flowing = false;
    if (pause) beat = setTimeout(listen, pause);
    if (needsLook()) wait();
  };

  // Browsers do not notice every dead connection. One without a sign of life for so long is given up.
  const alive = () => {
    flowing = true;
    connected(true);
    seen();
    clearTimeout(beat);
    beat = setTimeout(hangUp, 40000, 1);
  };

  const listen = () => {
    if (!isLive()) return stream && hangUp();
    if (stream || !window.EventSource) return;
    clearTimeout(beat);
    const mine = stream = new EventSource(`${form.action}/events?after=${lastNumber()}`);
    // Whatever got lost on the way, a gap in the numbers tells it, and everything from there on is asked for.
    const missing = (next) => !busy && next > lastNumber() + 1;
    mine.addEventListener("beat", (event) => {
      alive();
      if (missing(Number(event.data) + 1)) look();
    });
    mine.addEventListener("typing", () => typing(true));
    mine.onmessage = (event) => {
      alive();
      if (missing(Number(/data-number="(\d+)"/.exec(event.data)?.[1] ?? 0))) look();
      else take(event.data);
    };
    mine.onerror = () => {
      if (mine !== stream) return;
      // It comes back by itself, unless it was refused; meanwhile the page asks.
      flowing = false;
      if (mine.readyState === EventSource.CLOSED) hangUp(15000);
      else if (needsLook()) wait();
    };
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

  // -- sending: each message waits in a line of its own, and goes out in order, under one id however often it is tried --

  // So long, in milliseconds, one waits for the one before it to come through: it may be a cry for help.
  const HELD = 300;

  const outbox = [];
  const textOf = (line) => line.querySelector(".bubble").textContent;
  const remember = () => kept("unsent", JSON.stringify(outbox.map(({ line, pressed, refused, flying, ...item }) => item)));

  // While something is on its way, or a button's word is still here, no other choice makes sense.
  const offer = () => {
    const hide = busy || outbox.some((item) => item.press);
    thread.querySelectorAll(".choices, .invitation").forEach((group) => { group.hidden = hide; });
  };

  const mark = (item, state) => {
    const told = item.line.querySelector(".state");
    told.textContent = told.dataset[state];
    item.line.querySelector(".mend").hidden = state !== "failed";
    item.line.classList.toggle("failed", state === "failed");
  };

  const enlist = (item) => {
    item.line = at("waiting").content.querySelector("li").cloneNode(true);
    item.line.classList.add("unsent");
    item.line.querySelector(".bubble").textContent = item.label;
    item.line.querySelector(".again").onclick = () => {
      box.focus({ preventScroll: true });
      deliver();
    };
    item.line.querySelector(".recall").onclick = () => {
      takeBack(item);
      say("");
      box.focus({ preventScroll: true });
    };
    outbox.push(item);
    thread.append(item.line);
    mark(item, "sending");
    remember();
  };

  const settle = (item) => {
    item.line.remove();
    // The answer to another one may have shown that it arrived.
    if (outbox.includes(item)) outbox.splice(outbox.indexOf(item), 1);
    remember();
    if (!outbox.length) say("");
    offer();
  };

  const takeBack = (item) => {
    settle(item);
    box.value = [item.text, box.value].filter(Boolean).join("\n");
    draft(box.value);
    recount();
  };

  // Nobody thinks about what goes to an adviser.
  const think = () => {
    if (thinking() || withAdviser()) return;
    thread.append(at("waiting").content.querySelector(".thinking").cloneNode(true));
    thinking().classList.add("guessed");
    announce(thinking().querySelector(".progress").textContent);
  };

  const post = async ({ text, press, id, more }) => {
    const fields = new URLSearchParams({ text, press, client_id: id, after: lastNumber(), ...more });
    const answer = await fetch(`${form.action}/messages`, { method: "POST", body: fields, signal: within(25) });
    const told = await answer.text();
    if (answer.ok) return [told, answer.headers.get("Helpline-Page"), answer.headers.has("Helpline-Offer")];
    const ours = answer.headers.get("Content-Type")?.startsWith("text/plain");
    throw Object.assign(new Error(), { told: ours && told, final: ours && answer.status < 500 });
  };

  // Something personal in a message: before it is sent, the parent chooses. Meanwhile it is in the box, and nothing waits
  // behind it. Each message is asked about once.
  const coach = (html, item) => {
    drop(".guessed");
    takeBack(item);
    asking.innerHTML = html;
    asking.hidden = false;
    more.asked = 1;
    asking.focus({ preventScroll: true });
    show(asking, "nearest");
  };

  const choose = (choice) => {
    if (asking.querySelector("[name=no_offer]").checked) more.no_offer = 1;
    if (choice === "without") box.value = asking.querySelector("blockquote").textContent;
    asking.hidden = true;
    box.focus({ preventScroll: true });
    if (choice !== "edit") send();
  };

  const deliver = async () => {
    const item = outbox.find((each) => !each.flying);
    // The first message begins the conversation, which the others need.
    if (!item || (busy && (!lastNumber() || holding))) return;
    busy += 1;
    holding = item;
    since = Date.now();
    item.tried = item.flying = true;
    remember();
    say("");
    outbox.forEach((each) => mark(each, "sending"));
    offer();
    think();
    show(item.line, withAdviser() ? "nearest" : "start");
    const ticking = setInterval(progress, 1000);
    setTimeout(() => {
      if (holding !== item) return;
      holding = null;
      deliver();
    }, HELD);
    const landed = () => {
      busy -= 1;
      if (holding === item) holding = null;
    };
    try {
      const [html, elsewhere, question] = await post(item);
      landed();
      if (question) coach(html, item);
      else settle(item);
      if (elsewhere) return location.assign(elsewhere);
      if (!question) add(html, { mine: true, pressed: item.pressed });
    } catch (problem) {
      landed();
      // The answer to another one has shown that it arrived.
      if (!outbox.includes(item)) return offer();
      item.flying = false;
      drop(".guessed");
      if (problem.final) {
        takeBack(item);
        wrong(!item.press);
        if (item.refused) return item.refused();
      }
      outbox.filter((each) => !each.flying).forEach((each) => mark(each, "failed"));
      say(problem.told || live.dataset.notSent);
      offer();
      if (document.activeElement === document.body) box.focus({ preventScroll: true });
      return;
    } finally {
      clearInterval(ticking);
      if (!busy) held.splice(0).forEach((html) => add(html));
    }
    deliver();
  };

  const send = (pressed = null, refused = null) => {
    const text = box.value.trim();
    if (!pressed && !text) return busy || [say(live.dataset.empty), wrong(true)];
    enlist({
      text: pressed ? "" : text,
      press: pressed?.value ?? "",
      label: pressed?.textContent ?? text,
      id: form.client_id.value,
      after: lastNumber(),
      pressed,
      refused,
      more: pressed ? {} : more,
    });
    form.client_id.value = newId();
    if (!pressed) {
      asking.hidden = true;
      more = {};
      box.value = "";
      draft("");
      recount();
    }
    offer();
    deliver();
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter;
    if (button?.name === "press") send(button);
    else if (button?.name === "personal") choose(button.value);
    else {
      box.focus({ preventScroll: true });
      send();
    }
  });

  box.addEventListener("input", () => {
    // What was offered is no longer what stands in the box.
    asking.hidden = true;
    recount();
    draft(box.value);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit(sendButton);
  });

  // Back at a page that slept or was hidden: what came meanwhile, in another tab too, is fetched at once.
  const back = () => {
    if (document.hidden) return;
    unread(0);
    if (!busy && lastNumber()) look();
    deliver();
  };
  document.addEventListener("visibilitychange", back);
  addEventListener("online", back);
  addEventListener("offline", () => isLive() && hangUp(15000));
  addEventListener("pageshow", (event) => event.persisted && back());

  // In another site's frame: whether the frame is open, which only that site's page knows, and whether we may keep a chat.
  if (framed) {
    document.documentElement.classList.add("framed");
    addEventListener("message", (event) => {
      if (event.source !== parent || !["shown", "hidden"].includes(event.data?.helpline)) return;
      tucked = event.data.helpline === "hidden";
      if (!tucked) back();
    });
    const kind = location.protocol === "https:" ? "samesite=none; secure; partitioned" : "samesite=lax";
    document.cookie = `helpline_probe=1; path=/chat; ${kind}`;
    const may = document.cookie.includes("helpline_probe=1");
    document.cookie = `helpline_probe=; path=/chat; max-age=0; ${kind}`;
    at("cookieless").hidden = may;
    form.hidden = !may;
    document.querySelector(".welcome .choices")?.toggleAttribute("hidden", !may);
    parent.postMessage({ helpline: "ready" }, "*");
  }

  document.documentElement.classList.add("scripted");
  if (!box.value) box.value = draft();
  recount();
  at("finish").addEventListener("submit", () => ["draft", "unsent"].forEach((name) => kept(name, "")));
  // Sent before this page was loaded, and perhaps taken: under the same id it is taken once.
  JSON.parse(kept("unsent") || "[]").forEach(enlist);
  deliver();
  listen();
  if (needsLook()) wait();
  const newest = at("newest");
  if (newest) newest.closest("li").scrollIntoView({ block: "start" });
})();
