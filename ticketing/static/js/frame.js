/* The frame: menus that close, focus on errors, the warning before a session ends. No page depends on this script. */
(() => {
  "use strict";

  // Menus: one open at a time; Escape and a click elsewhere close them.
  const menus = () => document.querySelectorAll("details[data-menu][open]");
  document.addEventListener("click", (event) => {
    for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // Tabs that do not all fit: the current one is in sight.
  for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
    const strip = tab.closest("ul");
    strip.scrollLeft = tab.offsetLeft - strip.offsetLeft - (strip.clientWidth - tab.clientWidth) / 2;
  }

  // A refused form: its summary takes the focus, so that a screen reader starts there.
  const summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();

  // The page of a ticket whose notices are not read: who opens it has read them. Without this script, a button says so.
  const unread = document.querySelector("form[data-read]");
  if (unread) {
    fetch(unread.action, { method: "POST", body: new FormData(unread), redirect: "manual" })
      .then((answer) => { if (answer.ok || answer.type === "opaqueredirect") unread.remove(); })
      .catch(() => {}); // the button stays
  }

  // A ticket prints with its clauses unfolded; where the style sheet alone cannot, they are opened for the time of it.
  let unfolded = [];
  window.addEventListener("beforeprint", () => {
    unfolded = Array.from(document.querySelectorAll(".status details:not([open]), .status-why:not([open]), .tip:not([open])"));
    for (const fold of unfolded) fold.open = true;
  });
  window.addEventListener("afterprint", () => { for (const fold of unfolded) fold.open = false; });

  // The session. Its end is shared between tabs: activity in one keeps the others quiet.
  const WARN = 150_000; // ms before the end: more than the two minutes that accessibility asks for
  const KEY = "guichet-session-ends";
  const box = document.querySelector("[data-session]");
  if (!box) return;
  const title = box.querySelector("h2");
  const text = box.querySelector("#session-texte");
  const left = box.querySelector("[data-session-left]");
  const stay = box.querySelector("[data-session-stay]");
  let ends = Date.parse(document.body.dataset.sessionEnds);
  let told = "";

  const store = (value) => { try { localStorage.setItem(KEY, String(value)); } catch { /* private mode */ } };
  const moved = (value) => {
    if (value > ends) { ends = value; box.hidden = true; told = ""; }
  };
  store(ends);
  window.addEventListener("storage", (event) => { if (event.key === KEY) moved(Number(event.newValue)); });

  const words = (ms) => {
    const minutes = Math.ceil(ms / 60_000);
    return minutes > 1 ? `${minutes}\u00a0minutes` : "moins d’une minute";
  };
  const tick = () => {
    const remaining = ends - Date.now();
    if (remaining > WARN) return;
    if (remaining <= 0) {
      title.textContent = "Votre session est terminée";
      text.textContent = "Ce que vous avez écrit reste à l’écran. Envoyez-le : vous vous connecterez d’abord, et rien ne sera perdu, sauf les fichiers à joindre de nouveau.";
      stay.textContent = "Se connecter";
      stay.dataset.over = "1";
    } else if (told !== words(remaining)) { // rewritten once a minute, so that a screen reader does not repeat it
      told = words(remaining);
      left.textContent = told;
    }
    if (box.hidden) { box.hidden = false; stay.focus(); }
  };
  window.setInterval(tick, 5_000);
  tick();

  stay.addEventListener("click", async () => {
    if (stay.dataset.over) { window.open("/connexion", "_blank", "noopener"); return; }
    stay.disabled = true;
    try {
      const answer = await fetch("/session", { headers: { Accept: "application/json" }, redirect: "error" });
      const until = answer.ok ? Date.parse((await answer.json()).ends) : NaN;
      if (Number.isNaN(until)) throw new Error("refused");
      moved(until);
      store(ends);
      box.hidden = true;
    } catch {
      ends = Date.now();
      tick();
    }
    stay.disabled = false;
  });
})();
