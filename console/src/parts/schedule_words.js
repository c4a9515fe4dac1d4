/**
 * Return the clocks of a serialized schedule, of any release of Core, in words.
 * @param {any} schedule
 * @param {number} [depth]
 * @returns {string[]}
 */
export function clocksInWords(schedule, depth = 0) {
  if (!schedule || typeof schedule !== "object" || depth > 5) return [];
  if (schedule.type === "UnionSchedule")
    return list(schedule.schedules).flatMap((part) => clocksInWords(part, depth + 1));
  if (schedule.type && schedule.type !== "Schedule") return [clockInWords(schedule)];
  return list(schedule.clocks).map(clockInWords);
}

/**
 * Return one clock in words: a cron expression, an interval, dates, or a rule.
 * @param {any} clock
 */
export function clockInWords(clock) {
  switch (String(clock?.type).replace(/Schedule$/, "Clock")) {
    case "CronClock":
      return `Cron ${clock.cron} in ${zoneOf(clock.start_date)}`;
    case "IntervalClock":
      return `Every ${every(Number(clock.interval) / 1e6)} in ${zoneOf(clock.start_date)}`;
    case "DatesClock":
      return datesInWords(list(clock.dates));
    case "OneTimeClock":
      return `Once, ${moment(clock.start_date)}`;
    case "RRuleClock":
      return ruleInWords(clock.rrule_obj);
    default:
      return "A clock that the console does not know";
  }
}

/**
 * Return which of the clocks' times a schedule keeps, and how it moves them; empty if it has no filters.
 * @param {any} schedule
 * @returns {string[]}
 */
export function filtersInWords(schedule) {
  const said = (/** @type {string} */ begin, /** @type {string} */ key) =>
    list(schedule?.[key]).map((one) => `${begin} ${functionInWords(one)}`);
  return [
    ...said("Only if", "filters"),
    ...said("Only if, or if", "or_filters"),
    ...said("Not if", "not_filters"),
    ...said("Moved to", "adjustments"),
  ];
}

/**
 * Return a span in words, as "1 d 6 h".
 * @param {number} seconds
 */
export function span(seconds) {
  if (!Number.isFinite(seconds)) return "?";
  const units = /** @type {[string, number][]} */ ([
    ["d", 86_400],
    ["h", 3600],
    ["min", 60],
    ["s", 1],
  ]);
  let left = seconds;
  const said = units.map(([unit, size]) => {
    const number = size === 1 ? Math.round(left * 1000) / 1000 : Math.floor(left / size);
    left -= number * size;
    return number > 0 ? `${number} ${unit}` : "";
  });
  return said.filter(Boolean).join(" ") || "0 s";
}

/** @param {number} seconds */
function every(seconds) {
  return (
    /** @type {Record<number, string>} */ ({ 60: "minute", 3600: "hour", 86400: "day" })[seconds] ??
    span(seconds)
  );
}

/** @param {any[]} dates */
function datesInWords(dates) {
  if (dates.length === 0) return "No dates";
  if (dates.length === 1) return `Once, ${moment(dates[0])}`;
  return `${dates.length} dates, the last ${moment(dates.at(-1))}`;
}

/** @param {any} rule */
function ruleInWords(rule) {
  if (typeof rule?.rr !== "string") return "A set of rules";
  const lines = rule.rr.split("\n").filter((/** @type {string} */ line) => !line.startsWith("DTSTART"));
  return `Rule ${lines.join(" ").replace(/^RRULE:/, "")}`;
}

/** @param {any} one  a filter or an adjustment, as serialized */
function functionInWords(one) {
  const name = String(one?.fn ?? "?")
    .split(".")
    .at(-1)
    ?.replaceAll("_", " ");
  const values = Object.entries(one?.kwargs ?? {}).map(([key, value]) => `${key} ${plain(value)}`);
  return values.length ? `${name} (${values.join(", ")})` : `${name}`;
}

/** @param {unknown} value */
function plain(value) {
  return typeof value === "string" ? value.replace(/^\/\/\w+:/, "") : JSON.stringify(value);
}

/** @param {any} start */
function zoneOf(start) {
  return typeof start?.tz === "string" ? start.tz : "UTC";
}

/** @param {any} time */
function moment(time) {
  return `${String(time?.dt ?? "?")
    .slice(0, 19)
    .replace("T", " ")} ${zoneOf(time)}`;
}

/** @param {unknown} value */
function list(value) {
  return Array.isArray(value) ? value : [];
}
