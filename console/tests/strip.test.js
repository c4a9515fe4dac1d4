import assert from "node:assert/strict";
import { test } from "node:test";
import { barsOf, movedBy, summaryOf } from "../src/parts/strip.js";

const NOW = Date.parse("2026-01-31T08:00:00Z");
const run = (/** @type {string} */ id, /** @type {any} */ more) => ({
  id,
  name: id,
  start_time: null,
  end_time: null,
  ...more,
});

test("the longest run has the full height, one without a start the least, and the oldest comes first", () => {
  const bars = barsOf(
    [
      run("new", { state: "Scheduled" }),
      run("live", { state: "Running", start_time: "2026-01-31T07:59:00Z" }),
      run("long", { state: "Failed", start_time: "2026-01-31T07:00:00Z", end_time: "2026-01-31T07:04:00Z" }),
    ],
    NOW,
  );
  assert.deepEqual(
    bars.map(({ id, kind, height }) => [id, kind, height]),
    [
      ["long", "bad", 1],
      ["live", "live", 0.5],
      ["new", "waiting", 0.12],
    ],
  );
  assert.equal(bars[0].text, "long, Failed, 4 min 0 s");
});

test("a clock that runs back makes no bar below the least height", () => {
  const [bar] = barsOf(
    [run("odd", { state: "Success", start_time: "2026-01-31T08:00:00Z", end_time: "2026-01-31T07:00:00Z" })],
    NOW,
  );
  assert.equal(bar.height, 0.12);
});

test("the summary counts all kinds of failure", () => {
  assert.match(
    summaryOf([
      run("a", { state: "TimedOut" }),
      run("b", { state: "Failed" }),
      run("c", { state: "Success" }),
    ]),
    /2 failed$/,
  );
});

test("arrows lead from bar to bar and not beyond, other keys nowhere", () => {
  assert.deepEqual(
    ["ArrowLeft", "ArrowRight", "Home", "End", "Enter", "toString"].map((key) => movedBy(key, 1, 5)),
    [0, 2, 0, 4, null, null],
  );
  assert.equal(movedBy("ArrowLeft", 0, 5), 0);
  assert.equal(movedBy("ArrowRight", 4, 5), 4);
});
