/* Without a connection: what was typed in the form that opens a ticket is kept in this device, encrypted for its author,
   until that person sends it. Nothing leaves by itself. The key comes from the server, to the logged-in person only, and
   lives as long as the tab: on a shared telephone, whoever comes next reads nothing. */
(() => {
  "use strict";

  const MOST = 20; // drafts of one person
  const LONGEST = 30 * 24 * 3600 * 1000; // ms for which a draft is kept
  const who = document.body.dataset.account || "";
  const page = document.querySelector("[data-away]"); // the page shown without a connection
  const form = document.querySelector("form[data-draft=ouverture]");

  if (who && "serviceWorker" in navigator) navigator.serviceWorker.register("/service-worker.js").catch(() => {});
  const tab = window.sessionStorage;
  const place = (owner) => "guichet-brouillons:" + owner;
  const current = (owner) => "guichet:" + owner + ":encours"; // which draft of the device the form is

  // What the form held has been taken by the server: its draft has served. (`guichet.js`, after, forgets what was sent.)
  if (who && location.hash === "#fait" && (tab.getItem("guichet:" + who + ":sent") || "").endsWith(":ouverture")) {
    const served = tab.getItem(current(who));
    if (served) store(who, stored(who).filter((one) => one.id !== served));
    tab.removeItem(current(who));
  }
  // Whoever comes after somebody else in the same tab, logged in or not, reads nothing of what that person kept. (The page
  // shown without a connection is nobody's: its reader is whoever has the tab.)
  if (!page) {
    for (const name of Object.keys(tab)) {
      if (/^guichet:.*:cle$/.test(name) && name !== "guichet:" + who + ":cle") tab.removeItem(name);
    }
  }
  if (!page && !form) return;
  if (!window.crypto || !window.crypto.subtle) return;

  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));

  async function key(owner) {
    let raw = tab.getItem("guichet:" + owner + ":cle");
    if (!raw && owner && owner === who) {
      const answer = await fetch("/brouillons/cle", { headers: { Accept: "application/json" }, redirect: "error" });
      if (!answer.ok) return null;
      raw = (await answer.json()).key;
      tab.setItem("guichet:" + owner + ":cle", raw);
    }
    return raw && crypto.subtle.importKey("raw", bytes(raw), "AES-GCM", false, ["encrypt", "decrypt"]);
  }

  function stored(owner) {
    try {
      return JSON.parse(localStorage.getItem(place(owner)) || "[]").filter((one) => Date.now() - one.at < LONGEST);
    } catch { return []; }
  }

  function store(owner, drafts) {
    if (drafts.length) localStorage.setItem(place(owner), JSON.stringify(drafts.slice(-MOST)));
    else localStorage.removeItem(place(owner));
  }

  async function keep(owner, draft) {
    const secret = await key(owner);
    if (!secret) return false;
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, secret, new TextEncoder().encode(JSON.stringify(draft)));
    const others = stored(owner).filter((one) => one.id !== draft.id);
    store(owner, [...others, { id: draft.id, at: Date.now(), iv: text(iv), data: text(data) }]);
    return true;
  }

  async function read(owner) {
    const secret = await key(owner);
    if (!secret) return [];
    const found = [];
    for (const one of stored(owner)) {
      try {
        const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes(one.iv) }, secret, bytes(one.data));
        found.push({ ...JSON.parse(new TextDecoder().decode(plain)), id: one.id, at: one.at });
      } catch { /* the key of the installation has changed: nobody can read it any more */ }
    }
    return found;
  }

  const drop = (owner, id) => store(owner, stored(owner).filter((one) => one.id !== id));
  const element = (name, className, words) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (words) made.textContent = words;
    return made;
  };
  const button = (words, kind, act) => {
    const made = element("button", "button button-" + kind, words);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  };
  const when = (at) => new Date(at).toLocaleString("fr-FR", { dateStyle: "short", timeStyle: "short" });

  // --- the page without a connection: what was being sent is kept, and more may be noted -----------------------------
  async function away() {
    const owner = tab.getItem("guichet:qui") || "";
    const mandate = tab.getItem("guichet:mandat") || "0";
    const opening = "guichet:" + owner + ":" + mandate + ":ouverture";
    const said = page.querySelector("[data-away-said]");
    const list = page.querySelector("[data-away-list]");
    const note = page.querySelector("form");
    const show = async () => {
      const drafts = await read(owner);
      list.replaceChildren(...drafts.map((draft) => element("li", "", `${draft.fields.title || "Sans phrase"} (gardé le ${when(draft.at)})`)));
      list.hidden = !drafts.length;
    };
    const typed = tab.getItem(opening);
    const id = tab.getItem(current(owner)) || String(Date.now());
    if (owner && typed && (await keep(owner, { id, mandate, fields: JSON.parse(typed) }))) {
      tab.setItem(current(owner), id);
      said.textContent = "Ce que vous écriviez est gardé dans cet appareil, sans ses fichiers. Rien n’est envoyé.";
      said.hidden = false;
    }
    if (owner && (await key(owner))) {
      note.hidden = false;
      note.addEventListener("submit", async (event) => {
        event.preventDefault();
        const words = note.elements.phrase.value.trim();
        if (!words) return;
        if (await keep(owner, { id: String(Date.now()), mandate, fields: { title: words } })) {
          note.reset();
          said.textContent = "C’est noté dans cet appareil. Rien n’est envoyé : vous le reprendrez une fois la connexion revenue.";
          said.hidden = false;
          await show();
        }
      });
    }
    await show();
    page.querySelector("[data-away-again]").addEventListener("click", () => { location.assign("/tickets/nouveau"); });
  }

  // --- the form that opens a ticket: the drafts of its reader are offered -----------------------------------------------
  async function offer() {
    const mandate = document.body.dataset.mandate || "0";
    tab.setItem("guichet:qui", who);
    tab.setItem("guichet:mandat", mandate);
    await key(who).catch(() => null);
    const drafts = (await read(who)).filter((draft) => draft.mandate === mandate);
    const opening = "guichet:" + who + ":" + mandate + ":ouverture";
    const open = tab.getItem(opening) ? tab.getItem(current(who)) : null; // it is in the form already
    const shown = drafts.filter((draft) => draft.id !== open);
    if (!shown.length) return;
    const box = element("section", "card away-drafts no-print");
    box.setAttribute("aria-label", "Brouillons écrits sans connexion");
    box.append(element("h2", "card-title", "Écrit sans connexion, et pas encore envoyé"));
    const list = element("ul", "plain");
    for (const draft of shown) {
      const line = element("li", "");
      const actions = element("p", "actions");
      actions.append(
        button("Reprendre", "secondary", () => {
          tab.setItem(opening, JSON.stringify(draft.fields));
          tab.setItem(current(who), draft.id);
          location.reload();
        }),
        button("Effacer", "quiet", () => { drop(who, draft.id); line.remove(); if (!list.children.length) box.remove(); }),
      );
      line.append(element("p", "", `« ${draft.fields.title || "Sans phrase"} », le ${when(draft.at)}`), actions);
      list.append(line);
    }
    box.append(list);
    form.before(box);
  }

  if (page) away().catch(() => {});
  else if (who) offer().catch(() => {});
})();
