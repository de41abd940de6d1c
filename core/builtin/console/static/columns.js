// Columns put into another order: a button moves one forward; without scripts they keep theirs.

export function enhance(scope) {
  for (const list of scope.querySelectorAll("[data-columns]")) {
    list.addEventListener("click", (event) => {
      const row = event.target.closest("[data-earlier]")?.closest("li");
      if (!row?.previousElementSibling) return;
      row.previousElementSibling.before(row);
      row.querySelector("[data-earlier]").focus();
    });
  }
}
