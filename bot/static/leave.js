// The quick exit: by its button, or by Escape three times. The talk ends, the page and what the device keeps are cleared.
(() => {
  "use strict";
  const form = document.getElementById("leave");
  const framed = parent !== window;

  const leave = () => {
    // Should our word to the server be lost, this tells it when the browser comes back, and the chat stays out of sight.
    const apart = location.protocol === "https:" && framed ? "samesite=none; secure; partitioned" : "samesite=lax";
    document.cookie = `helpline_left=1; path=/chat; max-age=604800; ${apart}`;
    const told = fetch(form.action, { method: "POST", keepalive: true, body: new URLSearchParams({ script: 1 }) });
    told.catch(() => { /* the cookie will tell */ });
    try { sessionStorage.clear(); } catch { /* switched off: there is nothing in it */ }
    window.speechSynthesis?.cancel();
    document.title = "";
    document.body.replaceChildren();
    if (framed) parent.postMessage({ helpline: "left" }, "*");
    else location.replace(form.dataset.to);
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    leave();
  });

  let presses = [];
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    presses = [...presses.slice(-2), event.timeStamp];
    if (presses.length === 3 && event.timeStamp - presses[0] < 2000) leave();
  });

  if (framed) {
    addEventListener("message", (event) => {
      if (event.source === parent && event.data?.helpline === "leave") leave();
    });
  }
})();
