/* Links with data-dialog open their page's fragment in a dialog; arrow keys move in a grid. Without script they are links. */
(() => {
  "use strict";

  let sheet = null;

  const make = () => {
    const dialog = document.createElement("dialog");
    dialog.className = "sheet";
    dialog.setAttribute("aria-labelledby", "feuille-titre");
    const close = document.createElement("button");
    close.type = "button";
    close.className = "button button-quiet sheet-close";
    close.setAttribute("aria-label", "Fermer");
    close.textContent = "✕";
    close.addEventListener("click", () => dialog.close());
    const body = document.createElement("div");
    body.className = "sheet-body";
    dialog.append(close, body);
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    document.body.append(dialog);
    return dialog;
  };

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-dialog]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    try {
      const answer = await fetch(link.href, { headers: { "X-Fragment": "1" }, redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      sheet ??= make();
      sheet.querySelector(".sheet-body").innerHTML = await answer.text();
      sheet.showModal();
      sheet.scrollTop = 0;
    } catch {
      window.location.assign(link.href); // the page itself shows what went wrong
    }
  });

  document.addEventListener("keydown", (event) => {
    const table = event.target.closest?.("table[data-grid]");
    const cell = event.target.closest?.("td");
    if (!table || !cell || event.ctrlKey || event.metaKey || event.altKey) return;
    const rows = [...table.querySelectorAll("tr")].filter((row) => row.querySelector("td"));
    const row = rows.indexOf(cell.parentElement);
    const column = [...cell.parentElement.querySelectorAll("td")].indexOf(cell);
    const last = cell.parentElement.querySelectorAll("td").length - 1;
    const to = {
      ArrowRight: [row, column + 1], ArrowLeft: [row, column - 1], ArrowDown: [row + 1, column],
      ArrowUp: [row - 1, column], Home: [row, 0], End: [row, last],
    }[event.key];
    const target = to && rows[to[0]]?.querySelectorAll("td")[to[1]]?.querySelector("a");
    if (!target) return;
    event.preventDefault();
    target.focus();
  });
})();
