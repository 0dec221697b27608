// Puts the helpline's button on a page. Nothing more is loaded, kept or asked for until it is pressed.
(() => {
  "use strict";
  const { sites, open: staffed, labels } = "SERVED";
  const script = document.currentScript;
  const home = new URL(script.src).origin;
  if (location.origin !== home && !sites.includes(location.origin)) {
    console.info(`The helpline's chat is not set up for ${location.origin}. Please ask the helpline to add this address.`);
    return;
  }
  if (document.querySelector("helpline-chat")) return;

  const wishes = script.dataset;
  const language = [wishes.lang, document.documentElement.lang.slice(0, 2)].find((code) => labels[code]) ?? "en";
  const words = labels[language];
  const label = (staffed ? wishes.label : wishes.labelClosed) || words.chat;
  const colour = /^#[\da-f]{6}$/i.test(wishes.colour) ? wishes.colour : "#0b5560";

  // Black or white, whichever can be read better on the colour: one of them always can (WCAG 2.2, 1.4.3).
  const light = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const ink = light > 0.179 ? "#000" : "#fff";

  const make = (name, more, ...inside) => {
    const element = Object.assign(document.createElement(name), more);
    element.append(...inside);
    return element;
  };

  const host = document.createElement("helpline-chat");
  const root = host.attachShadow({ mode: "open" });
  if (!root.adoptedStyleSheets) {
    // An old browser: a link, which a strict page lets us style no other way.
    const link = make("a", { href: `${home}/chat`, target: "_blank", rel: "noopener", textContent: label });
    link.style.cssText = `position:fixed;bottom:16px;${wishes.side === "left" ? "left" : "right"}:16px;padding:12px 18px;background:${colour};color:${ink};border-radius:24px;font:16px sans-serif;z-index:2147483647`;
    root.append(link);
  } else {
    dress();
    furnish();
  }
  const place = () => document.body.append(host);
  if (document.body) place(); else document.addEventListener("DOMContentLoaded", place);

  function dress() {
    const side = wishes.side === "left" ? "left" : "right";
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`
      :host { all: initial !important; position: fixed !important; ${side}: 0 !important; bottom: 0 !important; z-index: 2147483647 !important; }
      [hidden] { display: none !important; }
      button { font: 600 16px/1.3 system-ui, sans-serif; border: 2px solid transparent; cursor: pointer; background: ${colour}; color: ${ink}; }
      button:focus-visible { outline: 3px solid ${ink}; outline-offset: -6px; box-shadow: 0 0 0 3px ${colour}; }
      .launcher { position: fixed; ${side}: 16px; bottom: 16px; max-width: calc(100vw - 32px); min-height: 48px; padding: 10px 20px; border-radius: 26px; box-shadow: 0 2px 10px #0006; text-align: start; overflow-wrap: anywhere; }
      .count { display: inline-block; min-width: 1.5em; margin-inline-start: 8px; padding: 0 4px; border-radius: 1em; background: ${ink}; color: ${colour}; text-align: center; }
      .panel { position: fixed; ${side}: 16px; bottom: 16px; display: flex; flex-direction: column; width: min(420px, 100vw - 32px); height: min(700px, 100vh - 32px); border: 1px solid #5d8b91; border-radius: 14px; overflow: hidden; background: Canvas; box-shadow: 0 4px 24px #0007; }
      .close { flex: none; min-height: 44px; padding: 6px 16px; text-align: start; border-radius: 0; }
      .close::after { content: "×"; float: inline-end; font-size: 22px; line-height: 1; content: "×" / ""; }
      iframe { flex: 1; width: 100%; min-height: 0; border: 0; }
      @media (max-width: 560px), (max-height: 480px) { .panel { inset: 0; width: auto; height: auto; border: 0; border-radius: 0; } }
      @media (forced-colors: active) { button { border-color: ButtonText; } }
      @media print { .launcher, .panel { display: none; } }`);
    root.adoptedStyleSheets = [sheet];
  }

  function furnish() {
    const count = make("span", { className: "count", hidden: true });
    const launcher = make("button", { type: "button", className: "launcher" }, label, count);
    const close = make("button", { type: "button", className: "close", textContent: words.close });
    const panel = make("div", { className: "panel", hidden: true, lang: language }, close);
    launcher.setAttribute("aria-expanded", "false");
    panel.setAttribute("role", "dialog");
    panel.setAttribute("aria-label", label);
    launcher.lang = language;
    launcher.dir = panel.dir = "auto";
    close.dir = "auto";
    root.append(launcher, panel);
    let frame = null;

    const tell = (word) => frame?.contentWindow.postMessage({ helpline: word }, home);

    const show = (open) => {
      panel.hidden = !open;
      launcher.hidden = open;
      launcher.setAttribute("aria-expanded", String(open));
      if (open && !frame) {
        frame = make("iframe", { src: `${home}/chat?frame=1`, title: label });
        frame.setAttribute("lang", language);
        panel.append(frame);
      }
      tell(open ? "shown" : "hidden");
      if (open) frame.focus(); else launcher.focus({ preventScroll: true });
    };

    launcher.addEventListener("click", () => show(true));
    close.addEventListener("click", () => show(false));

    // The quick exit works from here too, where the chat itself does not hear the key.
    let presses = [];
    panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      presses = [...presses.slice(-2), event.timeStamp];
      if (presses.length === 3 && event.timeStamp - presses[0] < 2000) tell("leave");
    });

    addEventListener("message", (event) => {
      if (!frame || event.source !== frame.contentWindow || event.origin !== home) return;
      if (event.data?.helpline === "unread") {
        count.textContent = event.data.count;
        count.hidden = !event.data.count;
      }
      if (event.data?.helpline === "left") {
        frame.remove();
        frame = null;
        count.hidden = true;
        // Only a page that says where to goes away with the chat.
        if (/^https?:/.test(wishes.exit)) {
          document.documentElement.style.display = "none";
          location.replace(wishes.exit);
        } else show(false);
      }
    });
  }
})();
