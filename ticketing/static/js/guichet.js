/* Guichet: scripts that help on pages which work without them. No framework, no inline handler, no eval (strict CSP).
   Each of them looks for its own attributes in the page and does nothing where they are missing. */
/* global guichetFrench */
(function () {
  "use strict";

  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const plural = (count, word) => count + "\u00a0" + word + (count > 1 ? "s" : "");

  const { wordsOf, spellings } = guichetFrench;

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

  // --- picking a service: filter as one types ------------------------------------------------------------------
  function picker() {
    const box = $("[data-picker]");
    if (!box) return;
    const search = $("[data-picker-search]", box);
    const status = $("[data-picker-status]", box);
    const groups = $$("[data-picker-group]", box);
    const all = $("[data-picker-all]", box);
    const choices = $$(".choice", box).map((node) => ({
      node, radio: $("input", node), words: node.dataset.words.split(" "), label: $("label", node).textContent,
    }));
    const chosen = () => choices.find((choice) => choice.radio.checked);

    function show(hits) {
      const picked = chosen();
      choices.forEach((choice) => { choice.node.hidden = Boolean(hits) && !hits.includes(choice) && choice !== picked; });
      groups.forEach((group) => {
        const inside = $$(".choice", group);
        group.hidden = inside.every((node) => node.hidden);
        if (hits) group.open = !group.hidden;
        else group.open = Boolean(picked && group.contains(picked.node));
      });
    }

    const knows = (choice, want) => spellings(want).some((one) => choice.words.some((word) => word.startsWith(one)));

    function best(text) {
      const wanted = wordsOf(text);
      if (!wanted.length) return null;
      const scored = choices.map((choice) => ({
        choice, hits: wanted.filter((want) => knows(choice, want)).length,
      }));
      const most = Math.max(...scored.map((score) => score.hits));
      return most ? scored.filter((score) => score.hits === most).map((score) => score.choice) : [];
    }

    /** The services that a sentence speaks of: a word that few services know weighs more than one that many know. */
    function likely(text) {
      const weights = new Map();
      wordsOf(text).forEach((want) => {
        const known = choices.filter((choice) => knows(choice, want));
        known.forEach((choice) => weights.set(choice, (weights.get(choice) || 0) + 1 / known.length));
      });
      const most = Math.max(0, ...weights.values());
      return choices.filter((choice) => most && (weights.get(choice) || 0) >= most * 0.6);
    }

    function filter() {
      all.hidden = true;
      const hits = best(search.value);
      if (hits && !hits.length) {
        show(null);
        status.textContent = "Rien pour «\u00a0" + search.value.trim() + "\u00a0»\u00a0: tous les sujets restent proposés ci-dessous.";
      } else {
        show(hits);
        status.textContent = hits ? plural(hits.length, "sujet") + " pour «\u00a0" + search.value.trim() + "\u00a0»" : "";
      }
    }

    search.addEventListener("input", later(120, filter));
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") { event.preventDefault(); filter(); const first = choices.find((choice) => !choice.node.hidden); if (first) first.radio.focus(); }
      if (event.key === "Escape" && search.value) { event.preventDefault(); search.value = ""; filter(); }
    });

    // Once chosen with a pointer, the rest folds away; with the arrow keys it stays, since they walk through it.
    let pointed = 0;
    box.addEventListener("pointerdown", () => { pointed = Date.now(); });
    box.addEventListener("change", (event) => {
      if (event.target.name !== "service") return;
      status.textContent = "Choisi\u00a0: " + chosen().label;
      search.value = "";
      if (Date.now() - pointed < 2000) { show([chosen()]); all.hidden = false; }
    });
    box.closest("form").addEventListener("guichet:restored", () => { if (chosen()) { show([chosen()]); all.hidden = false; } });
    if (chosen()) { show([chosen()]); all.hidden = false; }

    // The sentence typed above proposes subjects, until one is chosen.
    const title = $("#f-title");
    if (title) title.addEventListener("change", () => {
      if (chosen() || search.value) return;
      const hits = likely(title.value);
      if (!hits.length || hits.length > 8) return;
      show(hits);
      all.hidden = false;
      status.textContent = hits.length > 1 ? "D’après votre phrase, l’un de ces sujets\u00a0?" : "D’après votre phrase, ce sujet\u00a0?";
    });
    all.addEventListener("click", () => {
      search.value = "";
      show(null);
      all.hidden = true;
      status.textContent = "";
      search.focus();
    });
  }

  // --- the decision as it forms --------------------------------------------------------------------------------
  function decision() {
    const form = $("form[data-decision]");
    const place = form && $("#decision");
    if (!place) return;
    const facts = $$("[data-question]", form);
    const said = $("[data-said]", form);
    let latest = 0;
    let shown = "";

    function query() {
      const params = new URLSearchParams();
      ["service", "activity"].forEach((name) => {
        const field = $(`[name="${name}"]:checked`, form);
        if (field) params.set(name, field.value);
      });
      // The answer of a hidden question is sent too, so that a person who returns to a subject finds the answers again.
      facts.forEach((box) => {
        const field = $("select, input[type=date], input:checked", box);
        if (field && field.value) params.set(box.dataset.question, field.value);
      });
      params.set("mandat", form.dataset.mandate);
      return params.toString();
    }

    function ask() {
      const answer = $(".decision", place);
      const wanted = (answer.dataset.ask + "," + answer.dataset.optional).split(",").filter(Boolean);
      facts.forEach((box) => {
        const asked = wanted.includes(box.dataset.question);
        box.hidden = !asked;
        box.disabled = !asked;
      });
      const part = $("[data-questions]", form);
      if (part) part.hidden = !wanted.length;
    }

    async function refresh() {
      const wanted = query();
      if (wanted === shown) return;
      const turn = ++latest;
      place.setAttribute("aria-busy", "true");
      try {
        const response = await fetch(form.dataset.decision + "?" + wanted, { headers: { "X-Requested-With": "fetch" }, redirect: "manual" });
        if (turn !== latest) return;
        if (response.status === 409) { // another tab has changed the mandate: no decision is shown for the wrong collège
          const note = document.createElement("p");
          note.className = "decision decision-other";
          note.dataset.ask = note.dataset.optional = "";
          note.textContent = await response.text();
          place.replaceChildren(note);
          if (said) said.textContent = note.textContent;
          shown = "";
          return;
        }
        if (!response.ok) throw new Error(String(response.status));
        place.innerHTML = await response.text(); // our own server's escaped page; the CSP lets no script run from it
        shown = wanted;
        ask();
        // A screen reader hears the answer and its reason, not the clauses, which unfold on demand.
        if (said) said.textContent = $$(".decision-lead, .decision-parties, .decision-why", place)
          .map((node) => node.textContent.replace(/\s+/g, " ").trim()).join(". ");
      } catch (error) {
        if (turn === latest) $$("[data-nojs][value=voir]", form).forEach((node) => { node.hidden = false; });
      } finally {
        if (turn === latest) place.removeAttribute("aria-busy");
      }
    }

    const soon = later(60, refresh);
    form.addEventListener("change", (event) => {
      if (event.target.name in { service: 1, activity: 1 } || event.target.closest("[data-question]")) soon();
    });
    form.addEventListener("guichet:restored", refresh);
    shown = query();
  }

  // --- sending once, and not without a subject -----------------------------------------------------------------
  function sending() {
    $$("form[method=post]").forEach((form) => {
      form.addEventListener("submit", (event) => {
        const step = event.submitter && event.submitter.name === "etape" ? event.submitter.value : "envoyer";
        const box = $("[data-picker]", form);
        if (box && step === "envoyer" && !$("[name=service]:checked", box)) {
          event.preventDefault();
          const status = $("[data-picker-status]", box);
          box.classList.add("field-wrong");
          status.textContent = "Choisissez le sujet de votre demande\u00a0: cherchez un mot, ou ouvrez une famille.";
          $("[data-picker-search]", box).focus();
          box.scrollIntoView({ block: "center" });
          return;
        }
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
  function counters() {
    $$("textarea[maxlength], input[data-counter][maxlength]").forEach((field) => {
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
    const forms = $$("form[data-draft]");

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
      $$("details", form).forEach((part) => {
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

    forms.forEach((form) => {
      const key = prefix + form.dataset.draft;
      if (!$("[data-focus]")) restore(form, key);
      const keep = () => {
        const kept = read(form);
        try {
          if (Object.keys(kept).length && !pristine(form)) store.setItem(key, JSON.stringify(kept));
          else store.removeItem(key);
        } catch (error) { /* storage full or refused: the page works without */ }
      };
      form.addEventListener("input", later(300, keep));
      form.addEventListener("submit", (event) => {
        if (event.defaultPrevented) return;
        keep();
        store.setItem(owner + "sent", key);
      });
    });
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
  function visibility() {
    $$("form[data-visibility]").forEach((form) => {
      const radios = $$("[name$=visibilite]", form);
      const paint = () => {
        const internal = radios.some((radio) => radio.checked && radio.value === "internal");
        form.classList.toggle("is-internal", internal);
        const label = $("button[type=submit] span", form);
        if (label) label.textContent = internal ? form.dataset.internal : form.dataset.public;
      };
      radios.forEach((radio) => radio.addEventListener("change", paint));
      form.addEventListener("guichet:restored", paint);
      paint();
    });
  }

  hideFallbacks();
  focusErrors();
  picker();
  decision();
  visibility();
  counters();
  sending();
  drafts();
  folds();
})();
