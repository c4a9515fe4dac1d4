/** The levels of log entries, the lowest first. */
export const LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];

/**
 * How a log is shown, as the address has it; "" where nothing is chosen.
 * @typedef {{level: string, logger: string, text: string, task: string, oldest: boolean}} LogFilters
 */

/**
 * Return the filters of a log in a query of an address.
 * @param {URLSearchParams} query
 * @returns {LogFilters}
 */
export function logFiltersOf(query) {
  const text = (/** @type {string} */ name) => query.get(name) ?? "";
  const level = text("level");
  return {
    level: LEVELS.includes(level) ? level : "",
    logger: text("logger"),
    text: text("text"),
    task: text("of"),
    oldest: text("order") === "oldest",
  };
}

/**
 * Return the filter of the API for the entries of a run. A level stands for those above it, too.
 * @param {string} runId
 * @param {LogFilters} filters
 * @returns {Record<string, any>}
 */
export function logWhere(runId, { level, logger, text, task }) {
  /** @type {Record<string, any>} */
  const where = { flow_run_id: { _eq: runId } };
  if (level && level !== LEVELS[0]) where.level = { _in: LEVELS.slice(LEVELS.indexOf(level)) };
  if (logger) where.name = { _eq: logger };
  if (text) where.message = { _ilike: `%${text.replaceAll(/[\\%_]/g, "\\$&")}%` };
  if (task) where.task_run_id = { _eq: task };
  return where;
}

/**
 * Return the entry as a line of a file: time, level, logger, message.
 * @param {any} entry
 */
export function lineOf({ timestamp, level, name, message }) {
  return `${timestamp} ${level.padEnd(8)} ${name ?? "-"} | ${message}`;
}
