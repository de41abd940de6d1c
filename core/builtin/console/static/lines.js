// Nested lines as a grid: add, copy and remove rows, walk through cells by keyboard, sums that follow the typing.

import { format, parse } from "./decimal.js";
import { enhance as pickers } from "./picker.js";
import { say, words } from "./words.js";

const arabic = document.documentElement.dataset.digits === "arab";
const CELLS = ".input:not([type=hidden])";

class Lines {
  constructor(section) {
    this.section = section;
    this.name = section.dataset.lines;
    this.body = section.querySelector("tbody");
    this.blank = section.querySelector("template");
    this.balance = section.dataset.balance?.split(" ");
    this.next = this.rows.length;
    section.addEventListener("input", () => this.sum());
    section.addEventListener("click", (event) => this.click(event));
    section.addEventListener("keydown", (event) => this.key(event));
    this.sum();
  }

  get rows() { return [...this.body.querySelectorAll("[data-row]")]; }

  cells(row) { return [...row.querySelectorAll(CELLS)]; }

  input(row, column) { return row.querySelector(`[name$=".${column}"]`); }

  add(after = null, source = null) {
    const row = this.blank.content.firstElementChild.cloneNode(true);
    this.renumber(row, this.next++);
    if (source) this.copy(source, row);
    if (after) after.after(row); else this.body.append(row);
    pickers(row);
    this.count();
    say(words.added);
    this.section.dispatchEvent(new Event("input", { bubbles: true }));
    return row;
  }

  renumber(row, number) {
    for (const it of row.querySelectorAll("[name], [id], [aria-describedby]")) {
      for (const attribute of ["name", "id", "aria-describedby"]) {
        if (it.hasAttribute(attribute)) it.setAttribute(attribute, it.getAttribute(attribute).replace("__", number));
      }
    }
  }

  copy(source, row) {
    const values = new Map([...source.querySelectorAll("[name]")].map((it) => [it.name.replace(/\.\w+\./, "."), it.value]));
    for (const it of row.querySelectorAll("[name]:not([type=checkbox])")) {
      const name = it.name.replace(/\.\w+\./, ".");
      if (!name.endsWith(".id") && values.has(name)) it.value = values.get(name);
    }
  }

  remove(row) {
    const rows = this.rows;
    const near = rows[rows.indexOf(row) + 1] ?? rows[rows.indexOf(row) - 1];
    row.remove();
    this.cells(near ?? this.add())[0].focus();
    this.count();
    say(words.removed);
    this.section.dispatchEvent(new Event("input", { bubbles: true }));
  }

  count() { this.rows.forEach((row, index) => { row.querySelector(".number").textContent = index + 1; }); }

  click(event) {
    const row = event.target.closest("[data-row]");
    if (event.target.closest("[data-add-line]")) { event.preventDefault(); this.cells(this.add())[0].focus(); }
    if (event.target.closest("[data-copy-line]")) this.cells(this.add(row, row))[0].focus();
    if (event.target.closest("[data-remove-line]")) this.remove(row);
  }

  key(event) {
    const cell = event.target.closest(CELLS);
    const row = cell?.closest("[data-row]");
    if (!row || event.isComposing) return;
    const strong = event.ctrlKey || event.metaKey;
    const open = cell.getAttribute("aria-expanded") === "true";
    if (strong && event.key.toLowerCase() === "d") { event.preventDefault(); this.cells(this.add(row, row))[this.cells(row).indexOf(cell)].focus(); }
    else if (strong && event.key === "Backspace") { event.preventDefault(); this.remove(row); }
    else if (event.key === "Enter" && !strong && !open && !event.defaultPrevented) { event.preventDefault(); this.forward(row, cell); }
    else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !open && !cell.matches("select, [type=date], [role=combobox]")) this.vertical(event, row, cell);
    else if (event.key === "=" && this.balance?.some((column) => this.input(row, column) === cell)) { event.preventDefault(); this.fill(row, cell); }
  }

  forward(row, cell) {
    const cells = this.rows.flatMap((each) => this.cells(each));
    const next = cells[cells.indexOf(cell) + 1] ?? this.cells(this.add())[0];
    this.go(next);
  }

  vertical(event, row, cell) {
    const target = this.rows[this.rows.indexOf(row) + (event.key === "ArrowDown" ? 1 : -1)];
    if (!target) return;
    event.preventDefault();
    this.go(this.cells(target)[this.cells(row).indexOf(cell)]);
  }

  go(cell) { cell.focus(); cell.select?.(); }

  total(column, places) {
    return this.rows.reduce((sum, row) => sum + (parse(this.input(row, column)?.value ?? "", places) ?? 0n), 0n);
  }

  // "=" in a cell of debit or credit writes what is missing there.
  fill(row, cell) {
    const places = Number(this.section.querySelector(`[data-total="${this.balance[0]}"]`)?.dataset.places ?? 2);
    cell.value = "";
    const missing = this.total(this.balance[1], places) - this.total(this.balance[0], places);
    const amount = this.input(row, this.balance[0]) === cell ? missing : -missing;
    cell.value = amount > 0n ? format(amount, places, false, false) : "";
    this.section.dispatchEvent(new Event("input", { bubbles: true }));
  }

  sum() {
    for (const cell of this.section.querySelectorAll("[data-total]")) {
      const places = Number(cell.dataset.places);
      cell.querySelector("bdi").textContent = format(this.total(cell.dataset.total, places), places, arabic);
    }
    const said = this.section.querySelector("[data-difference]");
    if (!said) return;
    const places = Number(this.section.querySelector(`[data-total="${this.balance[0]}"]`).dataset.places);
    const [left, right] = this.balance.map((column) => this.total(column, places));
    const even = left === right;
    said.hidden = even && left === 0n;
    said.className = `small ${even ? "in-balance" : "off-balance"}`;
    said.textContent = even ? `✓ ${said.dataset.even}` : `${said.dataset.odd}: \u2066${format(left - right, places, arabic)}\u2069`;
  }
}

export function enhance(scope) {
  scope.querySelectorAll("[data-lines]").forEach((section) => new Lines(section));
}

