// Passkeys: the device is asked, and its answer sent on. Bytes travel as base64url.

import { words } from "./words.js";

const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const toText = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

export function enhance(scope) {
  for (const form of scope.querySelectorAll("form[data-passkey]")) {
    form.querySelector("button").disabled = !window.PublicKeyCredential;
    form.addEventListener("submit", (event) => { event.preventDefault(); run(form); });
  }
}

async function run(form) {
  const button = form.querySelector("button");
  button.disabled = true;
  tell(form, "");
  try {
    const options = await post(form.dataset.question, new FormData(form));
    const made = form.dataset.passkey === "new"
      ? await navigator.credentials.create({ publicKey: forNew(options) })
      : await navigator.credentials.get({ publicKey: forKnown(options) });
    const address = new URL(form.action, location);
    if (form.elements.name) address.searchParams.set("name", form.elements.name.value);
    const answer = await post(address, JSON.stringify({ answer: plain(made) }), form.elements.csrf_token.value);
    location.assign(answer.next);
  } catch (error) {
    const cancelled = ["NotAllowedError", "InvalidStateError", "AbortError"].includes(error.name);
    tell(form, error.name === "Refused" ? error.message : cancelled ? form.dataset.cancelled : words.failed);
    button.disabled = false;
  }
}

async function post(address, body, token) {
  const headers = { Accept: "application/json" };
  if (token) Object.assign(headers, { "Content-Type": "application/json", "X-CSRFToken": token });
  const answer = await fetch(address, { method: "POST", body, headers });
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(said.problem ?? words.failed), { name: "Refused" });
  return said;
}

function forNew(options) {
  return {
    ...options,
    challenge: toBytes(options.challenge),
    user: { ...options.user, id: toBytes(options.user.id) },
    excludeCredentials: (options.excludeCredentials ?? []).map((one) => ({ ...one, id: toBytes(one.id) })),
  };
}

function forKnown(options) {
  return { ...options, challenge: toBytes(options.challenge), allowCredentials: [] };
}

function plain(made) {
  const { response } = made;
  const given = { clientDataJSON: toText(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) given[name] = toText(response[name]);
  }
  return { id: made.id, rawId: toText(made.rawId), type: made.type, response: given, clientExtensionResults: {} };
}

function tell(form, text) {
  const place = form.querySelector("[data-problem]");
  place.textContent = text;
  place.hidden = !text;
}
