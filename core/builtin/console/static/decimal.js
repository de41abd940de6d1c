// Exact decimal numbers as whole ones: 12.50 with two decimals is 1250n. No floating point comes near an amount.

const ARABIC = "٠١٢٣٤٥٦٧٨٩";
const PERSIAN = "۰۱۲۳۴۵۶۷۸۹";
const STEERING = /[\u200b-\u200f\u061c\u202a-\u202e\u2066-\u2069\u00ad\ufeff]/g;

export function digits(text) {
  return text
    .replace(STEERING, "")
    .replace(/[٠-٩]/g, (digit) => ARABIC.indexOf(digit))
    .replace(/[۰-۹]/g, (digit) => PERSIAN.indexOf(digit));
}

// Read as parse_decimal does on the server: of both marks the last is the decimal one, a mark that stands more than
// once parts thousands, and a single comma before exactly three digits does too.
function plain(text) {
  const number = digits(text).replace(/[\s'’٬\u00a0\u202f]/g, "").replace(/−/g, "-").replace(/٫/g, "d").replace(/^([^+-].*)-$/, "-$1");
  if (number.includes("d")) return number.replace(/[.,]/g, "").replace("d", ".");
  const comma = number.lastIndexOf(",");
  const point = number.lastIndexOf(".");
  if (comma >= 0 && point >= 0) return number.replaceAll(comma > point ? "." : ",", "").replace(",", ".");
  if (comma >= 0) {
    const thousands = number.indexOf(",") !== comma || /^-?[1-9]\d{0,2},\d{3}$/.test(number);
    return thousands ? number.replaceAll(",", "") : number.replace(",", ".");
  }
  return number.indexOf(".") !== point ? number.replaceAll(".", "") : number;
}

// The number in `text` scaled by `places` decimals; 0n for nothing, null for what is no number or too precise.
export function parse(text, places) {
  const number = plain(text);
  if (number === "") return 0n;
  const found = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(number);
  if (!found || !(found[2] || found[3])) return null;
  const part = (found[3] ?? "").replace(/0+$/, "");
  if (part.length > places) return null;
  const scaled = BigInt(found[2] + part.padEnd(places, "0"));
  return found[1] === "-" ? -scaled : scaled;
}

// `scaled` as a person writes it; grouped = false leaves the thousands together, as typed into an input.
export function format(scaled, places, arabic = false, grouped = true) {
  const text = (scaled < 0n ? -scaled : scaled).toString().padStart(places + 1, "0");
  let whole = places ? text.slice(0, -places) : text;
  if (grouped) whole = whole.replace(/\B(?=(\d{3})+$)/g, arabic ? "٬" : ",");
  const number = (scaled < 0n ? "-" : "") + whole + (places ? (arabic ? "٫" : ".") + text.slice(-places) : "");
  return arabic ? number.replace(/\d/g, (digit) => ARABIC[digit]) : number;
}
