import assert from "node:assert/strict";
import { test } from "node:test";
import { rulesInWords } from "../src/parts/rule_words.js";
import { clocksInWords, filtersInWords, span } from "../src/parts/schedule_words.js";

const BERLIN = { dt: "2026-01-01T00:00:00", tz: "Europe/Berlin" };

test("each kind of clock has its words", () => {
  const rule = { type: "rrule", rr: "DTSTART:20260101T000000\nRRULE:FREQ=MONTHLY;BYDAY=+1MO" };
  const dates = [BERLIN, { dt: "2030-02-03T04:05:06.5", tz: "UTC" }];
  const clocks = [
    { type: "CronClock", cron: "30 2 * * 1-5", start_date: BERLIN },
    { type: "CronClock", cron: "0 * * * *", start_date: null },
    { type: "IntervalClock", interval: 86_400_000_000, start_date: BERLIN },
    { type: "IntervalClock", interval: 5_400_000_000 },
    { type: "DatesClock", dates },
    { type: "DatesClock", dates: dates.slice(1) },
    { type: "RRuleClock", rrule_obj: rule },
    { type: "RRuleClock", rrule_obj: { type: "rruleset", _rrule: [] } },
  ];
  assert.deepEqual(clocksInWords({ clocks }), [
    "Cron 30 2 * * 1-5 in Europe/Berlin",
    "Cron 0 * * * * in UTC",
    "Every day in Europe/Berlin",
    "Every 1 h 30 min in UTC",
    "2 dates, the last 2030-02-03 04:05:06 UTC",
    "Once, 2030-02-03 04:05:06 UTC",
    "Rule FREQ=MONTHLY;BYDAY=+1MO",
    "A set of rules",
  ]);
});

test("older forms of schedules have words, too", () => {
  const parts = [
    { type: "CronSchedule", cron: "1 * * * *", start_date: null },
    { type: "IntervalSchedule", interval: 3_600_000_000 },
    { type: "OneTimeSchedule", start_date: BERLIN },
  ];
  assert.deepEqual(clocksInWords({ type: "UnionSchedule", schedules: parts }), [
    "Cron 1 * * * * in UTC",
    "Every hour in UTC",
    "Once, 2026-01-01 00:00:00 Europe/Berlin",
  ]);
});

test("schedules that are none have no words, and odd clocks do no harm", () => {
  /** @type {any} */
  let deep = {};
  for (let at = 0; at < 100; at += 1) deep = { type: "UnionSchedule", schedules: [deep] };
  for (const schedule of [null, undefined, 1, "x", [], {}, { clocks: 3 }, deep])
    assert.deepEqual(clocksInWords(schedule), []);
  assert.equal(clocksInWords({ clocks: [null, 1, { type: "X" }, { type: "IntervalClock" }] }).length, 4);
});

test("filters and adjustments say what they do", () => {
  const fn = (/** @type {string} */ name, kwargs = {}) => ({ fn: `prefect.schedules.${name}`, kwargs });
  const schedule = {
    filters: [fn("filters.between_times", { start: "//time:09:00:00", end: "//time:17:00:00" })],
    not_filters: [fn("filters.is_month_end")],
    or_filters: [fn("filters.on_date", { day: 2, month: 1 })],
    adjustments: [fn("adjustments.next_weekday")],
  };
  assert.deepEqual(filtersInWords(schedule), [
    "Only if between times (start 09:00:00, end 17:00:00)",
    "Only if, or if on date (day 2, month 1)",
    "Not if is month end",
    "Moved to next weekday",
  ]);
  assert.deepEqual(filtersInWords(null), []);
});

test("spans and rules are said in full", () => {
  assert.equal(span(93_784.5), "1 d 2 h 3 min 4.5 s");
  assert.equal(span(0), "0 s");
  assert.deepEqual(
    rulesInWords({ overlap: "skip", late_after: 3600, excluded_dates: ["2026-12-24"], odd: [1] }),
    [
      "A run is skipped while another one is not over",
      "A run that has not begun 1 h after it was due is skipped",
      "Nothing runs on 2026-12-24",
      "odd: [1]",
    ],
  );
  assert.deepEqual(rulesInWords(null), []);
});
