/* The command palette (Ctrl+K): every page and every act of this page by its name, and a ticket by its number. It only
   follows links and presses buttons that the page has, so that it may do nothing that the page does not offer. */
(() => {
  "use strict";

  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  if (!$(".nav")) return;

  // Names of commands only: accents and capitals are left aside by the browser's own rule. Words of tickets go to the server.
  const alike = new Intl.Collator("fr", { sensitivity: "base", usage: "search" });
  const holds = (text, word) => Array.from(text, (_, from) => text.slice(from, from + word.length)).some((part) => alike.compare(part, word) === 0);
  const label = (node) => (node.getAttribute("aria-label") || node.innerText || node.textContent).replace(/\s+/g, " ").trim();
  const shown = (node) => !node.disabled && !node.closest("[hidden], dialog, .sr-only, noscript, template");
  const follow = (node) => () => { node.click(); };
  /** Open the form of a step and put the focus on its first field; each fold around it opens too. */
  const unfold = (summary) => () => {
    for (let fold = summary.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    const field = $("textarea, select, input:not([type=hidden]), button:not([disabled])", summary.parentElement);
    if (field) { field.focus(); field.scrollIntoView({ block: "center" }); }
  };

  const commands = () => {
    const found = [];
    const add = (kind, nodes, run) => {
      for (const node of nodes) {
        const name = label(node);
        if (name && shown(node) && !found.some((one) => one.name === name && one.kind === kind)) found.push({ kind, name, run: run(node) });
      }
    };
    const ticked = $$("input[name=n]:checked").length > 0;
    add("Agir", $$(".card-steps .step > summary, .card-answer .step > summary"), unfold);
    add("Agir", $$(".status-you .button, .step-click .button, .step-link a, .card-answer .button, .status-article a"), follow);
    if (ticked) add("Agir sur les cochés", $$(".list-lot .button"), follow);
    add("Ce ticket", $$(".trail-walk a, .linked a"), follow);
    add("Liste", $$("[data-tab], [data-view], .list-views a.menu-item, .list-files a, .pager a"), follow);
    add("Page", $$(".nav a, .menu-account a.menu-item, .header-notices, .footer-links a"), follow);
    add("Mandat", $$(".menu-mandate button.menu-item"), follow);
    return found;
  };

  let dialog = null;
  let input = null;
  let list = null;
  let told = null;
  let known = [];
  let offered = [];
  let at = 0;

  const option = (one, index) => {
    const line = document.createElement("li");
    line.id = "palette-" + index;
    line.setAttribute("role", "option");
    line.setAttribute("aria-selected", String(index === at));
    const kind = document.createElement("span");
    kind.className = "palette-kind";
    kind.textContent = one.kind;
    line.append(one.name, " ", kind);
    line.addEventListener("click", () => run(index));
    return line;
  };
  const mark = () => {
    for (const [index, line] of $$("li", list).entries()) line.setAttribute("aria-selected", String(index === at));
    const current = $("[aria-selected=true]", list);
    if (current) { input.setAttribute("aria-activedescendant", current.id); current.scrollIntoView({ block: "nearest" }); }
    else input.removeAttribute("aria-activedescendant");
  };
  const draw = () => {
    const typed = input.value.trim();
    const words = typed.split(/\s+/).filter(Boolean);
    const number = typed.replace(/^(n°|#)/i, "").replace(/\s/g, "");
    offered = known.filter((one) => words.every((word) => holds(one.kind + " " + one.name, word)));
    if (/^\d{1,15}$/.test(number)) offered.unshift({ kind: "Ticket", name: "Aller au ticket n° " + number, run: () => { location.href = "/tickets/" + number; } });
    else if (typed) offered.push({ kind: "Tickets", name: "Chercher « " + typed + " »", run: () => { location.href = "/tickets?q=" + encodeURIComponent(typed); } });
    offered = offered.slice(0, 40);
    at = 0;
    list.replaceChildren(...offered.map(option));
    told.textContent = offered.length ? offered.length + (offered.length > 1 ? " commandes" : " commande") : "Rien de ce nom ici.";
    mark();
  };
  function run(index) {
    const one = offered[index];
    if (!one) return;
    dialog.close();
    one.run();
  }

  const make = () => {
    dialog = document.createElement("dialog");
    dialog.className = "sheet palette";
    dialog.setAttribute("aria-label", "Commandes");
    input = document.createElement("input");
    input.className = "input";
    input.type = "text";
    input.autocomplete = "off";
    input.placeholder = "Une commande, une page, un numéro de ticket…";
    for (const [name, value] of Object.entries({ role: "combobox", "aria-label": "Commande, page ou numéro de ticket", "aria-controls": "palette-liste", "aria-expanded": "true", "aria-autocomplete": "list" })) input.setAttribute(name, value);
    list = document.createElement("ul");
    list.id = "palette-liste";
    list.className = "palette-list";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Commandes");
    told = document.createElement("p");
    told.className = "sr-only";
    told.setAttribute("role", "status");
    input.addEventListener("input", draw);
    input.addEventListener("keydown", (event) => {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (by && offered.length) { event.preventDefault(); at = (at + by + offered.length) % offered.length; mark(); }
      else if (event.key === "Enter" && !event.isComposing) { event.preventDefault(); run(at); }
    });
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    dialog.append(input, list, told);
    document.body.append(dialog);
  };

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    if ($("dialog[open]") && $("dialog[open]") !== dialog) return;
    event.preventDefault();
    if (!dialog) make();
    if (dialog.open) { dialog.close(); return; }
    known = commands();
    input.value = "";
    dialog.showModal();
    draw();
    input.focus();
  });
})();
