// An action's page inside a dialog: the same form, sent to the same address; a page of its own without scripts.

import { enhance } from "./console.js";
import { part, toast, words } from "./words.js";

async function page(address, options = {}) {
  const answer = await fetch(address, { ...options, headers: { Accept: "text/html", "X-Dialog": "1" } });
  return { answer, part: new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-dialog-part]") };
}

function fill(dialog, content) {
  dialog.querySelector("h2").textContent = content.dataset.title;
  dialog.querySelector(".dialog-body").replaceChildren(content);
  content.querySelector("[data-cancel]")?.addEventListener("click", (event) => { event.preventDefault(); dialog.close(); });
  content.querySelector("form")?.addEventListener("submit", (event) => send(event, dialog));
  enhance(content);
  (content.querySelector("[data-focus]") ?? content.querySelector(".input") ?? content.querySelector("button"))?.focus();
}

// A redirect is followed by the page; anything that still holds the form, such as its errors, stays in the dialog.
async function send(event, dialog) {
  event.preventDefault();
  const button = event.submitter;
  button.disabled = true;
  try {
    const { answer, part: content } = await page(event.target.action, { method: "POST", body: new FormData(event.target, button) });
    if (content) fill(dialog, content);
    else location.assign(answer.url);
  } catch {
    button.disabled = false;
    toast(words.failed, "bad");
  }
}

export async function open(address) {
  let content;
  try {
    ({ part: content } = await page(address));
  } catch {
    content = null;
  }
  if (!content) { location.assign(address); return; }
  const dialog = part("dialog-part");
  dialog.setAttribute("aria-label", content.dataset.title);
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("pointerdown", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.showModal();
  fill(dialog, content);
}
