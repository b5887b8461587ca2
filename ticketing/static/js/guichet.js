/* Guichet: scripts that help on pages which work without them. No framework, no inline handler, no eval (strict CSP).
   Each of them looks for its own attributes in the page and does nothing where they are missing. */
(function () {
  "use strict";

  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const plural = (count, word) => count + "\u00a0" + word + (count > 1 ? "s" : "");

  function later(milliseconds, work) {
    let timer = 0;
    return function () {
      window.clearTimeout(timer);
      timer = window.setTimeout(work, milliseconds);
    };
  }

  // --- buttons that only a page without JavaScript needs ------------------------------------------------------
  function hideFallbacks() {
    $$("[data-nojs]").forEach((node) => { node.hidden = true; });
    $$("[data-js]").forEach((node) => { node.hidden = false; });
  }

  // --- the summary of a refused form takes the focus, so that a screen reader starts there ---------------------
  function focusErrors() {
    const summary = $("[data-focus]");
    if (!summary) return;
    summary.focus();
    summary.addEventListener("click", (event) => {
      const link = event.target.closest("a[href^='#']");
      const field = link && document.getElementById(link.hash.slice(1));
      if (!field) return;
      event.preventDefault();
      for (let fold = field.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
      field.focus();
      field.scrollIntoView({ block: "center" });
    });
  }

  // --- sending once ---------------------------------------------------------------------------------------------
  function sendingOnce(root) {
    $$("form[method=post]", root).forEach((form) => {
      form.addEventListener("submit", (event) => {
        if (event.defaultPrevented) return;
        if (form.dataset.sent) { event.preventDefault(); return; }
        form.dataset.sent = "1";
        // Without a file there is nothing to send in parts: the plain form is shorter, and read in half the time.
        const files = $$("input[type=file]", form);
        if (files.length) {
          const parts = files.some((field) => field.files.length);
          form.enctype = parts ? "multipart/form-data" : "application/x-www-form-urlencoded";
        }
        const note = $("[data-sending]", form);
        if (note) note.hidden = false;
        // After a download the page stays: its buttons become active again, once the file has had the time to come.
        if (form.hasAttribute("data-file")) setTimeout(() => { delete form.dataset.sent; }, 2000);
      });
    });
  }

  function sending() {
    sendingOnce(document);
    // A page that comes back from the browser's memory may be sent again (its one-time token says if it already was).
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) $$("form[data-sent]").forEach((form) => {
        delete form.dataset.sent;
        const note = $("[data-sending]", form);
        if (note) note.hidden = true;
      });
    });
  }

  // --- counting characters -------------------------------------------------------------------------------------
  function counters(root) {
    $$("textarea[maxlength], input[data-counter][maxlength]", root).forEach((field) => {
      const most = Number(field.getAttribute("maxlength"));
      const note = document.createElement("p");
      note.className = "hint counter";
      note.setAttribute("aria-live", "polite");
      field.insertAdjacentElement("afterend", note);
      const count = () => {
        const left = most - field.value.length;
        note.textContent = left <= Math.max(20, most * 0.1) ? "Encore " + plural(left, "caractère") : "";
      };
      field.addEventListener("input", later(200, count));
      count();
    });
  }

  // --- drafts: what is typed outlives an expired session, a crash of the page, a refusal ----------------------------
  // Kept in this tab only (sessionStorage), for this person under this mandate only, until the server has taken it.
  function drafts() {
    const who = document.body.dataset.account || "";
    const store = window.sessionStorage;
    const owner = "guichet:" + who + ":";
    const prefix = owner + (document.body.dataset.mandate || "0") + ":";
    $$("form[data-forget]").forEach((form) => form.addEventListener("submit", () => store.clear()));
    if (!who) return;

    // A page reached with « #fait » says that what was being sent has been taken.
    // The refusal of another mandate is between the two: what is sent from it is the same draft.
    const sent = store.getItem(owner + "sent");
    if (sent && !$("[data-kept-drafts]")) {
      store.removeItem(owner + "sent");
      if (location.hash === "#fait") store.removeItem(sent);
    }
    if (location.hash === "#fait") history.replaceState(null, "", location.pathname + location.search);

    const fieldsOf = (form) => Array.from(form.elements).filter((field) =>
      field.name && !["hidden", "file", "password", "submit", "button", "search"].includes(field.type) && !("nodraft" in field.dataset));

    function read(form) {
      const kept = {};
      fieldsOf(form).forEach((field) => {
        if (field.type === "radio" || field.type === "checkbox") { if (field.checked) kept[field.name] = field.value; }
        else if (field.value) kept[field.name] = field.value;
      });
      return kept;
    }

    function pristine(form) {
      return fieldsOf(form).every((field) => field.type === "radio" || field.type === "checkbox"
        ? field.checked === field.defaultChecked
        : field.tagName === "SELECT" || field.value === field.defaultValue);
    }

    function restore(form, key) {
      let kept;
      try { kept = JSON.parse(store.getItem(key) || "null"); } catch (error) { kept = null; }
      if (!kept || !pristine(form)) return;
      const now = read(form);
      if (Object.keys(now).some((name) => !(name in kept) && form.elements[name].tagName === "TEXTAREA")) return;
      let changed = false;
      fieldsOf(form).forEach((field) => {
        if (!(field.name in kept)) return;
        if (field.type === "radio" || field.type === "checkbox") {
          const wanted = field.value === kept[field.name];
          if (wanted && !field.checked) { field.checked = true; changed = true; }
        } else if (!field.value && kept[field.name]) { field.value = kept[field.name]; changed = true; }
      });
      if (!changed) return;
      const fold = form.closest("details");
      if (fold) fold.open = true;
      $$("details:not([data-subject], [data-picker-group])", form).forEach((part) => {
        if ($$("input:checked", part).length || $$("input[type=text], textarea", part).some((field) => field.value)) part.open = true;
      });
      const note = document.createElement("p");
      note.className = "hint restored";
      note.setAttribute("role", "status");
      note.textContent = "Ce que vous aviez écrit a été retrouvé. ";
      const forget = document.createElement("button");
      forget.type = "button";
      forget.className = "button button-quiet";
      forget.textContent = "Effacer et recommencer";
      forget.addEventListener("click", () => { store.removeItem(key); form.reset(); note.remove(); form.dispatchEvent(new CustomEvent("guichet:restored")); });
      note.append(forget);
      form.prepend(note);
      form.dispatchEvent(new CustomEvent("guichet:restored"));
    }

    const refused = Boolean($("[data-focus]"));
    const tend = (root) => $$("form[data-draft]", root).forEach((form) => {
      const key = prefix + form.dataset.draft;
      if (!$("[data-focus]")) restore(form, key);
      const keep = () => {
        const kept = read(form);
        try {
          // What a refused form shows again is as it came, and still to be sent.
          if (Object.keys(kept).length && (refused || !pristine(form))) store.setItem(key, JSON.stringify(kept));
          else store.removeItem(key);
        } catch (error) { /* storage full or refused: the page works without */ }
      };
      form.addEventListener("input", later(300, keep));
      form.addEventListener("submit", (event) => {
        if (event.defaultPrevented) return;
        keep();
        store.setItem(owner + "sent", key);
      });
      form.addEventListener("guichet:sent", () => store.removeItem(key)); // taken, without leaving the page
    });
    tend(document);
    document.addEventListener("guichet:shown", (event) => tend(event.detail));
  }

  // --- a step's form opened from a link, and the way back to it after a refusal ---------------------------------
  function folds() {
    const open = () => {
      const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (!target) return;
      for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    };
    window.addEventListener("hashchange", open);
    open();
  }

  // --- internal or public: the words around a comment follow the choice -----------------------------------------
  function visibility(root) {
    $$("form[data-visibility]", root).forEach((form) => {
      const radios = $$("[name$=visibilite]", form);
      const paint = () => {
        const internal = radios.some((radio) => radio.checked && radio.value === "internal");
        form.classList.toggle("is-internal", internal);
        const label = $("button[type=submit] span", form);
        if (label) label.textContent = internal ? form.dataset.internal : form.dataset.public;
      };
      radios.forEach((radio) => radio.addEventListener("change", paint));
      form.addEventListener("guichet:restored", paint);
      form.addEventListener("guichet:sent", paint);
      paint();
    });
  }

  // --- Ctrl + Enter in a text sends its form, as Enter does in a field of one line ------------------------------
  function sendingByKeys() {
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing || event.defaultPrevented) return;
      const form = event.target instanceof HTMLTextAreaElement && event.target.form;
      const button = form && $("[type=submit]", form);
      if (!button || button.disabled) return; // disabled: the form has several ways, and none by default
      event.preventDefault();
      form.requestSubmit(button);
    });
  }

  hideFallbacks();
  sendingByKeys();
  focusErrors();
  visibility(document);
  counters(document);
  sending();
  drafts();
  folds();
  // What a step that was taken in place brought: its forms are like those of a page.
  document.addEventListener("guichet:shown", (event) => {
    for (const help of [sendingOnce, visibility, counters]) help(event.detail);
  });
})();
