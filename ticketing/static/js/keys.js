/* Keys of lists and tickets, which « ? » lists and which can be turned off; and the way from ticket to ticket of a list.
   No page depends on this script: each key presses a link or a button that is on the page. */
(() => {
  "use strict";

  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  let list = $("table.queue");
  const trail = $(".ticket-head") && $(".trail a[href='/tickets'], .trail a[href^='/tickets?']");
  if (!list && !trail && !$(".page-list")) return;

  const OFF = "guichet-touches";
  const KEPT = "guichet:liste";
  const off = () => { try { return localStorage.getItem(OFF) === "non"; } catch { return false; } };
  const turn = (on) => { try { localStorage.setItem(OFF, on ? "oui" : "non"); } catch { /* private mode */ } };
  const kept = () => { try { return JSON.parse(sessionStorage.getItem(KEPT) || "null"); } catch { return null; } };
  const keep = (value) => { try { sessionStorage.setItem(KEPT, JSON.stringify(value)); } catch { /* private mode */ } };
  const owner = (document.body.dataset.account || "") + ":" + (document.body.dataset.mandate || "");

  const said = document.createElement("p");
  said.className = "sr-only";
  said.setAttribute("role", "status");
  document.body.append(said);
  const say = (sentence) => { said.textContent = sentence; };

  // --- the list: its tickets are kept in this tab, so that a ticket knows the next one; focus comes back to its row ---
  let rows = list ? $$(".queue-title", list) : [];
  const number = (link) => Number(link.closest("tr").id.slice(1));
  if ($(".page-list")) {
    const before = kept();
    const numbers = rows.map(number);
    const views = !$("[data-views]") && before && before.owner === owner ? before.views : Object.fromEntries($$("[data-key]").map((link) => [link.dataset.key, { href: link.getAttribute("href"), label: link.firstElementChild.textContent }]));
    keep({ owner, address: location.pathname + location.search, numbers, last: before && before.last, views });
    if (before && before.owner === owner && before.last && document.referrer.startsWith(location.origin + "/tickets")) {
      const same = rows.find((link) => number(link) === before.last);
      const place = before.numbers ? before.numbers.indexOf(before.last) : -1;
      const next = same || rows[Math.min(Math.max(place, 0), rows.length - 1)];
      if (next && !$("[data-focus]")) next.focus({ preventScroll: false });
    }
    document.addEventListener("focusin", (event) => { if (rows.includes(event.target)) keep({ ...kept(), last: number(event.target) }); });
  }
  const current = () => rows.findIndex((link) => link.closest("tr").contains(document.activeElement));
  const move = (by) => {
    if (!rows.length) return;
    const at = current();
    const link = rows[Math.min(Math.max(at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by, 0), rows.length - 1)];
    link.focus();
    link.closest("tr").scrollIntoView({ block: "nearest" });
  };
  const boxes = () => $$("input[name=n]", list || document);
  const tick = () => {
    const box = current() >= 0 && $("input[name=n]", rows[current()].closest("tr"));
    if (!box) return;
    box.checked = !box.checked;
    count();
    say(box.checked ? "Coché" : "Décoché");
  };
  let all = null;
  let lot = null;
  function count() {
    if (!lot) return;
    const checked = boxes().filter((box) => box.checked).length;
    $("[data-checked]", lot).textContent = checked + "\u00a0ticket" + (checked > 1 ? "s" : "") + " coché" + (checked > 1 ? "s" : "");
    if (all) all.firstElementChild.textContent = checked === boxes().length ? "Tout décocher" : "Tout cocher";
  }
  /** Follow the tickets that are ticked, in the list as it is shown now. */
  const tend = () => {
    list = $("table.queue");
    rows = list ? $$(".queue-title", list) : [];
    all = $("[data-all]");
    lot = $("[data-lot]");
    if (all) {
      all.hidden = false;
      all.addEventListener("click", () => {
        const some = boxes().some((box) => !box.checked);
        for (const box of boxes()) box.checked = some;
        count();
      });
    }
    count();
  };
  tend();
  document.addEventListener("change", (event) => { if (event.target.name === "n") count(); });

  // --- new rows and counts: asked every half minute while the page is in sight; nothing that is read moves -------------
  let etag = "";
  let first = "";
  if (list && list.dataset.poll && $("[data-changed]")) {
    const ask = async () => {
      const changed = $("[data-changed]");
      if (document.hidden || !list || !changed || !changed.hidden) return;
      try {
        const answer = await fetch(list.dataset.poll, { headers: etag ? { "If-None-Match": etag } : {}, redirect: "error", cache: "no-store" });
        if (answer.status !== 200) return;
        etag = answer.headers.get("ETag") || "";
        const told = await answer.json();
        for (const tab of $$("[data-tab]")) {
          const count = $(".tab-count", tab);
          if (count && tab.dataset.tab in told.counts) count.textContent = String(told.counts[tab.dataset.tab]).replace(/\B(?=(\d{3})+$)/g, "\u202f");
        }
        const now = JSON.stringify(told.tickets);
        if (first && now !== first) changed.hidden = false;
        first = first || now;
      } catch { /* the next time */ }
    };
    window.setInterval(ask, Number(list.dataset.every) || 30_000);
    ask();
  }

  // --- a step on several tickets, taken in place: the list that it leaves is walked from where one was -------------------
  document.addEventListener("guichet:listed", () => {
    const before = kept();
    const place = before && before.numbers ? before.numbers.indexOf(before.last) : 0;
    tend();
    etag = "";
    first = "";
    const numbers = rows.map(number);
    keep({ ...before, numbers });
    const same = rows.find((link) => before && number(link) === before.last);
    const next = same || rows[Math.min(Math.max(place, 0), rows.length - 1)];
    if (next) next.focus({ preventScroll: true });
  });

  // --- views that are kept: how many tickets each holds, asked once the menu opens -----------------------------------------
  const menu = $("[data-view]") && $("[data-view]").closest("details");
  if (menu) {
    menu.addEventListener("toggle", async () => {
      if (!menu.open) return;
      try {
        const answer = await fetch("/tickets/vues.json", { redirect: "error", cache: "no-store" });
        if (answer.status !== 200) return;
        const told = await answer.json();
        for (const view of $$("[data-view]")) {
          const count = told[view.dataset.view];
          const shown = $("[data-view-count]", view);
          if (typeof count !== "number") continue;
          shown.textContent = count >= 100 ? "100 ou plus" : String(count);
          shown.hidden = false;
        }
      } catch { /* the views lead on without their counts */ }
    });
  }

  // --- a ticket: back to its list with its filters, the one before, the next -------------------------------------------
  let next = null;
  let previous = null;
  if (trail) {
    const from = kept();
    const here = Number((location.pathname.match(/^\/tickets\/(\d+)/) || [])[1]);
    if (from && from.owner === owner && typeof from.address === "string" && from.address.startsWith("/tickets")) {
      trail.href = from.address;
      const at = from.numbers.indexOf(here);
      if (at >= 0) {
        keep({ ...from, last: here });
        const walk = document.createElement("nav");
        walk.className = "trail-walk";
        walk.setAttribute("aria-label", "Tickets de la liste");
        const link = (to, label) => {
          if (!to) return null;
          const made = document.createElement("a");
          made.href = "/tickets/" + to;
          made.textContent = label;
          walk.append(made);
          return made;
        };
        previous = link(from.numbers[at - 1], "‹ Précédent");
        const place = document.createElement("span");
        place.textContent = at + 1 + " sur " + from.numbers.length;
        walk.append(place);
        next = link(from.numbers[at + 1], "Suivant ›");
        trail.closest(".trail").append(walk);
        // Once a step is taken, the next ticket is one key away.
        const onward = () => { if (next && $(".flashes .alert-success")) next.focus(); };
        onward();
        document.addEventListener("guichet:done", onward);
      }
    }
  }

  // --- keys ------------------------------------------------------------------------------------------------------------
  const press = (selector) => {
    const found = $(selector);
    if (!found) { say("Rien à faire ici avec cette touche."); return; }
    found.click();
  };
  /** Open the form of a step and put the focus on its first field. */
  const open = (slug) => {
    const step = document.getElementById("etape-" + slug);
    if (!step) { say("Cette étape n’est pas possible ici."); return; }
    if (step.tagName === "DETAILS") step.open = true;
    for (let fold = step.parentElement.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    const field = $("textarea, select, input:not([type=hidden]), button:not([disabled])", step);
    if (field) { field.focus(); step.scrollIntoView({ block: "center" }); }
  };
  const write = (visibility) => {
    const radio = $(`[name=commenter-visibilite][type=radio][value=${visibility}]`);
    const text = $("#f-commenter-texte");
    if (!text) { say("Rien ne peut être écrit ici."); return; }
    for (let fold = text.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    if (radio) { radio.checked = true; radio.dispatchEvent(new Event("change", { bubbles: true })); }
    text.focus();
    text.scrollIntoView({ block: "center" });
  };
  const go = (address) => { location.href = address; };
  const follow = (link, end) => { if (link) link.click(); else say(end); };

  /** Put the focus on what acts on the tickets that are ticked. */
  const reach = (selector) => {
    if (boxes().some((box) => box.checked)) {
      const found = $(selector, lot);
      const fold = found.closest("details");
      if (fold) fold.open = true;
      found.focus();
    } else say("Cochez d’abord un ticket, par x.");
  };
  const LOT = {
    r: ["Écrire sur les cochés", () => reach("#f-texte")],
    s: ["Résoudre les cochés", () => reach("[value=resoudre]")],
    c: ["Clore les cochés", () => reach("[value=clore]")],
    a: ["Prendre les cochés en charge", () => reach("[value=prendre-en-charge]")],
    t: ["Attribuer les cochés", () => reach("[value=attribuer]")],
    w: ["Mettre les cochés en attente", () => reach("[value=attente]")],
    m: ["Transmettre les cochés", () => reach("[value=transmettre]")],
  };
  const LIST = {
    j: ["Ticket suivant", () => move(1)],
    k: ["Ticket précédent", () => move(-1)],
    o: ["Ouvrir le ticket", () => { if (current() >= 0) rows[current()].click(); }],
    x: ["Cocher le ticket", tick],
    ...(lot ? LOT : {}),
    "/": ["Chercher", () => { $("#f-q").focus(); $("#f-q").select(); }],
    f: ["Filtres", () => { const fold = $(".list-filters"); fold.open = true; $("select, input", fold).focus(); }],
  };
  const TICKET = {
    j: ["Ticket suivant de la liste", () => follow(next, "C’est le dernier ticket de la liste.")],
    k: ["Ticket précédent de la liste", () => follow(previous, "C’est le premier ticket de la liste.")],
    u: ["Retour à la liste", () => trail.click()],
    a: ["Prendre en charge", () => press("#etape-prendre-en-charge button[class~=button]")],
    r: ["Répondre", () => write("public")],
    n: ["Note interne", () => write("internal")],
    s: ["Résoudre", () => open("resoudre")],
    w: ["Mettre en attente, poser une question", () => open("attente")],
    m: ["Transmettre", () => open("transmettre")],
    c: ["Clore", () => open("clore")],
    i: ["Réponse type", () => press("[data-canned]")],
    t: ["Attribuer à un collègue", () => { const link = $("a[data-fetch-step=etape-attribuer]"); if (link) link.click(); else open("attribuer"); }],
  };
  const GO = {
    q: ["File d’attente", () => go("/tickets")],
    s: ["Tout ce qui est suivi", () => go("/tickets?suivis=1")],
    d: ["Mes demandes", () => go("/tickets?demandes=1")],
    h: ["Accueil", () => go("/")],
  };
  const known = kept();
  if (known && known.owner === owner) {
    for (const [key, view] of Object.entries(known.views || {})) GO[key] = [view.label, () => go(view.href)];
  }
  const here = list || !trail ? LIST : TICKET;

  let dialog = null;
  const help = () => {
    if (!dialog) {
      dialog = document.createElement("dialog");
      dialog.className = "sheet keys";
      dialog.setAttribute("aria-labelledby", "touches-titre");
      const line = (keys, label) => {
        const row = document.createElement("div");
        const name = document.createElement("dt");
        for (const key of keys) { const made = document.createElement("kbd"); made.textContent = key; name.append(made, " "); }
        const words = document.createElement("dd");
        words.textContent = label;
        row.append(name, words);
        return row;
      };
      const title = document.createElement("h2");
      title.id = "touches-titre";
      title.textContent = "Touches du clavier";
      const told = document.createElement("dl");
      for (const [key, [label]] of Object.entries(here)) told.append(line([key], label));
      for (const [key, [label]] of Object.entries(GO)) told.append(line(["g", key], label));
      told.append(line(["Ctrl", "K"], "Toutes les commandes, ou un numéro de ticket"));
      told.append(line(["?"], "Cette liste"));
      const choice = document.createElement("p");
      const box = document.createElement("input");
      box.type = "checkbox";
      box.id = "touches-actives";
      box.checked = !off();
      box.addEventListener("change", () => { turn(box.checked); say(box.checked ? "Touches actives" : "Touches coupées"); });
      const label = document.createElement("label");
      label.htmlFor = box.id;
      label.textContent = " Les touches sont actives sur cet appareil";
      choice.append(box, label);
      const close = document.createElement("button");
      close.type = "button";
      close.className = "button button-secondary";
      close.textContent = "Fermer";
      close.addEventListener("click", () => dialog.close());
      const body = document.createElement("div");
      body.className = "sheet-body";
      body.append(title, told, choice, close);
      dialog.append(body);
      document.body.append(dialog);
    }
    dialog.showModal();
  };
  const offer = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "footer-button";
  button.textContent = "Touches du clavier";
  button.addEventListener("click", help);
  offer.append(button);
  const footer = $(".footer-links ul");
  if (footer) footer.append(offer);

  const typing = (node) => node.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], dialog");
  let going = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (off() || typing(event.target)) return;
    const table = Date.now() - going < 1500 ? GO : here;
    going = 0;
    if (event.key === "g" && table !== GO) { going = Date.now(); event.preventDefault(); return; }
    if (event.key === "?") { event.preventDefault(); help(); return; }
    const wanted = Object.hasOwn(table, event.key) ? table[event.key] : null;
    if (!wanted) return;
    event.preventDefault();
    wanted[1]();
  });
})();
