import assert from "node:assert/strict";
import { test } from "node:test";
import { marksOf, placeOf, rangeOf, spansOf } from "../src/views/run/gantt.js";

const at = (/** @type {number} */ second) => new Date(second * 1000).toISOString();
const ms = (/** @type {number} */ second) => second * 1000;

/** @param {...[string, number]} states */
const taskRun = (...states) => ({
  state: states.at(-1)?.[0],
  start_time: at(0),
  end_time: null,
  states: states.map(([state, second], version) => ({ version, state, timestamp: at(second) })),
});

test("each time that a task ran is a bar, with the gap between them", () => {
  const retried = taskRun(["Pending", 0], ["Running", 1], ["Retrying", 3], ["Running", 5], ["Success", 6]);
  assert.deepEqual(spansOf(retried, ms(100)), [
    { from: ms(1), to: ms(3), kind: "bad" },
    { from: ms(3), to: ms(5), kind: "gap" },
    { from: ms(5), to: ms(6), kind: "good" },
  ]);
});

test("a task that runs reaches to the present", () => {
  assert.deepEqual(spansOf(taskRun(["Pending", 0], ["Running", 1]), ms(9)), [
    { from: ms(1), to: ms(9), kind: "live" },
  ]);
});

test("without a state of running, the start and the end are the bar, and nothing is none", () => {
  const cached = { state: "Cached", start_time: at(2), end_time: at(4), states: [] };
  assert.deepEqual(spansOf(cached, ms(9)), [{ from: ms(2), to: ms(4), kind: "good" }]);
  assert.deepEqual(spansOf({ state: "Pending", start_time: null, end_time: null }, ms(9)), []);
});

test("the drawing spans the run and all task runs, and nothing before it began", () => {
  const run = { start_time: at(10), end_time: at(20) };
  assert.deepEqual(rangeOf(run, [], ms(99)), { from: ms(10), to: ms(20) });
  const early = { start_time: at(5), end_time: at(30) };
  assert.deepEqual(rangeOf(run, [early, null], ms(99)), { from: ms(5), to: ms(30) });
  assert.equal(rangeOf({ start_time: null, end_time: null }, [{ start_time: null }], ms(99)), null);
});

test("bars stay within the drawing, and the shortest can be seen", () => {
  const range = { from: ms(0), to: ms(100) };
  assert.deepEqual(placeOf(range, { from: ms(25), to: ms(75) }), { x: 25, width: 50 });
  const short = placeOf(range, { from: ms(100), to: ms(100) });
  assert.ok(short.width >= 0.4 && short.x + short.width <= 100);
  const wide = placeOf(range, { from: ms(-50), to: ms(500) });
  assert.deepEqual(wide, { x: 0, width: 100 });
});

test("the axis has few marks, whatever the length", () => {
  for (const seconds of [0.001, 0.5, 3, 61, 7200, 86_400, 5_000_000]) {
    const marks = marksOf({ from: 0, to: ms(seconds) });
    assert.ok(marks.length >= 1 && marks.length <= 7, `${seconds}: ${marks.length}`);
    assert.ok(marks.every(({ x }) => x >= 0 && x < 100));
  }
});
