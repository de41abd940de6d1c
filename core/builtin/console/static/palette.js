// The command palette: everything one may go to, by a few letters. Entries come once from /console/palette.json.

import { visited } from "./recent.js";
import { fold, part, words } from "./words.js";

let entries;
let dialog;
let shown = [];
let waiting = false; // Enter was pressed before the entries were there

async function load() {
  const form = document.querySelector(".top-search");
  const answer = await fetch(new URL("palette.json", new URL(form.action, location)), { headers: { Accept: "application/json" } });
  const known = (await answer.json()).entries;
  const recent = visited().map((entry) => ({ ...entry, section: words.recent, icon: "history" }));
  const found = [...known.filter((entry) => entry.first), ...recent, ...known.filter((entry) => !entry.first)];
  return found.map((entry) => ({ ...entry, folded: fold(`${entry.text} ${entry.section ?? ""} ${entry.words ?? ""}`) }));
}

function matches(query) {
  const parts = fold(query).split(/\s+/).filter(Boolean);
  const found = entries.filter((entry) => parts.every((each) => entry.folded.includes(each)));
  const start = fold(query);
  found.sort((one, other) => Number(other.folded.startsWith(start)) - Number(one.folded.startsWith(start)));
  if (!query.trim()) return found.slice(0, 12);
  const address = new URL(document.querySelector(".top-search").action, location);
  address.searchParams.set("q", query.trim());
  return [...found.slice(0, 12), { text: words.everywhere.replace("{query}", query.trim()), url: address.href, icon: "search" }];
}

function option(entry, index) {
  const item = document.createElement("li");
  item.id = `palette-${index}`;
  item.role = "option";
  item.dataset.index = index;
  const icon = part("option-icon");
  if (entry.icon) icon.setAttribute("class", "icon");
  if (entry.icon) icon.firstElementChild.setAttribute("href", icon.firstElementChild.getAttribute("href").replace(/#.*/, `#${entry.icon}`));
  const name = document.createElement("bdi");
  name.textContent = entry.text;
  const section = document.createElement("small");
  section.textContent = entry.section ?? "";
  item.append(icon, name, section);
  return item;
}

function draw(query) {
  shown = matches(query);
  dialog.querySelector("ul").replaceChildren(...shown.map(option));
  mark(0);
}

function mark(index) {
  const items = [...dialog.querySelectorAll("[role=option]")];
  items.forEach((item, place) => item.setAttribute("aria-selected", place === index));
  items[index]?.scrollIntoView({ block: "nearest" });
  dialog.querySelector("input").setAttribute("aria-activedescendant", items[index]?.id ?? "");
  dialog.dataset.at = index;
}

function go(index) {
  const entry = shown[index];
  if (!entry) return;
  dialog.close();
  location.assign(entry.url);
}

function prepare() {
  dialog = part("palette-part");
  document.body.append(dialog);
  const input = dialog.querySelector("input");
  input.addEventListener("input", () => {
    waiting = false;
    if (entries) draw(input.value);
  });
  dialog.addEventListener("keydown", (event) => {
    const at = Number(dialog.dataset.at);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); mark((at + (event.key === "ArrowDown" ? 1 : -1) + shown.length) % shown.length); }
    if (event.key === "Enter") { event.preventDefault(); if (entries) go(at); else waiting = true; }
  });
  dialog.addEventListener("click", (event) => {
    const item = event.target.closest("[role=option]");
    if (item) go(Number(item.dataset.index));
    else if (event.target === dialog) dialog.close();
  });
}

export async function open(query) {
  if (!dialog) prepare();
  if (dialog.open) return;
  const input = dialog.querySelector("input");
  input.value = query;
  dialog.showModal();
  waiting = false;
  entries ??= await load();
  draw(input.value);
  if (waiting && dialog.open) go(0);
}
