// Files dropped on a record are sent one after the other, with a bar, and the page is shown anew when all have arrived.
// Without this the form sends them at once.

import { say, toast } from "./words.js";

class Upload {
  constructor(form) {
    this.form = form;
    this.input = form.querySelector("[type=file]");
    this.bar = form.querySelector("progress");
    form.querySelector("[data-send]").hidden = true;
    this.input.addEventListener("change", () => this.send([...this.input.files]));
    for (const kind of ["dragenter", "dragover"]) form.addEventListener(kind, (event) => { event.preventDefault(); form.classList.add("over"); });
    for (const kind of ["dragleave", "drop"]) form.addEventListener(kind, () => form.classList.remove("over"));
    form.addEventListener("drop", (event) => { event.preventDefault(); this.send([...event.dataTransfer.files]); });
  }

  async send(files) {
    if (!files.length || this.busy) return;
    this.busy = true;
    this.total = files.reduce((sum, file) => sum + file.size, 0) || 1;
    this.sent = 0;
    this.bar.hidden = false;
    const refused = [];
    for (const file of files) {
      const said = await this.one(file);
      if (said) refused.push(`${file.name}: ${said}`);
      this.sent += file.size;
    }
    this.busy = false;
    this.bar.hidden = true;
    this.input.value = "";
    if (refused.length < files.length) { location.reload(); return; }
    refused.forEach((said) => toast(said, "bad"));
    say(refused.join(" "));
  }

  // Returns what is wrong, or nothing.
  one(file) {
    const body = new FormData(this.form);
    body.delete("file");
    body.append("file", file, file.name);
    return new Promise((settled) => {
      const request = new XMLHttpRequest();
      request.open("POST", this.form.action);
      request.setRequestHeader("Accept", "application/json");
      request.upload.addEventListener("progress", (event) => { this.bar.value = Math.min(1, (this.sent + event.loaded) / this.total); });
      request.addEventListener("loadend", () => settled(request.status >= 200 && request.status < 300 ? "" : this.wrong(request)));
      request.send(body);
    });
  }

  wrong(request) {
    try {
      const { title, detail } = JSON.parse(request.responseText);
      return detail || title;
    } catch {
      return this.form.dataset.failed;
    }
  }
}

export function enhance(scope) {
  scope.querySelectorAll("form[data-upload]").forEach((form) => {
    if (form.dataset.ready) return;
    form.dataset.ready = "1";
    new Upload(form);
  });
}
