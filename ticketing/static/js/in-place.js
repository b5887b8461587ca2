/* Steps taken in place: the form of a rare step is fetched into the page, and a step of one click is sent without leaving
   it. Without this script the same links and forms lead to the same pages. */
(() => {
  "use strict";

  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  if (!$(".ticket-head")) return;

  const read = async (answer) => new DOMParser().parseFromString(await answer.text(), "text/html");
  const said = document.createElement("div");
  said.setAttribute("role", "status");
  said.className = "flashes";
  const main = $("#contenu");
  if (!$(".flashes") && main) main.prepend(said);

  // --- a step whose choices are read once it is asked for ----------------------------------------------------------------
  document.addEventListener("click", async (event) => {
    const link = event.target.closest && event.target.closest("a[data-fetch-step]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    try {
      const answer = await fetch(link.href, { redirect: "error", cache: "no-store" });
      const step = answer.ok && (await read(answer)).getElementById(link.dataset.fetchStep);
      if (!step) throw new Error("no step");
      const place = link.closest(".step");
      place.replaceWith(document.adoptNode(step));
      const first = $("button, input:not([type=hidden]), select, textarea", step);
      if (first) first.focus();
    } catch { location.href = link.href; }
  });

  // --- a step sent in place: what it changed is shown, what is being typed elsewhere stays ---------------------------------
  const typed = (root) => $$("textarea, input[type=text], input[type=date]", root).some((field) => field.value !== field.defaultValue);
  const show = (page) => {
    const fresh = Object.fromEntries(["version", "vu"].map((name) => [name, $(`input[name=${name}]`, page)]));
    for (const part of [".ticket-chips", ".status", ".timeline", ".card-steps"]) {
      const before = $(part);
      const after = $(part, page);
      if (before && after && !typed(before)) before.replaceWith(document.adoptNode(after));
    }
    for (const [name, field] of Object.entries(fresh)) {
      if (field) for (const one of $$(`input[name=${name}]`)) one.value = field.value;
    }
    const told = $(".flashes", page);
    const place = $(".flashes");
    if (told && place) place.replaceChildren(...Array.from(told.childNodes, (node) => document.importNode(node, true)));
    document.dispatchEvent(new CustomEvent("guichet:done"));
  };
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("form[data-in-place]") || form.dataset.sent) return;
    event.preventDefault();
    form.dataset.sent = "1";
    const body = new URLSearchParams(new FormData(form, event.submitter));
    try {
      const answer = await fetch(form.action, { method: "POST", body, cache: "no-store" });
      const page = await read(answer);
      if (!answer.ok || !$(".ticket-head", page)) throw new Error("refused");
      show(page);
    } catch {
      // Refused, or out of sight since: the page itself says it. Nothing was changed, or a second try changes nothing.
      delete form.dataset.sent;
      const again = document.createElement("input");
      if (event.submitter && event.submitter.name) {
        again.type = "hidden";
        again.name = event.submitter.name;
        again.value = event.submitter.value;
        form.append(again);
      }
      form.submit();
    }
  }, true);
})();
