/* Security keys (WebAuthn): ask the key to sign the server's challenge, then send the form with its answer. */
(() => {
  "use strict";

  const form = document.querySelector("[data-security-key]");
  if (!form) return;
  const message = form.querySelector("[data-key-message]");
  const button = form.querySelector("button");
  const without = document.querySelector("[data-no-script]"); // a message for browsers that do not run this script
  const say = (text) => { message.textContent = text; message.hidden = !text; };

  without.hidden = true;
  if (!window.PublicKeyCredential || !navigator.credentials) {
    say("Ce navigateur ne sait pas interroger une clé de sécurité. Mettez-le à jour, ou essayez-en un autre.");
    button.disabled = true;
    return;
  }

  const toBytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0)).buffer;
  };
  const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const asked = (options) => {
    options.challenge = toBytes(options.challenge);
    if (options.user) options.user.id = toBytes(options.user.id);
    for (const list of [options.allowCredentials, options.excludeCredentials]) {
      for (const item of list || []) item.id = toBytes(item.id);
    }
    return options;
  };
  const written = (credential) => {
    const response = { clientDataJSON: toText(credential.response.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = toText(credential.response[name]);
    }
    return JSON.stringify({
      id: credential.id, rawId: toText(credential.rawId), type: credential.type, response, clientExtensionResults: {},
    });
  };
  const why = (error) => {
    if (error.name === "NotAllowedError") return "La clé n’a pas répondu, ou la demande a été annulée. Recommencez.";
    if (error.name === "InvalidStateError") return "Cette clé est déjà enregistrée ici.";
    if (error.name === "SecurityError") return "L’adresse de cette page n’est pas celle de Guichet : ne continuez pas.";
    if (error.name === "NotSupportedError" || error.name === "ConstraintError") {
      return "Cette clé ne convient pas : il en faut une qui demande un code ou une empreinte.";
    }
    return "La clé n’a pas pu être interrogée. Rechargez la page et recommencez.";
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!form.reportValidity()) return;
    say("");
    button.disabled = true;
    try {
      const answer = await fetch(form.dataset.challenge, {
        method: "POST", headers: { "X-CSRFToken": form.elements.csrf_token.value }, redirect: "error",
      });
      if (answer.status === 409) { // the active mandate has changed in another tab
        say((await answer.json()).error);
        button.disabled = false;
        return;
      }
      if (!answer.ok) throw new Error("challenge");
      const publicKey = asked(await answer.json());
      const credential = form.dataset.securityKey === "create"
        ? await navigator.credentials.create({ publicKey }) : await navigator.credentials.get({ publicKey });
      form.elements.answer.value = written(credential);
      form.submit();
    } catch (error) {
      say(why(error));
      button.disabled = false;
      button.focus();
    }
  });
})();
