// Columns of a file matched to fields by dragging: a field from the tray is dropped on a column, or picked up with Enter
// and put down on the column the arrows lead to. The lists in the table do the same, and all of it without scripts.

import { say } from "./words.js";

class Matching {
  constructor(tray) {
    this.tray = tray;
    this.rows = [...tray.closest("form").querySelectorAll("[data-column]")];
    this.held = null;
    for (const chip of this.chips) {
      chip.addEventListener("dragstart", (event) => this.lift(event, chip.dataset.field));
      chip.addEventListener("click", () => (this.held === chip.dataset.field ? this.drop() : this.pick(chip.dataset.field)));
    }
    for (const row of this.rows) {
      row.querySelector("[data-grip]").addEventListener("dragstart", (event) => this.lift(event, this.select(row).value));
      this.accept(row, () => this.put(row));
      row.addEventListener("click", (event) => { if (this.held && !event.target.closest("select, button")) this.put(row); });
      row.addEventListener("keydown", (event) => this.key(event, row));
      this.select(row).addEventListener("change", () => { this.alone(row); this.show(); });
    }
    this.accept(tray, () => this.empty());
    document.addEventListener("dragend", () => this.drop());
    tray.addEventListener("keydown", (event) => { if (event.key === "Escape" && this.held) this.drop(); });
    this.show();
  }

  get chips() { return [...this.tray.querySelectorAll("[data-field]")]; }

  select(row) { return row.querySelector("select"); }

  chip(field) { return this.chips.find((chip) => chip.dataset.field === field); }

  accept(target, done) {
    target.addEventListener("dragover", (event) => { if (this.held) { event.preventDefault(); target.classList.add("over"); } });
    target.addEventListener("dragleave", (event) => { if (!target.contains(event.relatedTarget)) target.classList.remove("over"); });
    target.addEventListener("drop", (event) => { event.preventDefault(); done(); });
  }

  lift(event, field) {
    if (!field) { event.preventDefault(); return; }
    event.dataTransfer.setData("text/plain", field);
    event.dataTransfer.effectAllowed = "move";
    this.held = field;
  }

  // By keyboard, or where fingers do not drag: the rows can be reached while a field is held.
  pick(field) {
    this.drop();
    this.held = field;
    this.chip(field).setAttribute("aria-pressed", "true");
    this.rows.forEach((row) => { row.tabIndex = 0; row.classList.add("open"); });
    (this.rows.find((row) => !this.select(row).value) ?? this.rows[0]).focus();
    say(this.tray.dataset.held.replace("{field}", this.chip(field).textContent.trim()));
  }

  key(event, row) {
    if (!this.held || event.target !== row) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.rows.at((this.rows.indexOf(row) + step) % this.rows.length).focus();
    else if (event.key === "Enter" || event.key === " ") this.put(row);
    else if (event.key === "Escape") { const chip = this.chip(this.held); this.drop(); chip?.focus(); }
    else return;
    event.preventDefault();
  }

  put(row) {
    const field = this.held;
    if (!field) return;
    this.drop();
    this.select(row).value = field;
    this.alone(row);
    this.show();
    say(this.tray.dataset.put.replace("{field}", this.chip(field)?.textContent.trim() ?? field).replace("{column}", row.dataset.column));
    const next = this.chips.find((chip) => !chip.parentElement.hidden);
    (document.activeElement === document.body || row.contains(document.activeElement)) && (next ?? this.select(row)).focus();
  }

  empty() {
    const row = this.rows.find((each) => this.select(each).value === this.held);
    this.drop();
    if (row) this.select(row).value = "";
    this.show();
  }

  // A field is loaded from one column only.
  alone(row) {
    const { value } = this.select(row);
    for (const other of this.rows) if (other !== row && value && this.select(other).value === value) this.select(other).value = "";
  }

  drop() {
    this.held = null;
    this.chips.forEach((chip) => chip.setAttribute("aria-pressed", "false"));
    this.rows.forEach((row) => { row.removeAttribute("tabindex"); row.classList.remove("open", "over"); });
    this.tray.classList.remove("over");
  }

  show() {
    const taken = new Set(this.rows.map((row) => this.select(row).value));
    this.chips.forEach((chip) => { chip.parentElement.hidden = taken.has(chip.dataset.field); });
    this.rows.forEach((row) => { const { value } = this.select(row); row.classList.toggle("matched", Boolean(value)); row.querySelector("[data-grip]").draggable = Boolean(value); });
    this.tray.querySelector("[data-all]").hidden = this.chips.some((chip) => !chip.parentElement.hidden);
  }
}

export function enhance(scope) {
  scope.querySelectorAll("[data-tray]").forEach((tray) => new Matching(tray));
}
