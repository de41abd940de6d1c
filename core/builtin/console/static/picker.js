// A relation picker: a combobox that asks the server while one types. Without it, a key or a title is typed and sent.

import { say, words } from "./words.js";

let serial = 0;

class Picker {
  constructor(box) {
    this.box = box;
    this.url = box.dataset.picker;
    this.many = box.dataset.many;
    this.input = box.querySelector("input[type=text]");
    this.hidden = box.querySelector("input[type=hidden]");
    this.input.removeAttribute("list");
    this.list = this.make();
    const { input } = this;
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id })) input.setAttribute(name, value);
    input.addEventListener("input", () => this.typed());
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => setTimeout(() => this.hide(), 120));
    input.addEventListener("click", () => { if (!this.shown && !input.readOnly) this.ask(""); });
    this.list.addEventListener("pointerdown", (event) => { event.preventDefault(); const option = event.target.closest("[role=option]"); if (option) this.choose(option); });
  }

  make() {
    const list = document.createElement("ul");
    Object.assign(list, { id: `options-${++serial}`, className: "options", role: "listbox", popover: "manual" });
    list.setAttribute("aria-label", this.input.getAttribute("aria-label") ?? this.input.labels?.[0]?.textContent ?? "");
    this.box.append(list);
    return list;
  }

  get shown() { return this.input.getAttribute("aria-expanded") === "true"; }

  typed() {
    if (this.hidden) this.hidden.value = "";
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(this.input.value), 120);
  }

  async ask(query) {
    this.stop?.abort();
    this.stop = new AbortController();
    const address = new URL(this.url, location);
    address.searchParams.set("q", query);
    try {
      const answer = await fetch(address, { signal: this.stop.signal, headers: { Accept: "application/json" } });
      if (answer.ok && document.activeElement === this.input) this.show((await answer.json()).results, query);
    } catch (error) {
      if (error.name !== "AbortError") this.hide();
    }
  }

  show(results, query) {
    this.list.replaceChildren(...results.map((result, index) => this.option(result, index, query)));
    if (!results.length) {
      const none = document.createElement("li");
      none.className = "none";
      none.textContent = words.nothing;
      this.list.append(none);
    }
    say(results.length ? `${words.results}: ${results.length}` : words.nothing);
    this.input.setAttribute("aria-expanded", "true");
    this.list.showPopover();
    this.place();
    this.mark(query ? 0 : -1);
  }

  option({ id, text, detail = "" }, index, query) {
    const option = document.createElement("li");
    option.id = `${this.list.id}-${index}`;
    option.role = "option";
    option.dataset.value = id;
    option.dataset.text = text;
    const name = document.createElement("bdi");
    const at = query ? text.toLowerCase().indexOf(query.toLowerCase()) : -1;
    if (at >= 0) {
      const hit = document.createElement("mark");
      hit.textContent = text.slice(at, at + query.length);
      name.append(text.slice(0, at), hit, text.slice(at + query.length));
    } else name.textContent = text;
    const more = document.createElement("small");
    more.textContent = detail;
    option.append(name, more);
    return option;
  }

  place() {
    const box = this.input.getBoundingClientRect();
    const width = Math.max(box.width, 260);
    const below = innerHeight - box.bottom;
    const start = document.dir === "rtl" ? box.right - width : box.left;
    Object.assign(this.list.style, {
      minWidth: `${width}px`,
      left: `${Math.max(8, Math.min(start, innerWidth - width - 8))}px`,
      top: below > 240 || below > box.top ? `${box.bottom + 4}px` : "auto",
      bottom: below > 240 || below > box.top ? "auto" : `${innerHeight - box.top + 4}px`,
    });
  }

  hide() {
    this.stop?.abort();
    if (!this.shown) return;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.list.hidePopover();
  }

  get options() { return [...this.list.querySelectorAll("[role=option]")]; }

  mark(index) {
    this.options.forEach((option, place) => option.setAttribute("aria-selected", place === index));
    const option = this.options[index];
    if (option) { this.input.setAttribute("aria-activedescendant", option.id); option.scrollIntoView({ block: "nearest" }); }
  }

  key(event) {
    const { options } = this;
    const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" && !this.shown) { event.preventDefault(); this.ask(""); }
    else if (!this.shown) return;
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); this.mark((at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length); }
    else if (event.key === "Enter" && options[at]) { event.preventDefault(); this.choose(options[at]); }
    else if (event.key === "Tab" && options[at]) this.choose(options[at]);
    else if (event.key === "Escape") { event.stopPropagation(); event.preventDefault(); this.hide(); }
  }

  choose(option) {
    if (this.many) this.token(option);
    else { this.input.value = option.dataset.text; this.hidden.value = option.dataset.value; }
    this.hide();
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
    this.box.dispatchEvent(new CustomEvent("picked", { bubbles: true, detail: { ...option.dataset } }));
  }

  token(option) {
    const label = document.createElement("label");
    label.className = "token";
    const tick = Object.assign(document.createElement("input"), { type: "checkbox", name: this.many, value: option.dataset.value, checked: true });
    const name = document.createElement("bdi");
    name.textContent = option.dataset.text;
    label.append(tick, name);
    this.box.querySelector("[data-tokens]").append(label);
    this.input.value = "";
  }
}

export function enhance(scope) {
  scope.querySelectorAll("[data-picker]").forEach((box) => {
    if (box.dataset.ready || !box.dataset.picker) return;
    box.dataset.ready = "1";
    new Picker(box);
  });
}

