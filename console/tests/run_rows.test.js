import assert from "node:assert/strict";
import { test } from "node:test";
import { windowOf } from "../src/parts/window.js";
import { childrenOf, countRows, inOrderOfStart, inSight, pagesOf, rowAt } from "../src/views/run/rows.js";

test("children of open tasks follow their parent", () => {
  const opened = [
    { at: 1, children: 3 },
    { at: 2, children: 1 },
  ];
  assert.equal(countRows(4, opened), 8);
  const rows = Array.from({ length: 8 }, (_, row) => rowAt(row, opened));
  const texts = rows.map((row) => (row.kind === "task" ? `${row.at}` : `${row.at}[${row.index}]`));
  assert.deepEqual(texts, ["0", "1", "1[0]", "1[1]", "1[2]", "2", "2[0]", "3"]);
});

test("pages in sight are those of the tasks and of the children", () => {
  const opened = [{ at: 1, children: 50_000 }];
  const seen = inSight(30_000, 30_010, opened);
  assert.deepEqual(seen.tasks, []);
  assert.deepEqual(pagesOf(seen.children, 200), [[1, new Set([149, 150])]]);
  assert.deepEqual(inSight(0, 3, opened).tasks, [0, 1]);
});

test("a long list draws the rows in sight and a few around them", () => {
  const sizes = { height: 600, row: 30, count: 100_000 };
  assert.deepEqual(windowOf({ ...sizes, top: 0 }), { first: 0, end: 29 });
  const end = windowOf({ ...sizes, top: 100_000 * 30 - 600 });
  assert.equal(end.end, 100_000);
  for (const top of [-50, 0, 12_345, 3_000_000, 9_000_000]) {
    const { first, end } = windowOf({ ...sizes, top });
    assert.ok(first >= 0 && end <= 100_000 && end - first < 50, `${top}: ${first} to ${end}`);
  }
  assert.deepEqual(windowOf({ ...sizes, top: 0, count: 0 }), { first: 0, end: 0 });
});

test("task runs come in the order in which they began, the others as they are", () => {
  const rows = [
    { id: "d", start_time: null },
    { id: "b", start_time: "2026-01-01T00:00:02+00:00" },
    { id: "c", start_time: null },
    { id: "a", start_time: "2026-01-01T00:00:01+00:00" },
  ];
  assert.deepEqual(
    inOrderOfStart(rows).map(({ id }) => id),
    ["a", "b", "d", "c"],
  );
});

test("only a sensible number of children folds anything", () => {
  const of = (/** @type {any} */ n) => childrenOf({ serialized_state: { type: "Mapped", n_map_states: n } });
  assert.equal(of(3), 3);
  for (const odd of [0, -1, 1.5, "3", null, undefined, Number.MAX_VALUE, {}]) assert.equal(of(odd), 0);
  assert.equal(of(Number.MAX_SAFE_INTEGER), 1_000_000);
  assert.equal(childrenOf(undefined), 0);
});
