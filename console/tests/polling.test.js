import assert from "node:assert/strict";
import { test } from "node:test";
import { nextWait } from "../src/api/polling.js";

test("refreshes come soon after a change and ever later without one", () => {
  const waits = [];
  let wait = nextWait({ wait: 0, changed: true, failed: false });
  for (let i = 0; i < 12; i += 1) {
    waits.push(wait);
    wait = nextWait({ wait, changed: false, failed: false });
  }
  assert.equal(waits[0], 3000);
  assert.deepEqual(
    [...waits].sort((a, b) => a - b),
    waits,
  );
  assert.equal(waits.at(-1), 60_000);
  assert.equal(nextWait({ wait: 60_000, changed: true, failed: false }), 3000);
});

test("failures are met with longer waits, and never before the time that the service names", () => {
  assert.equal(nextWait({ wait: 3000, changed: false, failed: true }), 6000);
  assert.equal(nextWait({ wait: 60_000, changed: false, failed: true }), 60_000);
  assert.equal(nextWait({ wait: 3000, changed: false, failed: true, retryAfter: 90 }), 90_000);
});
