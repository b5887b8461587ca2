/* Files of a form: several at a time, pasted, dropped, taken with the telephone, with progress while they go up.
   What was chosen is kept in this browser (IndexedDB) for this tab, person and mandate, until the server has taken it: it
   outlives a refused form, a lapsed session and a lost connection. Without this script the field is a plain one.
   The file stands before guichet.js, which takes « #fait » out of the address. */
(function () {
  "use strict";

  const $$ = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const store = window.sessionStorage;
  const SENT = "guichet-files-sent";
  const TAB = "guichet-files-tab";
  const DAY = 86_400_000;
  const who = document.body.dataset.account || "";

  // --- what is kept ---------------------------------------------------------------------------------------------
  function base() {
    return new Promise((resolve, reject) => {
      const asked = window.indexedDB.open("guichet-files", 1);
      asked.addEventListener("upgradeneeded", () => asked.result.createObjectStore("chosen"));
      asked.addEventListener("success", () => resolve(asked.result));
      asked.addEventListener("error", () => reject(asked.error));
    });
  }

  async function ask(mode, work) {
    const opened = await base();
    try {
      return await new Promise((resolve, reject) => {
        const asked = work(opened.transaction("chosen", mode).objectStore("chosen"));
        asked.addEventListener("success", () => resolve(asked.result));
        asked.addEventListener("error", () => reject(asked.error));
      });
    } finally { opened.close(); }
  }

  const key = (form) => `${store.getItem(TAB)}:${who}:${document.body.dataset.mandate || "0"}:${form.dataset.draft || form.action}`;

  async function keep(form, files) {
    try {
      if (!files.length) { await ask("readwrite", (all) => all.delete(key(form))); return; }
      if (!store.getItem(TAB)) store.setItem(TAB, String(Date.now()) + String(Math.random()).slice(2));
      await ask("readwrite", (all) => all.put({ at: Date.now(), files }, key(form)));
    } catch (error) { /* no room, or a private window: the page works without */ }
  }

  /** Forget what is older than a day (a tab that was closed comes back for nothing), and what somebody else had chosen. */
  async function sweep() {
    const keys = await ask("readonly", (all) => all.getAllKeys());
    await Promise.all(keys.map(async (one) => {
      const kept = await ask("readonly", (all) => all.get(one));
      if (!kept || Date.now() - kept.at > DAY || String(one).split(":")[1] !== who) await ask("readwrite", (all) => all.delete(one));
    }));
  }

  function forget() {
    store.removeItem(TAB);
    store.removeItem(SENT);
  }

  $$("form[data-forget]").forEach((form) => form.addEventListener("submit", () => { window.indexedDB.deleteDatabase("guichet-files"); }));
  if (!who) return;
  const sent = store.getItem(SENT);
  if (sent && location.hash === "#fait") {
    ask("readwrite", (all) => all.delete(sent)).catch(() => {});
    forget();
  }

  // --- the field --------------------------------------------------------------------------------------------------
  const size = (bytes) => bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1000))}\u00a0ko` : `${(bytes / 1_000_000).toFixed(1).replace(".", ",")}\u00a0Mo`;
  const same = (one, other) => one.name === other.name && one.size === other.size && one.lastModified === other.lastModified;

  function make(tag, attributes, ...inside) {
    const node = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
    node.append(...inside);
    return node;
  }

  /** Draw a small image of a file into a node; what no browser draws stays without. */
  async function draw(file, node) {
    if (!file.type.startsWith("image/") || !window.createImageBitmap) return;
    try {
      const image = await window.createImageBitmap(file, { resizeHeight: 96 });
      const canvas = make("canvas", { class: "chosen-small", width: String(Math.min(image.width, 160)), height: "96" });
      canvas.getContext("2d").drawImage(image, 0, 0);
      node.prepend(canvas);
    } catch (error) { /* the name is enough */ }
  }

  function field(input) {
    const form = input.form;
    const list = make("ul", { class: "chosen", "aria-label": "Fichiers choisis" });
    const said = make("p", { class: "hint", role: "status" });
    let files = [];
    input.after(list, said);

    function show(words) {
      const held = new DataTransfer();
      files.forEach((file) => held.items.add(file));
      input.files = held.files;
      list.replaceChildren(...files.map((file, at) => {
        const off = make("button", { type: "button", class: "button button-quiet", "aria-label": `Retirer ${file.name}` }, "Retirer");
        off.addEventListener("click", () => {
          files = files.filter((one) => one !== file);
          show(`${file.name} est retiré.`);
          ($$("button", list)[at] || $$("button", list)[at - 1] || input).focus();
        });
        const line = make("li", {}, make("span", {}, file.name), make("span", { class: "muted" }, size(file.size)), off);
        draw(file, line);
        return line;
      }));
      said.textContent = words;
      keep(form, files);
    }

    function add(more, words) {
      const fresh = Array.from(more).filter((file) => file.size && !files.some((one) => same(one, file)));
      if (!fresh.length) { show(""); return; }
      files = [...files, ...fresh];
      for (let fold = input.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
      show(words || `${fresh.length > 1 ? `${fresh.length} fichiers ajoutés` : `${fresh[0].name} est ajouté`}.`);
    }

    input.addEventListener("change", () => add(input.files));
    form.addEventListener("paste", (event) => {
      const pasted = Array.from(event.clipboardData ? event.clipboardData.files : []);
      if (!pasted.length) return;
      event.preventDefault();
      add(pasted.map((file) => {
        const kind = (file.name.match(/\.\w+$/) || [".png"])[0];
        return /^image\.\w+$/.test(file.name) || !file.name ? new File([file], `capture-${files.length + 1}${kind}`, { type: file.type, lastModified: file.lastModified }) : file;
      }));
    });
    form.addEventListener("dragover", (event) => {
      if (!Array.from(event.dataTransfer.types).includes("Files")) return;
      event.preventDefault();
      form.classList.add("is-dropping");
    });
    form.addEventListener("dragleave", (event) => { if (!form.contains(event.relatedTarget)) form.classList.remove("is-dropping"); });
    form.addEventListener("drop", (event) => {
      form.classList.remove("is-dropping");
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      add(event.dataTransfer.files);
    });
    if (window.matchMedia("(pointer: coarse)").matches) {
      const camera = make("input", { type: "file", accept: "image/*", capture: "environment", hidden: "", tabindex: "-1" });
      const take = make("button", { type: "button", class: "button button-secondary" }, "Prendre une photo");
      take.addEventListener("click", () => camera.click());
      camera.addEventListener("change", () => { add(camera.files); camera.value = ""; });
      input.before(take, camera);
    }
    ask("readonly", (all) => all.get(key(form))).then((kept) => {
      if (!kept || !kept.files.length || files.length) return;
      add(kept.files, "Les fichiers que vous aviez choisis ont été retrouvés.");
      $$("[data-files-lost]").forEach((node) => { node.hidden = true; });
    }).catch(() => {});
  }

  // --- going up, with progress --------------------------------------------------------------------------------------
  function go(address) {
    const there = new URL(address, location.href);
    if (there.pathname === location.pathname && there.search === location.search) {
      history.replaceState(null, "", there.href);
      location.reload();
    } else location.assign(there.href);
  }

  function send(form, submitter, button) {
    const body = new FormData(form);
    if (submitter && submitter.name) body.set(submitter.name, submitter.value);
    const bar = make("progress", { max: "100", value: "0", "aria-label": "Envoi des fichiers" });
    const line = make("p", { class: "hint sending", role: "status" }, "Envoi des fichiers… ", bar);
    $$(".sending", form).forEach((node) => node.remove());
    button.closest(".actions, form > *").after(line);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("X-Requested-With", "envoi");
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) bar.value = (event.loaded / event.total) * 100; });
    request.addEventListener("load", () => {
      const next = request.getResponseHeader("X-Guichet-Next");
      if (next) { go(next); return; }
      if (new URL(request.responseURL || form.action).pathname !== new URL(form.action).pathname) { location.assign(request.responseURL); return; }
      document.open(); // the same page with what is wrong: our own server's, under the same policy
      document.write(request.responseText);
      document.close();
    });
    request.addEventListener("error", () => {
      delete form.dataset.sent;
      $$("[data-sending]", form).forEach((node) => { node.hidden = true; });
      line.setAttribute("role", "alert");
      line.textContent = "La connexion s’est coupée : vos mots et vos fichiers sont gardés ici. Envoyez de nouveau quand elle revient.";
    });
    request.send(body);
  }

  const inputs = $$("input[type=file][data-files]");
  inputs.forEach(field);
  // On the document, after the form's own listeners: what they held back is not sent.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const input = inputs.find((one) => one.form === form);
    if (!input || event.defaultPrevented || !input.files.length) return;
    if (event.submitter && event.submitter.hasAttribute("formaction")) return; // another page: the files stay here
    store.setItem(SENT, key(form));
    event.preventDefault();
    send(form, event.submitter, event.submitter && event.submitter.offsetParent ? event.submitter : $$("button[type=submit]", form).at(-1));
  });
  if (inputs.length) sweep().catch(() => {});
})();
