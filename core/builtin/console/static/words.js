// Words in the page's language, kept by console/parts.html, and the pieces of markup it holds for scripts.

export const words = document.getElementById("words")?.dataset ?? {};

export function part(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

// What a screen reader should hear of a change that is plain to see.
export function say(text) {
  document.getElementById("said").textContent = text;
}

// A short message in the corner, read out by screen readers. Good news goes by itself.
export function toast(text, tone = "info") {
  const it = part("toast-part");
  it.classList.add(`toast-${tone}`);
  it.querySelector("p").textContent = text;
  document.getElementById("toasts").append(it);
  settle(it, tone);
}

export function settle(it, tone) {
  it.querySelector("[data-close]")?.addEventListener("click", () => it.remove());
  if (tone !== "good" && tone !== "info") return;
  let timer = setTimeout(() => it.remove(), 6000);
  it.addEventListener("pointerenter", () => clearTimeout(timer));
  it.addEventListener("focusin", () => clearTimeout(timer));
  it.addEventListener("pointerleave", () => { timer = setTimeout(() => it.remove(), 3000); });
}

// The letters of `text` without case, accents, hamza, taa marbuta, alef maqsura and tatweel, as the server folds them.
export function fold(text) {
  return text.normalize("NFKD").toLowerCase().replace(/[\u0300-\u036f\u064b-\u065f\u0670\u0640]/g, "")
    .replace(/[أإآٱ]/g, "ا").replace(/ة/g, "ه").replace(/ى/g, "ي").replace(/ؤ/g, "و").replace(/ئ/g, "ي");
}
