// Keeps an open page of the desk true, and tells an adviser who looks elsewhere. Without this file pages reload by themselves.
(() => {
  "use strict";
  const at = (id) => document.getElementById(id);
  const [live, lost, signals, sound, notify, blocked] = ["live", "lost", "signals", "sound", "notify", "blocked"].map(at);
  const title = document.title;

  // -- what is kept in this browser: both signals are off until somebody asks for them --

  const kept = (name, value) => {
    try {
      if (value === undefined) return localStorage.getItem(`desk-${name}`) === "yes";
      localStorage.setItem(`desk-${name}`, value ? "yes" : "no");
    } catch { /* storage is switched off: signals stay off */ }
    return value;
  };

  // -- the stream: the server says when to look again, htmx fetches what this page shows --

  const look = (event) => document.body.dispatchEvent(new Event(event));
  let losing;
  const follow = () => {
    const stream = new EventSource(document.body.dataset.events);
    stream.addEventListener("talk", () => look("talk"));
    // Every open page hears of the desk at once; they do not all look in the same moment.
    stream.addEventListener("desk", () => setTimeout(look, Math.random() * 300, "desk"));
    stream.onopen = () => {
      clearTimeout(losing);
      losing = undefined;
      lost.hidden = true;
      // What changed before the line was up was not told.
      ["desk", "talk"].forEach(look);
    };
    stream.onerror = () => {
      losing ??= setTimeout(() => { lost.hidden = false; }, 5000);
      if (stream.readyState !== EventSource.CLOSED) return;
      // Refused, so the browser does not try again: a proxy's error, or the session has ended, to which this look leads.
      setTimeout(() => { look("desk"); follow(); }, 2000);
    };
  };
  follow();

  // -- telling --

  let audio;
  const beep = (pitch = 660, loudness = 0.2, later = 0) => {
    // A browser plays nothing before the first press of a key or button on the page.
    audio ??= new AudioContext();
    const [tone, volume, begin] = [audio.createOscillator(), audio.createGain(), audio.currentTime + later];
    volume.gain.setValueAtTime(loudness, begin);
    volume.gain.exponentialRampToValueAtTime(0.001, begin + 0.6);
    tone.frequency.value = pitch;
    tone.connect(volume).connect(audio.destination);
    tone.start(begin);
    tone.stop(begin + 0.6);
  };

  // Of several pages in one browser one tells.
  const mine = (what, within) => {
    try {
      if (Date.now() - Number(localStorage.getItem(`desk-${what}`)) < within) return false;
      localStorage.setItem(`desk-${what}`, Date.now());
    } catch { /* storage is switched off: each page tells */ }
    return true;
  };

  // -- the alarm: unasked, and again and again, until somebody has seen the danger or has the talk --

  const ALARM_EVERY = 4000;
  const ALARM = [[880, 0], [660, 0.3], [880, 0.6]];
  let alarm;
  const ring = () => {
    if (!alarm) return;
    if (!audio) {
      audio = new AudioContext();
      audio.onstatechange = ring;
    }
    const silent = audio.state !== "running";
    at("silent").hidden = !silent;
    if (!silent && mine("alarmed", ALARM_EVERY - 500)) ALARM.forEach(([pitch, later]) => beep(pitch, 0.5, later));
  };
  const listenForDanger = () => {
    const danger = Number(at("told").dataset.alarms) > 0;
    if (!danger) alarm = clearInterval(alarm);
    else alarm ??= setInterval(ring, ALARM_EVERY);
    ring();
  };
  ["pointerdown", "keydown"].forEach((press) => document.addEventListener(press, () => { if (audio?.state === "suspended") audio.resume(); }));
  listenForDanger();

  // What has not changed is not put in anew: a screen reader would tell of the same danger again.
  let strip;
  document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target.id !== "strip") return;
    if (detail.serverResponse === strip) detail.shouldSwap = false;
    strip = detail.serverResponse;
  });

  const mayNotify = () => "Notification" in window && Notification.permission === "granted";
  const show = (words) => {
    // It never holds a parent's words: others may see the screen. A new one takes the place of the old.
    const notice = new Notification(title, { body: words, tag: "helpline-desk" });
    notice.onclick = () => { window.focus(); notice.close(); };
  };

  let before = { ...at("told").dataset };
  const retitle = () => {
    const count = Number(before.count);
    document.title = count ? `(${count}) ${title}` : title;
  };
  const compare = () => {
    const now = { ...at("told").dataset };
    const more = Number(now.count) > Number(before.count) || Number(now.alarming) > Number(before.alarming);
    if (now.said !== before.said) live.textContent = now.said;
    before = now;
    retitle();
    listenForDanger();
    const [loud, shown] = [kept("sound"), kept("notify") && mayNotify()];
    if (!more || !(loud || shown) || !mine("told", 2000)) return;
    if (loud) beep();
    if (shown) show([document.querySelector("#told .alarm p")?.textContent, now.said].filter(Boolean).join(" "));
  };
  retitle();
  document.body.addEventListener("htmx:afterSwap", compare);

  // -- the two boxes on the first page --

  if (!signals) return;
  signals.hidden = false;
  sound.checked = kept("sound");
  sound.onchange = () => {
    kept("sound", sound.checked);
    if (sound.checked) beep();
  };
  notify.checked = kept("notify") && mayNotify();
  notify.onchange = async () => {
    if (notify.checked && "Notification" in window) await Notification.requestPermission();
    blocked.hidden = !notify.checked || mayNotify();
    notify.checked = notify.checked && mayNotify();
    kept("notify", notify.checked);
  };
})();
