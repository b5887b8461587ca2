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

  // A refused form: its summary takes the focus, so that a screen reader starts there.
  const summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();

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
      text.textContent = "Copiez ce que vous n’avez pas encore envoyé, puis connectez-vous de nouveau.";
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
