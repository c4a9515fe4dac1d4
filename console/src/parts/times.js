const UNITS = /** @type {[Intl.RelativeTimeFormatUnit, number][]} */ ([
  ["year", 365 * 86_400],
  ["month", 30 * 86_400],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
]);
const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "short" });
const LOCAL = new Intl.DateTimeFormat(undefined, {
  dateStyle: "medium",
  timeStyle: "long",
});

/**
 * Return a time relative to another, as "5 min. ago".
 * @param {number} at  milliseconds
 * @param {number} now  milliseconds
 */
export function relative(at, now) {
  const seconds = Math.round((at - now) / 1000);
  if (Math.abs(seconds) < 2) return RELATIVE.format(0, "second");
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return RELATIVE.format(Math.trunc(seconds / size), unit);
}

/**
 * Return a time in the zone of the browser, with the zone's name.
 * @param {number} at  milliseconds
 */
export function local(at) {
  return LOCAL.format(at);
}

/**
 * Return a time in UTC, as 2026-01-31 08:00:00 UTC.
 * @param {number} at  milliseconds
 */
export function utc(at) {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/**
 * Return a length of time in words, as "2 h 5 min" or "0.4 s".
 * @param {number} milliseconds
 */
export function lasted(milliseconds) {
  if (!Number.isFinite(milliseconds)) return "";
  const seconds = Math.max(milliseconds, 0) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/**
 * Return the milliseconds of a time of the API, NaN for null.
 * @param {string | null | undefined} text
 */
export function millis(text) {
  return text ? Date.parse(text) : Number.NaN;
}
