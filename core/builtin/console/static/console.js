// The console's only entry: small help that any page takes, and the modules a page asks for by its marks.
// Every page works without it.

import { forget, visit } from "./recent.js";
import { part, settle, toast, words } from "./words.js";

const root = document.documentElement;
const find = (mark, from = document) => from.querySelector(mark);
const all = (mark, from = document) => from.querySelectorAll(mark);
const typing = (target) => target.closest?.("input, textarea, select, [contenteditable], dialog[open]");

const modules = {
  "[data-lines]": "./lines.js",
  "[data-picker]": "./picker.js",
  "[data-rows]": "./rows.js",
  "[data-progress]": "./progress.js",
  "[data-columns]": "./columns.js",
  "[data-tray]": "./matching.js",
  "form[data-draft]": "./draft.js",
  "form[data-upload]": "./upload.js",
  "form[data-passkey]": "./passkeys.js",
};

export async function enhance(scope) {
  faces(scope);
  for (const [mark, file] of Object.entries(modules)) {
    if (find(mark, scope)) (await import(file)).enhance(scope);
  }
}

function menus() {
  const close = (except) => all("details[data-menu][open]").forEach((menu) => { if (menu !== except && !menu.contains(except)) menu.open = false; });
  document.addEventListener("click", (event) => close(event.target.closest("details[data-menu]")));
  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.("details[data-menu][open]");
    if (!menu) return;
    if (event.key === "Escape") { menu.open = false; find("summary", menu).focus(); event.stopPropagation(); }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp" || event.target.matches("input, select, textarea")) return;
    const items = [...all(".menu-panel :is(a, button, input)", menu)].filter((item) => item.offsetParent);
    const step = event.key === "ArrowDown" ? 1 : -1;
    event.preventDefault();
    items.at((items.indexOf(document.activeElement) + step + (items.includes(document.activeElement) || step > 0 ? 0 : 1)) % items.length)?.focus();
  });
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("details[data-menu][open]")) keepInside(find(".menu-panel", event.target));
  }, true);
}

// A panel that would leave the window is moved back in.
function keepInside(panel) {
  panel.style.translate = "";
  const box = panel.getBoundingClientRect();
  const over = box.left < 8 ? 8 - box.left : Math.min(0, innerWidth - 8 - box.right);
  if (over) panel.style.translate = `${over}px 0`;
}

function side() {
  const panel = find("#side");
  if (!panel) return;
  const opener = find("[data-side-open]");
  const show = (open) => {
    panel.classList.toggle("open", open);
    (open ? find("a, button, summary", panel) : opener).focus();
  };
  opener.addEventListener("click", (event) => { event.preventDefault(); show(true); });
  find("[data-side-close]").addEventListener("click", (event) => { event.preventDefault(); show(false); });
  document.addEventListener("click", (event) => {
    if (panel.classList.contains("open") && !panel.contains(event.target) && !opener.contains(event.target)) show(false);
  });
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape" && panel.classList.contains("open")) show(false); });
  panel.addEventListener("pointerdown", (event) => { if (event.target === panel && panel.classList.contains("open") && outside(panel, event)) show(false); });
}

function outside(panel, event) {
  const box = panel.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right;
}

function theme() {
  find("[data-theme-form]")?.addEventListener("submit", (event) => {
    event.preventDefault();
    const { value } = event.submitter;
    if (value) root.dataset.theme = value; else delete root.dataset.theme;
    all("[name=theme]", event.target).forEach((button) => button.toggleAttribute("aria-current", false));
    event.submitter.setAttribute("aria-current", "true");
    const body = new FormData(event.target);
    body.set("theme", value);
    fetch(event.target.action, { method: "POST", body }).catch(() => toast(words.failed, "bad"));
  });
}

// Leaving a form with unsaved changes asks first; sending it does not.
function guard() {
  const form = find("form[data-guard]");
  if (!form) return;
  let changed = false;
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", () => { changed = false; });
  addEventListener("beforeunload", (event) => { if (changed && !form.dataset.kept) event.preventDefault(); });
}

