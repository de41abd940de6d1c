// What is typed into a form is kept on the server a moment later, and when the page goes away; it is offered again when
// the form is opened anew. Without this a button does the same.

const PAUSE = 1500;
const MOST = 60_000; // bytes that a browser sends after the page is gone

class Draft {
  constructor(form) {
    this.form = form;
    this.state = form.querySelector("[data-draft-state]");
    form.addEventListener("input", () => this.typed());
    form.addEventListener("submit", (event) => { if (!event.defaultPrevented) this.stop(); });
    addEventListener("pageshow", () => { this.over = false; });
    addEventListener("pagehide", () => this.leave());
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") this.leave(); });
  }

  typed() {
    this.changed = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), PAUSE);
  }

  stop() {
    this.over = true;
    clearTimeout(this.timer);
  }

  leave() {
    clearTimeout(this.timer);
    if (this.changed) this.send(true);
  }

  body() {
    const body = new FormData(this.form);
    for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
    body.set("draft", "keep");
    return new URLSearchParams(body);
  }

  async send(leaving = false) {
    if (this.over || (this.sending && !leaving)) return;
    const body = this.body();
    this.changed = false;
    this.sending = true;
    try {
      const keepalive = leaving && String(body).length < MOST;
      const answer = await fetch(this.form.action, { method: "POST", body, keepalive, headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      this.form.dataset.kept = "1";
      this.state.textContent = this.form.dataset.draft;
    } catch {
      delete this.form.dataset.kept; // leaving asks first from now on
      this.changed = true;
      this.state.textContent = "";
    }
    this.sending = false;
    if (this.changed && !this.over) this.typed();
  }
}

export function enhance(scope) {
  scope.querySelectorAll("form[data-draft]").forEach((form) => { form.drafts ??= new Draft(form); });
}
