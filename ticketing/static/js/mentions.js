/* « @ » in a text of a ticket: a list of the people whom it may name, from the server, which holds only those who see the
   ticket. Without this script a sigle typed by hand does the same. */
(() => {
  "use strict";

  const field = document.querySelector("textarea[data-mentions]");
  if (!field) return;

  const alike = new Intl.Collator("fr", { sensitivity: "base", usage: "search" });
  const begins = (text, word) => alike.compare(text.slice(0, word.length), word) === 0;
  const list = document.createElement("ul");
  list.id = "personnes";
  list.className = "mentions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Personnes à prévenir");
  list.hidden = true;
  const said = document.createElement("p");
  said.className = "sr-only";
  said.setAttribute("role", "status");
  field.after(list, said);
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);

  let people = null;
  let asked = false;
  let offered = [];
  let at = 0;

  /** What is typed after the last « @ » before the caret, or null where the caret stands in no mention. */
  const wanted = () => {
    const before = field.value.slice(0, field.selectionStart);
    const found = field.selectionStart === field.selectionEnd && before.match(/(?:^|[^\w@./+-])@([\p{L}\d.-]{0,32})$/u);
    return found ? found[1] : null;
  };
  const internal = () => {
    const chosen = field.form.querySelector("[name$=visibilite]:checked, input[type=hidden][name$=visibilite]");
    return Boolean(chosen) && chosen.value === "internal";
  };
  const close = () => {
    list.hidden = true;
    offered = [];
    field.removeAttribute("aria-activedescendant");
  };
  const mark = () => {
    for (const [index, line] of Array.from(list.children).entries()) line.setAttribute("aria-selected", String(index === at));
    field.setAttribute("aria-activedescendant", "personne-" + at);
    list.children[at].scrollIntoView({ block: "nearest" });
  };
  const take = (index) => {
    const word = wanted();
    if (word === null) return close();
    field.setRangeText(offered[index][0] + " ", field.selectionStart - word.length, field.selectionStart, "end");
    close();
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  };
  const line = ([sigle, name], index) => {
    const one = document.createElement("li");
    one.id = "personne-" + index;
    one.setAttribute("role", "option");
    const mine = document.createElement("span");
    mine.className = "muted";
    mine.textContent = "@" + sigle;
    one.append(name, " ", mine);
    // Before the field loses the focus, which a telephone's keyboard would follow.
    one.addEventListener("pointerdown", (event) => event.preventDefault());
    one.addEventListener("click", () => take(index));
    return one;
  };
  const offer = () => {
    const word = wanted();
    if (word === null || !people) return close();
    const fits = ([sigle, name]) => begins(sigle, word) || name.split(/[\s-]+/).some((part) => begins(part, word));
    offered = people.filter((one) => (one[2] || !internal()) && fits(one) && one[0] !== word).slice(0, 6);
    if (!offered.length) return close();
    at = 0;
    list.replaceChildren(...offered.map(line));
    list.hidden = false;
    const count = offered.length;
    said.textContent = count + (count > 1 ? " personnes proposées" : " personne proposée") + " : flèches pour choisir, Entrée pour prendre";
    mark();
  };
  const read = async () => {
    asked = true;
    try {
      const answer = await fetch(field.dataset.mentions, { redirect: "error", cache: "no-store" });
      people = answer.ok ? (await answer.json()).people : [];
    } catch { asked = false; } // the next « @ » asks again
    offer();
  };

  field.addEventListener("input", () => {
    if (wanted() !== null && !asked) read();
    else offer();
  });
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (moves) {
      at = (at + moves + offered.length) % offered.length;
      mark();
    } else if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) take(at);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
})();