// A form is sent once, however often the button is pressed.
function once() {
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method !== "post") return;
    if (event.target.dataset.sent) { event.preventDefault(); return; }
    event.target.dataset.sent = "1";
    event.submitter?.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => delete form.dataset.sent));
}

function clicks() {
  document.addEventListener("click", async (event) => {
    const target = event.target.closest("[data-dialog], [data-open], [data-copy], [data-print], [data-print-frame], [data-confirm]");
    if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (target.matches("[data-print]")) print();
    if (target.matches("[data-print-frame]")) { event.preventDefault(); find("iframe").contentWindow.print(); }
    if (target.matches("[data-open]")) find(`#${target.dataset.open}`).showModal();
    if (target.matches("[data-copy]")) { await navigator.clipboard.writeText(target.dataset.copy); toast(words.copied, "good"); }
    if (target.matches("[data-dialog]")) { event.preventDefault(); (await import("./dialog.js")).open(target.href); }
  });
  all("dialog").forEach((dialog) => dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); }));
}

async function palette(query = "") {
  (await import("./palette.js")).open(query);
}

function keys() {
  const singles = root.dataset.shortcuts !== "off";
  document.addEventListener("keydown", (event) => {
    const strong = event.ctrlKey || event.metaKey;
    if (strong && event.key.toLowerCase() === "k") { event.preventDefault(); palette(); return; }
    if (strong && event.key.toLowerCase() === "s" && find("[data-submit]")) { event.preventDefault(); find("[data-submit]").click(); return; }
    if (!singles || strong || event.altKey || typing(event.target)) return;
    const target = { "/": find("[data-search]"), n: find(".page-actions .button-primary"), "?": find("#keys") }[event.key];
    if (!target) return;
    event.preventDefault();
    if (event.key === "/") { target.focus(); target.select(); }
    if (event.key === "n") target.click();
    if (event.key === "?") target.showModal();
  });
  find("input[data-palette]")?.addEventListener("focus", (event) => { if (innerWidth >= 900) { event.target.blur(); palette(event.target.value); } });
}

// What a browser writes on the button of a file is in its own language; a face over it speaks that of the page.
function faces(scope) {
  for (const input of all("input.input[type=file]", scope)) {
    if (input.parentElement.matches(".file")) continue;
    const box = part("file-part");
    input.before(box);
    box.prepend(input);
    input.addEventListener("change", () => name(input));
    name(input);
  }
}

function name(input) {
  const said = find(".file-name", input.parentElement);
  if (said) said.textContent = [...input.files].map((file) => file.name).join(root.dir === "rtl" ? "، " : ", ") || words.noFile;
}

function drops() {
  all("[data-drop]").forEach((zone) => {
    for (const kind of ["dragenter", "dragover"]) zone.addEventListener(kind, (event) => { event.preventDefault(); zone.classList.add("over"); });
    for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => { event.preventDefault(); find("[type=file]", zone).files = event.dataTransfer.files; name(find("[type=file]", zone)); });
  });
}

// A button that asks before its form is sent.
document.addEventListener("click", (event) => {
  const sure = event.target.closest?.("[data-sure]");
  if (sure && !confirm(sure.dataset.sure)) event.preventDefault();
});

// What scrolls sideways can be reached by keyboard; what does not needs no stop.
function scrollers() {
  const seen = new ResizeObserver((entries) => entries.forEach(({ target }) => { target.tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1; }));
  all(".table-wrap, .lines-wrap").forEach((wrap) => seen.observe(wrap));
}

function recent() {
  visit();
  find("form[data-sign-out]")?.addEventListener("submit", forget);
}

menus();
side();
theme();
guard();
once();
clicks();
keys();
drops();
scrollers();
recent();
all("[data-toast]").forEach((it) => settle(it, it.dataset.toast));
const first = innerWidth >= 900 ? find("form[data-begin] :is(input, select, textarea):not([type=hidden], [readonly], [disabled])") : null;
(find("[data-focus]") ?? first)?.focus();
await enhance(document);
root.dataset.ready = "";
