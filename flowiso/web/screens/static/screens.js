// Live updates: when the server says that something has changed, the page is fetched again and its content put in place.
// What somebody is typing is never taken away. Without this script every page works all the same.
// A tab that nobody sees holds no stream: a browser opens six connections to a host, and the seventh page would wait for ever.
"use strict";
(() => {
  const watched = () => document.querySelector("main[data-live]");
  if (!watched() || !window.EventSource) return;
  const status = document.getElementById("live");
  let source = null;
  let minute = 0;

  const typing = (main) => {
    const fields = main.querySelectorAll("input:not([type=hidden]), textarea, select");
    const changed = (field) =>
      field.type === "checkbox" ? field.checked !== field.defaultChecked
      : field.options ? [...field.options].some((one) => one.selected !== one.defaultSelected && field.selectedIndex > 0)
      : field.value !== field.defaultValue;
    return [...fields].some((field) => field === document.activeElement || changed(field));
  };

  const refresh = async () => {
    const old = watched();
    if (typing(old)) {
      status.textContent = document.body.dataset.changed;
      return;
    }
    let text;
    try {
      const answer = await fetch(location.href.split("#")[0], { headers: { "X-Live": "1" }, credentials: "same-origin" });
      text = await answer.text();
    } catch {
      status.textContent = document.body.dataset.lost;
      return;
    }
    const page = new DOMParser().parseFromString(text, "text/html");
    const fresh = page.querySelector("main[data-live]");
    if (!fresh) {
      location.reload();
      return;
    }
    const focus = document.activeElement;
    const where = old.contains(focus) ? focus.id || focus.getAttribute("href") : null;
    for (const open of old.querySelectorAll("details[id]")) {
      const same = fresh.querySelector("#" + CSS.escape(open.id));
      if (same) same.open = open.open;
    }
    old.replaceWith(fresh);
    document.title = page.title;
    if (where) {
      const again = document.getElementById(where) || [...fresh.querySelectorAll("a")].find((one) => one.getAttribute("href") === where);
      if (again) again.focus({ preventScroll: true });
    }
    status.textContent = document.body.dataset.updated;
  };

  const close = () => {
    if (source) source.close();
    source = null;
    clearInterval(minute);
  };
  const open = () => {
    if (source || document.hidden) return;
    const main = watched();
    const asked = new URLSearchParams({ topic: main.dataset.live, seen: main.dataset.seen });
    source = new EventSource(main.dataset.events + "?" + asked);
    source.addEventListener("open", () => document.documentElement.setAttribute("data-live", "on"));
    source.addEventListener("changed", refresh);
    source.addEventListener("error", ({ target }) => { if (target.readyState === EventSource.CLOSED) refresh(); });
    minute = setInterval(() => { if (!typing(watched())) refresh(); }, 60000);
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  open();
})();
