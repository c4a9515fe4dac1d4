import assert from "node:assert/strict";
import { test } from "node:test";
import { RULES } from "../src/views/schedules/rule_list.js";
import { readRules, rulesChange, textsOf } from "../src/views/schedules/rules.js";

const STORED = {
  overlap: "skip",
  late_after: 5400,
  catch_up: "last",
  catch_up_window: 7 * 86_400,
  pause_after_failures: 3,
  spread: 90,
  excluded_dates: ["2026-12-24", "2026-12-25"],
  max_runs: 10,
};
const TEXTS = {
  overlap: "skip",
  late_after: "90m",
  catch_up: "last",
  catch_up_window: "1w",
  pause_after_failures: "3",
  spread: "90s",
  excluded_dates: "2026-12-24 2026-12-25",
  max_runs: "10",
};
const NONE = textsOf(null);

/** @param {Record<string, string>} texts */
const given = (texts) => readRules(NONE, { ...NONE, ...texts });

test("fields show the rules that are stored, and what holds without them", () => {
  assert.deepEqual(textsOf(STORED), TEXTS);
  assert.deepEqual(NONE, {
    ...Object.fromEntries(RULES.map(({ name }) => [name, ""])),
    overlap: "allow",
    catch_up: "none",
  });
  assert.deepEqual(readRules(NONE, NONE), { changes: {}, problems: {} });
  assert.deepEqual(readRules(TEXTS, TEXTS), { changes: {}, problems: {} });
});

test("fields are read as rules", () => {
  assert.deepEqual(given(TEXTS), { changes: STORED, problems: {} });
  assert.deepEqual(given({ spread: "0s", late_after: " 2 h " }).changes, { spread: 0, late_after: 7200 });
  assert.deepEqual(given({ excluded_dates: "2026-12-25, 2026-12-24;2026-12-25" }).changes, {
    excluded_dates: ["2026-12-24", "2026-12-25"],
  });
});

test("only what somebody has changed is sent, so that changes of others stay", () => {
  assert.deepEqual(readRules(TEXTS, { ...TEXTS, max_runs: "11", spread: "" }), {
    changes: { max_runs: 11, spread: null },
    problems: {},
  });
  // The same in other words is no change.
  assert.deepEqual(readRules(TEXTS, { ...TEXTS, late_after: "5400s" }).changes, {});
});

test("values that the service would refuse are told at their fields", () => {
  const { changes, problems } = given({
    late_after: "0s",
    catch_up_window: "32d",
    pause_after_failures: "1001",
    spread: "1.5h",
    max_runs: "-1",
    excluded_dates: "2026-12-24 2026-02-30",
  });
  assert.deepEqual(changes, {});
  assert.deepEqual(problems, {
    late_after: "From 1s to 365d.",
    catch_up_window: "From 1s to 31d.",
    pause_after_failures: "A number from 1 to 1,000.",
    spread: "A span such as 90s, 15m, 2h or 3d.",
    max_runs: "A number from 1 to 1,000,000,000.",
    excluded_dates: "2026-02-30 is no day such as 2026-12-24.",
  });
  const many = Array.from({ length: 1001 }, (_, at) =>
    new Date(at * 86_400_000).toISOString().slice(0, 10),
  ).join("\n");
  assert.deepEqual(given({ excluded_dates: many }).problems, { excluded_dates: "1001 days; 1000 at most." });
  for (const odd of ["0000-01-01", "2026-W01-1", "20261224", "x".repeat(10_000), "2026-12-24T00:00", "🎄"])
    assert.match(given({ excluded_dates: odd }).problems.excluded_dates ?? "", /^.{1,40} is no day such as/u);
});

test("command names the rules by their options", () => {
  assert.equal(
    rulesChange("g", STORED).command,
    "flow-runs schedule set g --overlap skip --late-after 90m --catch-up last --catch-up-window 1w" +
      " --pause-after 3 --max-runs 10 --spread 90s --exclude 2026-12-24 --exclude 2026-12-25",
  );
  const off = rulesChange("g", { overlap: null, excluded_dates: null });
  assert.equal(off.command, "flow-runs schedule set g --off overlap --off exclude");
  assert.deepEqual(off.variables, { input: { flow_group_id: "g", overlap: null, excluded_dates: null } });
  assert.equal(rulesChange("g", {}).command, undefined);
});
