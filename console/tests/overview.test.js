import assert from "node:assert/strict";
import { test } from "node:test";
import {
  beginningOf,
  isOld,
  newestEnds,
  percent,
  piecesOf,
  SPANS,
  summed,
  topOf,
} from "../src/views/overview/numbers.js";

const NONE = { runs: 0, success: 0, failed: 0, cancelled: 0, ended_otherwise: 0, live: 0, waiting: 0 };
const NOW = Date.parse("2026-03-31T08:20:30Z");

test("a span begins with a whole hour or day, and has as many of them as it says", () => {
  assert.equal(beginningOf("day", NOW), "2026-03-30T09:00:00.000Z");
  assert.equal(beginningOf("week", NOW), "2026-03-25T00:00:00.000Z");
  for (const [name, { size, count }] of Object.entries(SPANS)) {
    assert.equal(Math.ceil((NOW - Date.parse(beginningOf(name, NOW))) / size), count);
  }
});

test("the rate counts successes and failures alone", () => {
  const buckets = [
    { ...NONE, runs: 5, success: 3, failed: 1, live: 1 },
    { ...NONE, runs: 2, cancelled: 2 },
  ];
  assert.deepEqual(summed(buckets), { runs: 7, success: 3, failed: 1, cancelled: 2, rate: 0.75 });
  assert.equal(summed([NONE]).rate, null);
});

test("a rate is 100 % or 0 % only if it is so exactly", () => {
  const cases = /** @type {[number | null, string][]} */ ([
    [null, "–"],
    [1, "100 %"],
    [0.99999, "99.9 %"],
    [0.5, "50 %"],
    [0.00001, "0.1 %"],
    [0, "0 %"],
  ]);
  for (const [share, said] of cases) assert.equal(percent(share), said);
});

test("the axis ends at a round number that no bar exceeds", () => {
  assert.deepEqual([0, 1, 2, 3, 7, 10, 11, 99, 500_001].map(topOf), [1, 1, 2, 5, 10, 10, 20, 100, 1_000_000]);
});

test("the parts of a bar stand on each other and add up to its height", () => {
  const { pieces, top } = piecesOf([{ ...NONE, runs: 10, success: 4, failed: 6 }, NONE], {
    width: 100,
    height: 50,
  });
  assert.equal(top, 10);
  assert.deepEqual(
    pieces.map(({ kind, y, height }) => [kind, y, height]),
    [
      ["good", 30, 20],
      ["bad", 0, 30],
    ],
  );
});

test("failures are shown by their ends, the last one first", () => {
  const runs = [4, 1, 9, 3, 7, 8, 2].map((minute) => ({ end_time: `2026-03-31T08:0${minute}:00Z` }));
  assert.deepEqual(
    newestEnds(runs).map((run) => Number(run.end_time.slice(15, 16))),
    [9, 8, 7, 4, 3],
  );
});

test("only numbers that are older than two minutes say when they were counted", () => {
  const now = Date.parse("2026-01-31T08:00:00Z");
  assert.equal(isOld("2026-01-31T07:58:01Z", now), false);
  assert.equal(isOld("2026-01-31T07:57:59Z", now), true);
  assert.equal(isOld(undefined, now), false);
});
