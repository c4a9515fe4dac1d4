/**
 * A rule of a schedule as a form has it: its name in the API and as an option of `flow-runs schedule set`, its
 * bounds, and what it does where nothing is given.
 * @typedef {{
 *   name: string, option: string, kind: "choice" | "span" | "number" | "days", label: string, hint?: string,
 *   choices?: [string, string][], least?: number, most: number,
 * }} Rule
 */

const DAY = 86_400;

/** The rules in the order of the form. @type {Rule[]} */
export const RULES = [
  {
    name: "overlap",
    option: "overlap",
    kind: "choice",
    label: "While another run is not over, a run",
    choices: [
      ["allow", "begins beside it"],
      ["skip", "is skipped"],
      ["buffer_one", "waits, if no other one waits"],
      ["buffer_all", "waits"],
      ["cancel_other", "cancels the other one"],
    ],
    most: 0,
  },
  {
    name: "late_after",
    option: "late-after",
    kind: "span",
    label: "Skipped if it has not begun after",
    hint: "A span such as 90s, 15m, 2h or 3d. Empty: it waits for ever",
    least: 1,
    most: 365 * DAY,
  },
  {
    name: "catch_up",
    option: "catch-up",
    kind: "choice",
    label: "Occurrences that were missed get",
    choices: [
      ["none", "no runs"],
      ["last", "a run for the last one"],
      ["all", "runs for all"],
    ],
    most: 0,
  },
  {
    name: "catch_up_window",
    option: "catch-up-window",
    kind: "span",
    label: "How far back they are looked for",
    hint: "Empty: a day",
    least: 1,
    most: 31 * DAY,
  },
  {
    name: "pause_after_failures",
    option: "pause-after",
    kind: "number",
    label: "Failed runs in a row that pause it",
    hint: "Empty: it is never paused by itself",
    most: 1000,
  },
  {
    name: "max_runs",
    option: "max-runs",
    kind: "number",
    label: "Runs after which it ends",
    hint: "Counted from when this is set. Empty: it never ends",
    most: 1_000_000_000,
  },
  {
    name: "spread",
    option: "spread",
    kind: "span",
    label: "Moved by an offset of its own within",
    hint: "So that not all begin at once. Empty: not moved",
    least: 0,
    most: DAY,
  },
  {
    name: "excluded_dates",
    option: "exclude",
    kind: "days",
    label: "Days on which nothing runs",
    hint: "Such as 2026-12-24, in the zones of the clocks",
    most: 1000,
  },
];
