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
  const PARTS = [".ticket-chips", ".status", ".card-question", ".timeline", ".card-steps", ".ticket-facts"];
  const typed = (root) => $$("textarea, input[type=text], input[type=date]", root).some((field) => field.value !== field.defaultValue)
    || $$("input[type=file]", root).some((field) => field.files.length);
  const put = (node, place) => {
    const made = document.adoptNode(node);
    place(made);
    document.dispatchEvent(new CustomEvent("guichet:shown", { detail: made }));
  };
  const part = (before, after, missing) => {
    if (before && after && !typed(before)) put(after, (made) => before.replaceWith(made));
    else if (before && !after && !typed(before)) before.remove();
    else if (!before && after) put(after, missing);
  };
  /** Show what became of the form that adds to the thread: it stays with its text, goes with the ticket, or comes back. */
  const answering = (page) => {
    const [before, after] = [$(".card-answer"), $(".card-answer", page)];
    const told = $(".ticket-main > p.muted");
    if (before && after && before.classList.contains("card-asked") === after.classList.contains("card-asked")) {
      const token = $("input[name=token]", after);
      if (token) $("input[name=token]", before).value = token.value;
      return;
    }
    part(before, after, (made) => $(".ticket-main").append(made));
    if (told) told.remove();
    const closed = $(".ticket-main > p.muted", page);
    if (closed && !$(".card-answer")) $(".ticket-main").append(document.adoptNode(closed));
  };
  const show = (page) => {
    const fresh = Object.fromEntries(["version", "vu"].map((name) => [name, $(`input[name=${name}]`, page)]));
    answering(page);
    for (const name of PARTS) {
      part($(name), $(name, page), (made) => {
        if (name === ".card-question") $(".status").after(made);
        else $(".ticket-side").prepend(made);
      });
    }
    for (const [name, field] of Object.entries(fresh)) {
      if (field) for (const one of $$(`input[name=${name}]`)) one.value = field.value;
    }
    const told = $(".flashes", page);
    const place = $(".flashes");
    if (told && place) place.replaceChildren(...Array.from(told.childNodes, (node) => document.importNode(node, true)));
    document.dispatchEvent(new CustomEvent("guichet:done"));
    if (place && (!document.activeElement || document.activeElement === document.body)) {
      place.tabIndex = -1; // the button is gone: the focus does not start from the head of the page again
      place.focus({ preventScroll: true });
    }
  };
  /** Whether the answer to a form is this page again; files go up by themselves, and a report has a page of its own. */
  const inPlace = (form, submitter) => form.matches("form[data-in-place]") && !("plainly" in form.dataset)
    && !(submitter && submitter.hasAttribute("formaction"))
    && !$$("input[type=file]", form).some((field) => field.files.length)
    && !$("input[name=resoudre-suite]:checked", form);
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (event.defaultPrevented || !inPlace(form, event.submitter)) return;
    event.preventDefault();
    if (form.dataset.sent) return;
    form.dataset.sent = "1";
    const body = new URLSearchParams(Array.from(new FormData(form, event.submitter)).filter(([, value]) => typeof value === "string"));
    try {
      const answer = await fetch(form.action, { method: "POST", body, cache: "no-store" });
      if (answer.ok && answer.redirected && new URL(answer.url).pathname === "/tickets") {
        location.href = answer.url; // done, and out of sight since
        return;
      }
      const page = await read(answer);
      if (!answer.ok || !answer.redirected || !$(".ticket-head", page)) throw new Error("refused");
      form.reset();
      form.dispatchEvent(new CustomEvent("guichet:sent"));
      delete form.dataset.sent;
      show(page);
    } catch {
      // Refused, or the session ended: the page itself says it. Nothing was changed, or a second try changes nothing.
      delete form.dataset.sent;
      form.dataset.plainly = "1";
      form.noValidate = true; // it was valid when it was sent
      form.requestSubmit(event.submitter);
    }
  }, true);
})();
