import { span } from "./schedule_words.js";

const OVERLAP = /** @type {Record<string, string>} */ ({
  skip: "A run is skipped while another one is not over",
  buffer_one: "A run waits while another one is not over; more than one that waits are skipped",
  buffer_all: "Runs wait while another one is not over",
  cancel_other: "A run cancels another one that is not over",
});
const CAUGHT_UP = /** @type {Record<string, string>} */ ({
  last: "The last missed occurrence gets a run",
  all: "All missed occurrences get runs",
});

/**
 * Return the rules of a schedule in words; empty if it has none.
 * @param {any} rules
 * @returns {string[]}
 */
export function rulesInWords(rules) {
  return Object.entries(rules ?? {}).map(([name, value]) => ruleInWords(name, value));
}

/**
 * @param {string} name
 * @param {any} value
 */
function ruleInWords(name, value) {
  switch (name) {
    case "overlap":
      return OVERLAP[value] ?? `Overlap: ${value}`;
    case "late_after":
      return `A run that has not begun ${span(value)} after it was due is skipped`;
    case "catch_up":
      return CAUGHT_UP[value] ?? `Catch up: ${value}`;
    case "catch_up_window":
      return `Missed occurrences are looked for ${span(value)} back`;
    case "pause_after_failures":
      return `Paused after ${value} failed runs in a row`;
    case "spread":
      return `Moved by an offset of its own within ${span(value)}`;
    case "excluded_dates":
      return `Nothing runs on ${Array.isArray(value) ? value.join(", ") : value}`;
    case "max_runs":
      return `Ends after ${value} runs`;
    default:
      return `${name}: ${JSON.stringify(value)}`;
  }
}
