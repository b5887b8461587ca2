/* « … écrit une réponse »: the page of a ticket asks who else of one's side writes on it, and says that its reader does.
   Nothing of what is typed is sent. */
(() => {
  "use strict";

  const place = document.querySelector("[data-writers]");
  if (!place) return;
  const every = Number(place.dataset.every) || 20_000;
  const token = place.closest("form").querySelector("input[name=csrf_token]");

  const ask = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(place.dataset.writers, { redirect: "manual", cache: "no-store" });
      if (answer.status !== 200) return;
      const { said } = await answer.json();
      if (place.textContent !== said) place.textContent = said;
    } catch { /* the next time */ }
  };
  window.setInterval(ask, every);
  document.addEventListener("visibilitychange", ask);
  ask();

  let told = 0;
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.matches(".ticket textarea") || !field.value.trim() || Date.now() - told < every) return;
    told = Date.now();
    const body = new URLSearchParams({ csrf_token: token.value });
    fetch(place.dataset.writers, { method: "POST", body, headers: { "X-Requested-With": "fetch" }, redirect: "manual" }).catch(() => {});
  });
  document.addEventListener("submit", () => { told = 0; }, true);
})();
