// The texts of the page, in the language chosen; dates and durations as they are said here (Asia/Shanghai).

const KEPT = "mianzheng.language";
let words = { texts: {}, codes: {} };
let language = localStorage.getItem(KEPT) === "en" ? "en" : "zh";

export const current = () => language;

/** Read the texts of a language, and keep the choice. */
export async function speak(wanted = language) {
  const answer = await fetch(`words/${wanted}.json`, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`words ${answer.status}`);
  words = await answer.json();
  language = wanted;
  localStorage.setItem(KEPT, wanted);
  document.documentElement.lang = wanted === "zh" ? "zh-CN" : "en";
}

/** A text by its key; `{name}` is filled in. */
export function t(key, values = {}) {
  const text = words.texts[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (all, name) => (name in values ? String(values[name]) : all));
}

/** What a code of a list is called; a code without a name is shown as it is, in English as words. */
export function code(list, value) {
  if (value === null || value === undefined) return "";
  const named = words.codes[list]?.[value];
  if (named !== undefined) return named;
  return language === "en" && /^[a-z][a-z0-9_]*$/.test(value) ? sentence(value) : value;
}

const sentence = (value) => value.charAt(0).toUpperCase() + value.slice(1).replaceAll("_", " ");

const locale = () => (language === "zh" ? "zh-CN" : "en-GB");
const ZONE = "Asia/Shanghai";

/** A moment to the minute. */
export function moment(iso) {
  if (!iso) return "";
  const told = { dateStyle: "medium", timeStyle: "short", timeZone: ZONE, hour12: false };
  if (language === "en") return new Intl.DateTimeFormat(locale(), told).format(new Date(iso));
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat("zh-CN", {
      year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
      timeZone: ZONE,
    }).formatToParts(new Date(iso)).map((part) => [part.type, part.value]),
  );
  return `${parts.year}-${parts.month}-${parts.day} ${parts.hour}:${parts.minute}`;
}

/** How long, in the two largest units. */
export function duration(seconds) {
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  if (seconds < 1) return t("under_a_second");
  const first = units.findIndex(([, size]) => seconds >= size);
  let rest = seconds;
  const told = [];
  for (const [unit, size] of units.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count) told.push(t(`unit_${unit}`, { n: count }));
  }
  return told.join(language === "zh" ? "" : " ");
}

/** A number as it is written. */
export const number = (value, digits = 0) =>
  value === null || value === undefined
    ? "—"
    : new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);

/** A share of one, in per cent. */
export const share = (value) => (value === null || value === undefined ? "—" : `${number(value * 100, 1)}%`);
