/* The button that signs a charter becomes active once the whole text has been on the screen. Without JavaScript it is
   always active, and stands after the text. Keyboard and screen-reader users get a button to the part still unread. */
(() => {
  "use strict";

  const text = document.querySelector("[data-reading]");
  const form = document.querySelector("[data-reading-form]");
  if (!text || !form || !("IntersectionObserver" in window)) return;
  const sign = form.querySelector("[data-reading-sign]");
  const left = form.querySelector("[data-reading-left]");
  const next = form.querySelector("[data-reading-next]");
  // Lists are seen item by item: one of them may be taller than a narrow screen.
  const waiting = new Set(text.querySelectorAll(":scope > :not(ul, ol, blockquote), li, blockquote > *"));
  if (form.hasAttribute("data-reading-done") || !waiting.size) return;

  const asleep = (yes) => {
    if (yes) sign.setAttribute("aria-disabled", "true");
    else sign.removeAttribute("aria-disabled");
    next.hidden = !yes;
  };
  const say = () => {
    left.hidden = false;
    left.textContent = waiting.size
      ? `Le bouton s’active quand tout le texte est passé à l’écran\u00a0: il reste ${waiting.size}\u00a0passage${waiting.size > 1 ? "s" : ""}.`
      : "Vous avez parcouru tout le texte\u00a0: vous pouvez signer.";
  };

  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      waiting.delete(entry.target);
      seen.unobserve(entry.target);
    }
    if (waiting.size) return;
    seen.disconnect();
    asleep(false);
    say();
  });
  asleep(true);
  left.hidden = false;
  left.textContent = "Le bouton s’active quand tout le texte est passé à l’écran.";
  for (const node of waiting) seen.observe(node);

  sign.addEventListener("click", (event) => { // Enter in the form fires this too; the form is not sent yet
    if (!waiting.size) return;
    event.preventDefault();
    say();
    next.focus();
  });
  next.addEventListener("click", () => {
    const [first] = waiting;
    if (!first) return;
    first.tabIndex = -1;
    first.scrollIntoView({ block: "start" });
    first.focus({ preventScroll: true });
  });
})();
