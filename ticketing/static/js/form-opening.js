/* The form that opens a ticket: subjects proposed while one types, and the decision as it forms.
   The page works without this script: its buttons ask the server for the same. The file stands before guichet.js, whose
   drafts say when they have filled the form in (« guichet:restored »). */
(function () {
  "use strict";

  const form = document.querySelector("form[data-opening]");
  if (!form) return;
  const $ = (selector, root = form) => root.querySelector(selector);
  const $$ = (selector, root = form) => Array.from(root.querySelectorAll(selector));

  function later(milliseconds, work) {
    let timer = 0;
    return function () {
      window.clearTimeout(timer);
      timer = window.setTimeout(work, milliseconds);
    };
  }

  const sentence = $("[data-sentence]");
  const place = $("[data-offers]");
  const fold = $("[data-subject]");
  const box = $("[data-picker]");
  const search = $("[data-picker-search]", box);
  const groups = $$("[data-picker-group]", box);
  const all = $("[data-picker-all]", box);
  const choices = $$(".choice", box).map((node) => ({ node, radio: $("input", node), label: $("label", node).textContent }));
  const chosen = () => choices.find((choice) => choice.radio.checked);
  const kind = () => $("[name=activity]:checked");
  const settled = () => Boolean(chosen() && kind());

  // --- what a sentence is about: the server says, a moment after the last key ------------------------------------
  const LETTERS_MIN = 3;
  let asked = ""; // the words that were asked for last
  let told = true; // whether subjects were found for them
  let waiting = null;

  /** Ask for a fragment: its element, or null. The words travel in a body, never in an address. */
  async function fragment(values, signal) {
    const body = new FormData();
    $$("input[type=hidden]").forEach((field) => { body.set(field.name, field.value); });
    Object.entries(values).forEach(([name, value]) => { body.set(name, value); });
    const response = await fetch(form.action, { method: "POST", body, signal, headers: { "X-Requested-With": "fetch" }, redirect: "error" });
    if (!response.ok) throw new Error(String(response.status));
    return new DOMParser().parseFromString(await response.text(), "text/html").body.firstElementChild;
  }

  /** Return the subjects that the server offers for some words: their fragment, and the services in it. */
  async function subjects(words, signal) {
    const parsed = await fragment({ etape: "sujets", chercher: words }, signal);
    if (!parsed || !("found" in parsed.dataset)) throw new Error("no subjects");
    return { parsed, found: parsed.dataset.found.split(" ").filter(Boolean) };
  }

  function say(words) {
    const status = $("[data-offers-status]", place);
    if (status) status.textContent = words;
  }

  function empty() {
    const list = $(".picker-offers", place);
    if (list) list.remove();
    say("");
  }

  function nothing() {
    empty();
    say("Aucun sujet trouvé d’après ces mots : choisissez-le dans la liste.");
    fold.open = true;
  }

  function clear() {
    if (waiting) waiting.abort();
    asked = "";
    empty();
  }

  /** Propose subjects for the sentence; `whole`: it is no longer being typed, so that the list opens if none is found. */
  async function propose(whole) {
    const words = sentence.value.trim().slice(0, 300);
    if (settled()) return;
    if (words.length < LETTERS_MIN) { clear(); return; }
    if (words === asked) { if (whole && !told) nothing(); return; }
    if (waiting) waiting.abort();
    const mine = waiting = new AbortController();
    asked = words;
    try {
      const { parsed, found } = await subjects(words, mine.signal);
      if (mine.signal.aborted || settled()) return;
      told = found.length > 0;
      if (told) place.replaceChildren(parsed); // our own server's escaped fragment; the CSP lets no script run from it
      else if (whole) nothing();
      else empty();
    } catch (error) {
      if (!mine.signal.aborted) { clear(); fold.open = true; }
    }
  }

  /** Show what is chosen in a line of its own, and fold the list away. */
  function showChosen() {
    const line = $("[data-chosen]");
    line.hidden = !settled();
    if (line.hidden) return;
    $("[data-chosen-service]", line).textContent = chosen().label;
    $("[data-chosen-activity]", line).textContent = $(`label[for="${kind().id}"]`).textContent;
    $("summary", fold).textContent = "Changer de sujet";
    box.classList.remove("field-wrong");
    clear();
    lookUp();
  }

  // --- what was reported already, once a subject is chosen ----------------------------------------------------------
  const known = $("[data-reported]");
  let looked = "";

  async function lookUp() {
    const about = settled() ? [chosen().radio.value, sentence.value.trim().slice(0, 300)] : [];
    if (about.join("|") === looked) return;
    looked = about.join("|");
    const wanted = looked;
    if (!about.length) { known.replaceChildren(); return; }
    try {
      const parsed = await fragment({ etape: "signales", service: about[0], title: about[1] });
      if (wanted === looked) known.replaceChildren(...[parsed].filter(Boolean));
    } catch (error) { /* a help, not a need */ }
  }

  sentence.addEventListener("change", lookUp);
  sentence.addEventListener("input", later(300, () => propose(false)));
  sentence.addEventListener("change", () => propose(true));

  place.addEventListener("click", (event) => {
    const offer = event.target.closest("[data-offer]");
    if (!offer) return;
    const [service, activity] = offer.value.split(" ").slice(1);
    const radios = [choices.find((one) => one.radio.value === service), $(`[name=activity][value="${activity}"]`)];
    if (!radios[0] || !radios[1]) return; // the server fills the form in instead
    event.preventDefault();
    [radios[0].radio, radios[1]].forEach((radio) => { radio.checked = true; radio.dispatchEvent(new Event("change", { bubbles: true })); });
    fold.open = false;
    show(null);
    $("summary", fold).focus({ preventScroll: true });
  });

  // --- the list of subjects, by families --------------------------------------------------------------------------
  let latest = 0;
  const tell = (words) => { $("[data-picker-status]", box).textContent = words; };

  function show(hits) {
    const picked = chosen();
    choices.forEach((choice) => { choice.node.hidden = Boolean(hits) && !hits.includes(choice) && choice !== picked; });
    groups.forEach((group) => {
      group.hidden = $$(".choice", group).every((node) => node.hidden);
      group.open = hits ? !group.hidden : Boolean(picked && group.contains(picked.node));
    });
    all.hidden = !hits;
  }

  async function find() {
    const turn = (latest += 1);
    const words = search.value.trim();
    tell("");
    if (!words) { show(null); return; }
    try {
      const { found } = await subjects(words);
      if (turn !== latest) return;
      const hits = choices.filter((choice) => found.includes(choice.radio.value));
      show(hits.length ? hits : null);
      if (!hits.length) tell(`Rien pour « ${words} » : tous les sujets restent proposés ci-dessous.`);
    } catch (error) {
      if (turn === latest) show(null);
    }
  }

  search.addEventListener("input", later(200, find));
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); find(); }
    if (event.key === "Escape" && search.value) { event.preventDefault(); search.value = ""; find(); }
  });
  all.addEventListener("click", () => { search.value = ""; latest += 1; tell(""); show(null); search.focus(); });
  form.addEventListener("change", (event) => { if (event.target.name in { service: 1, activity: 1 }) showChosen(); });

  // --- nothing is sent without a subject ---------------------------------------------------------------------------
  form.addEventListener("submit", (event) => {
    const step = event.submitter && event.submitter.name === "etape" ? event.submitter.value : "envoyer";
    if (step !== "envoyer" || settled()) return;
    event.preventDefault();
    const offer = $("[data-offer]", place);
    if (offer && !chosen()) {
      say("Touchez le sujet qui convient, puis envoyez.");
      offer.focus();
      return;
    }
    fold.open = true;
    if (chosen()) {
      $("[name=activity]").focus();
      say("Dites de quoi il s’agit : une panne, une installation, une question…");
      return;
    }
    box.classList.add("field-wrong");
    tell("Choisissez le sujet de votre demande : cherchez un mot, ou ouvrez une famille.");
    search.focus();
    box.scrollIntoView({ block: "center" });
  });

  // --- the decision as it forms --------------------------------------------------------------------------------
  function decision() {
    const place = $("#decision");
    const facts = $$("[data-question]");
    const said = $("[data-said]");
    let latest = 0;
    let shown = "";

    function query() {
      const params = new URLSearchParams();
      ["service", "activity"].forEach((name) => {
        const field = $(`[name="${name}"]:checked`);
        if (field) params.set(name, field.value);
      });
      // The answer of a hidden question is sent too, so that a person who returns to a subject finds the answers again.
      // Of the questions that change no party, a promise may depend on the urgency.
      facts.filter((box) => !box.closest("[data-helps]") || box.dataset.question === "urgency").forEach((box) => {
        const field = $("select, input[type=date], input:checked", box);
        if (field && field.value) params.set(box.dataset.question, field.value);
      });
      params.set("mandat", form.dataset.mandate);
      return params.toString();
    }

    function ask() {
      const answer = $(".decision", place);
      const wanted = [answer.dataset.ask, answer.dataset.optional, answer.dataset.helps || ""].join(",").split(",").filter(Boolean);
      facts.forEach((box) => {
        const asked = wanted.includes(box.dataset.question);
        box.hidden = !asked;
        box.disabled = !asked;
      });
      $$("[data-questions]").forEach((part) => { part.hidden = $$("[data-question]", part).every((box) => box.hidden); });
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
        if (turn === latest) $$("[data-nojs][value=voir]").forEach((node) => { node.hidden = false; });
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

  form.addEventListener("guichet:restored", () => {
    $("[data-chosen]").hidden = true;
    if (settled()) showChosen(); else propose(true);
  });
  if (chosen()) { show(null); lookUp(); }
  decision();
})();
