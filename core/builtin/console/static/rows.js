// Tables by keyboard: j and k walk, Enter opens, x selects; a click on a row opens it; one box selects the page.

const INTERACTIVE = "a, button, input, select, textarea, label, summary";

class Rows {
  constructor(table) {
    this.table = table;
    this.at = -1;
    table.addEventListener("click", (event) => this.click(event));
    table.querySelector("[data-all]")?.addEventListener("change", (event) => {
      for (const box of table.querySelectorAll("tbody [name=id]")) box.checked = event.target.checked;
    });
  }

  get rows() { return [...this.table.tBodies[0].rows]; }

  click(event) {
    const row = event.target.closest("tr[data-url]");
    if (!row || event.target.closest(INTERACTIVE) || getSelection().toString()) return;
    if (event.ctrlKey || event.metaKey) window.open(row.dataset.url, "_blank", "noopener");
    else location.assign(row.dataset.url);
  }

  step(by) {
    const { rows } = this;
    rows[this.at]?.classList.remove("here");
    this.at = Math.max(0, Math.min(rows.length - 1, this.at + by));
    rows[this.at].classList.add("here");
    rows[this.at].scrollIntoView({ block: "nearest" });
    (rows[this.at].querySelector("a.row-link, a") ?? rows[this.at]).focus({ preventScroll: true });
  }

  key(key) {
    const row = this.rows[this.at];
    if (key === "j") this.step(1);
    if (key === "k") this.step(-1);
    if (key === "x") row?.querySelector("[name=id]")?.click();
  }
}

export function enhance(scope) {
  const tables = [...scope.querySelectorAll("table[data-rows]")].map((table) => new Rows(table));
  if (!tables.length || scope !== document || document.documentElement.dataset.shortcuts === "off") return;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), textarea, select, dialog[open]")) return;
    if ("jkx".includes(event.key)) { event.preventDefault(); tables[0].key(event.key); }
  });
}
