// Asks how far long work is, while someone is looking, and shows the page anew once it has ended.

const PAUSE = 1000;

class Progress {
  constructor(box) {
    this.box = box;
    this.url = box.dataset.progress;
    this.pause = PAUSE;
    this.wait();
  }

  wait() { setTimeout(() => this.ask(), this.pause); }

  async ask() {
    if (!this.box.isConnected) return;
    if (document.hidden) { this.wait(); return; }
    try {
      const answer = await fetch(this.url, { headers: { Accept: "application/json" } });
      const now = await answer.json();
      this.draw(now);
      if (now.finished) { location.reload(); return; }
      this.pause = PAUSE;
    } catch {
      this.pause = Math.min(this.pause * 2, 30000);
    }
    this.wait();
  }

  draw({ done, total, text, share }) {
    const bar = this.box.querySelector("progress");
    if (total) { bar.max = total; bar.value = done; }
    const said = this.box.querySelector("[data-text]");
    if (said && text !== undefined) said.textContent = text;
    const part = this.box.querySelector("[data-share] bdi");
    if (part && share !== undefined) part.textContent = share;
  }
}

export function enhance(scope) {
  scope.querySelectorAll("[data-progress]").forEach((box) => {
    if (box.dataset.ready) return;
    box.dataset.ready = "1";
    new Progress(box);
  });
}
