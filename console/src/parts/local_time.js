import { utc } from "./times.js";

/** The zone of this browser, as Europe/Berlin. */
export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "local time";

/**
 * Return the instant of a local time, as the field `datetime-local` has it, in ISO 8601; null if it is none.
 * @param {string} text
 */
export function instantOf(text) {
  const time = new Date(text);
  return text && !Number.isNaN(time.getTime()) ? time.toISOString() : null;
}

/**
 * Return what a local time is in UTC, in words; "" if it is no time.
 * @param {string} text
 */
export function inUtc(text) {
  const instant = instantOf(text);
  return instant ? utc(Date.parse(instant)) : "";
}
