// The keyboard for reconciling, and lines that leave as soon as they are matched. Without it the page works by forms.

const list = document.querySelector("[data-reconcile]");

const lines = () => [...list.querySelectorAll("[data-line]")];
const current = () => document.activeElement?.closest?.("[data-line]") ?? null;

function move(step) {
  const all = lines();
  const at = all.indexOf(current());
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function leave(line) {
  const all = lines();
  const next = all[all.indexOf(line) + 1] ?? all[all.indexOf(line) - 1];
  const waiting = document.querySelector("[data-waiting]");
  line.remove();
  if (waiting && /^\d+$/.test(waiting.textContent)) waiting.textContent = String(Number(waiting.textContent) - 1);
  if (next) next.focus();
  else location.reload();
}

function say(text) {
  const toast = document.createElement("div");
  toast.className = "toast toast-bad";
  toast.textContent = text;
  document.getElementById("toasts")?.append(toast);
  setTimeout(() => toast.remove(), 8000);
}

async function match(form) {
  const line = form.closest("[data-line]");
  const buttons = line.querySelectorAll("button");
  buttons.forEach((button) => (button.disabled = true));
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { "X-Requested-With": "reconcile" },
    });
    if (answer.ok && !answer.redirected) return leave(line);
    const said = answer.status === 422 ? (await answer.json()).error : "";
    if (!said) return location.reload();
    say(said);
  } catch {
    location.reload();
  }
  buttons.forEach((button) => (button.disabled = false));
}

if (list) {
  list.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-match]")) return;
    event.preventDefault();
    match(event.target);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.documentElement.dataset.shortcuts === "off") return;
    if (event.target.closest("input, select, textarea, dialog, [data-menu]")) return;
    if (event.key === "ArrowDown" || event.key === "j") move(1);
    else if (event.key === "ArrowUp" || event.key === "k") move(-1);
    else if (event.key === "o") current()?.querySelector("[data-hand]")?.click();
    else if (event.key === "Enter" && event.target.matches("[data-line]"))
      current().querySelector("[data-first]")?.closest("form")?.requestSubmit();
    else return;
    event.preventDefault();
  });
}
