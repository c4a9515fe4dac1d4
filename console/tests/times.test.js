import assert from "node:assert/strict";
import { test } from "node:test";
import { lasted, millis, utc } from "../src/parts/times.js";

test("lengths of time are said in two units at most", () => {
  const cases = /** @type {[number, string][]} */ ([
    [-5, "0.0 s"],
    [420, "0.4 s"],
    [9_999, "10.0 s"],
    [59_000, "59 s"],
    [61_000, "1 min 1 s"],
    [7_500_000, "2 h 5 min"],
    [200_000_000, "2 d 7 h"],
    [Number.NaN, ""],
  ]);
  for (const [given, said] of cases) assert.equal(lasted(given), said);
});

test("times of the API are read, and null is no time", () => {
  assert.equal(utc(millis("2026-01-31T08:00:00.123456+00:00")), "2026-01-31 08:00:00 UTC");
  assert.ok(Number.isNaN(millis(null)));
});
