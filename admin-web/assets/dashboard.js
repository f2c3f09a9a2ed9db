// Keyboard shortcuts: ignored in fields, off when the profile says so. Every page works without this file.
"use strict";
(() => {
  const on = () => document.body.dataset.shortcuts === "on";
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;
  let goes = false;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      document.querySelectorAll("details.menu[open]").forEach((menu) => menu.removeAttribute("open"));
      if (typing(event.target)) event.target.blur();
      return;
    }
    if (!on() || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (goes) {
      goes = false;
      const link = document.querySelector(`.side a[data-key="${CSS.escape(event.key)}"]`);
      if (link) link.click();
      return;
    }
    const rows = [...document.querySelectorAll("table.list tbody tr")];
    const at = rows.indexOf(document.querySelector("tr.is-here"));
    const move = (to) => {
      if (!rows[to]) return;
      if (rows[at]) rows[at].classList.remove("is-here");
      rows[to].classList.add("is-here");
      rows[to].scrollIntoView({ block: "nearest" });
    };
    const act = {
      "/": () => document.getElementById("search").focus(),
      "?": () => location.assign("/help"),
      g: () => { goes = true; setTimeout(() => { goes = false; }, 1500); },
      j: () => move(at + 1),
      k: () => move(Math.max(at - 1, 0)),
      x: () => { const box = rows[at] && rows[at].querySelector("input[type=checkbox]"); if (box) box.click(); },
      Enter: () => { const link = rows[at] && rows[at].querySelector("a"); if (link) link.click(); },
    }[event.key];
    const button = act ? null : document.querySelector(`[data-shortcut="${CSS.escape(event.key)}"], main [data-key="${CSS.escape(event.key)}"]`);
    if (act) act();
    if (button) { if (button.matches("textarea")) button.focus(); else button.click(); }
    if ((act && event.key !== "Enter") || button) event.preventDefault();
  });
  // Figures that stay up to date: by a stream of events, or by asking while the stream does not come through.
  let asking = null;
  const ask = (event) => {
    const live = event.target instanceof Element && event.target.closest("[data-once]");
    if (!live || asking) return;
    asking = setInterval(async () => {
      const answer = await fetch(live.dataset.once, { headers: { "HX-Request": "true" } }).catch(() => null);
      if (answer && answer.status === 401) location.assign("/login");
      if (answer && answer.ok) live.innerHTML = await answer.text();
    }, 10000);
  };
  document.addEventListener("htmx:sse:error", ask);
  document.addEventListener("htmx:error", ask);
  document.addEventListener("htmx:sse:after:connection", () => {
    clearInterval(asking);
    asking = null;
  });
  // An open menu closes when something else is clicked.
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.removeAttribute("open");
    });
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog);
      if (dialog) { event.preventDefault(); dialog.showModal(); }
    }
    const closer = event.target.closest("[data-close]");
    if (closer) closer.closest("dialog").close();
  });
  // A chosen file is read into the box beside it, so that what is sent can be seen; a box in a heading ticks its column.
  document.addEventListener("change", async (event) => {
    const { into, all } = event.target.dataset;
    if (into && event.target.files[0]) {
      event.target.form.elements[into].value = await event.target.files[0].text();
      event.target.value = "";
    }
    if (all) {
      const boxes = event.target.form.querySelectorAll(`input[type=checkbox][name="${CSS.escape(all)}"]`);
      boxes.forEach((box) => { box.checked = event.target.checked; });
    }
  });
})();
