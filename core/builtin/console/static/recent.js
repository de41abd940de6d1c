// The pages one was on last, for the palette. They stay in this browser, like its own history, for one person alone:
// signing out, or somebody else signing in, forgets them.

import { words } from "./words.js";

const KEY = "backoffice.recent";
const MOST = 8;

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return kept.person === words.person ? kept.places ?? [] : [];
  } catch {
    return []; // kept by something else, or storage is switched off
  }
}

export function visited() {
  return read().filter((place) => place.url !== location.pathname + location.search);
}

export function forget() {
  try { localStorage.removeItem(KEY); } catch { /* there is nothing to forget where storage is switched off */ }
}

// Keeps this page, its name as its heading says it; pages without a name of their own, and what failed, are left out.
export function visit() {
  if (!words.person) return forget();
  const text = document.querySelector("main h1")?.textContent.trim();
  if (!text || document.querySelector("[data-unlisted]")) return;
  const here = { text, url: location.pathname + location.search };
  const places = [here, ...read().filter((place) => new URL(place.url, location).pathname !== location.pathname)].slice(0, MOST);
  try { localStorage.setItem(KEY, JSON.stringify({ person: words.person, places })); } catch { /* storage is switched off or full */ }
}
