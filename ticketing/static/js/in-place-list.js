/* A step on the tickets that are ticked, taken without leaving their list: the list comes back as it is after, or the report
   of what is left. Without this script the same form leads to the same pages. */
(() => {
  "use strict";

  const $ = (selector, root = document) => root.querySelector(selector);
  const bar = $(".page-list > .list-bar");
  if (!bar) return;

  // Those whose button says « … » ask for more on a page of their own.
  const ASKS = new Set(["attribuer", "attente", "transmettre"]);
  const after = (head) => {
    const found = [];
    for (let node = head.nextElementSibling; node; node = node.nextElementSibling) found.push(node);
    return found;
  };
  /** Show the list as a page gives it: its rows and what stands below, the counts of its tabs, and what was done. */
  const list = (page, there) => {
    for (const node of after(bar)) node.remove();
    bar.after(...after(there).map((node) => document.adoptNode(node)));
    $(".tabs ul").replaceWith(document.adoptNode($(".tabs ul", page)));
    const told = $(".flashes", page);
    let place = $(".flashes");
    if (!place) {
      place = document.createElement("div");
      place.className = "flashes";
      place.setAttribute("role", "status");
      $(".page-list").prepend(place);
    }
    // Once the place is known to who listens to the page, so that it is told.
    window.setTimeout(() => place.replaceChildren(...(told ? told.cloneNode(true).childNodes : [])), 50);
    document.dispatchEvent(new CustomEvent("guichet:listed"));
  };
  const report = (page) => {
    $("#contenu").replaceChildren(...document.importNode($("#contenu", page), true).childNodes);
    const head = $("[data-focus]");
    if (head) head.focus();
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const button = event.submitter;
    if (event.defaultPrevented || !form.matches("form[data-lot]") || "plainly" in form.dataset || !button || ASKS.has(button.value)) return;
    event.preventDefault();
    if (form.dataset.sent) return;
    form.dataset.sent = "1";
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form, button)), cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const there = $(".page-list > .list-bar", page);
      if (answer.redirected && answer.ok && there) list(page, there);
      else if (!answer.redirected && $("[data-report]", page)) report(page);
      else throw new Error("refused");
    } catch {
      // The session ended, or the mandate changed: the page itself says it, and keeps what was sent.
      delete form.dataset.sent;
      form.dataset.plainly = "1";
      form.requestSubmit(button);
    }
  }, true);
})();
