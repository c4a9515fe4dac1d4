import { word } from "../../parts/shell.js";

/**
 * Return the command that makes the same change of the same runs.
 * @param {string} command
 * @param {{where?: unknown, all?: boolean}} chosen
 * @param {{state?: string, message?: string, live?: boolean}} more
 */
export function commandOf(command, chosen, { state, message, live }) {
  const parts = [
    "flow-runs",
    command,
    state && word(state),
    chosen.all ? "--all" : `--where ${word(JSON.stringify(chosen.where))}`,
    message && `--message ${word(message)}`,
    live && "--live",
  ];
  return parts.filter(Boolean).join(" ");
}
