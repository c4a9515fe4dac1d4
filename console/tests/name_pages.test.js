import assert from "node:assert/strict";
import { test } from "node:test";
import { askedPage, shownPage } from "../src/parts/name_pages.js";

const id = (/** @type {number} */ n) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
// Several rows have one name, so that the pages must tell them apart by their ids.
const ROWS = Array.from({ length: 11 }, (_, n) => ({ id: id(n), name: `name ${Math.floor(n / 4)}` }));

/** @param {any} where @param {any} row @returns {boolean} */
function matches(where, row) {
  return Object.entries(where).every(([column, test]) => {
    if (column === "_or") return test.some((/** @type {any} */ one) => matches(one, row));
    const value = row[column];
    const tests = /** @type {Record<string, (than: string) => boolean>} */ ({
      _gt: (than) => value > than,
      _gte: (than) => value >= than,
      _lt: (than) => value < than,
      _lte: (than) => value <= than,
    });
    return Object.entries(test).every(([operator, than]) => tests[operator]?.(String(than)));
  });
}

/** @param {{before: string | null, after: string | null}} place */
function page(place) {
  const { range, order, limit } = askedPage({ ...place, limit: 3 });
  const rows = ROWS.filter((row) => matches(range, row));
  if (order === "desc") rows.reverse();
  return shownPage(rows.slice(0, limit), { ...place, limit: 3 });
}

test("pages lead on through all rows and back, each row once", () => {
  const seen = [];
  let shown = page({ before: null, after: null });
  assert.equal(shown.previous, null);
  seen.push(...shown.rows);
  while (shown.next) {
    shown = page({ before: null, after: shown.next });
    seen.push(...shown.rows);
  }
  assert.deepEqual(seen, ROWS);
  const back = [];
  while (shown.previous) {
    shown = page({ before: shown.previous, after: null });
    back.unshift(...shown.rows);
  }
  assert.deepEqual(back, ROWS.slice(0, 9));
});

test("a place that is none shows the first page", () => {
  assert.deepEqual(askedPage({ before: null, after: "odd", limit: 3 }).range, {});
});

test("an empty page leads nowhere", () => {
  assert.deepEqual(shownPage([], { before: null, after: null, limit: 3 }), {
    rows: [],
    previous: null,
    next: null,
  });
});
