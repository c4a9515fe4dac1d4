import assert from "node:assert/strict";
import { test } from "node:test";
import { LogPages, wholeLog } from "../src/views/run/log_pages.js";
import { logFiltersOf, logWhere } from "../src/views/run/log_query.js";

const filters = (/** @type {string} */ query) => logFiltersOf(new URLSearchParams(query));

/** Return entries of these seconds, with ids in the order of time. @param {number[]} seconds */
const entries = (...seconds) =>
  seconds.map((second) => ({
    id: `id-${String(second).padStart(6, "0")}`,
    timestamp: new Date(second * 1000).toISOString(),
    level: "INFO",
    name: null,
    message: `m${second}`,
  }));
const messages = (/** @type {LogPages} */ pages) => pages.entries.map(({ message }) => message);

test("a level stands for those above it, and texts are matched as they are", () => {
  const where = logWhere("run", filters("level=WARNING&logger=a&text=5%25_%5C&of=task"));
  assert.deepEqual(where.level, { _in: ["WARNING", "ERROR", "CRITICAL"] });
  assert.deepEqual(where.name, { _eq: "a" });
  assert.deepEqual(where.message, { _ilike: "%5\\%\\_\\\\%" });
  assert.deepEqual(where.task_run_id, { _eq: "task" });
  assert.deepEqual(logWhere("run", filters("level=hostile")), { flow_run_id: { _eq: "run" } });
});

/** @param {any[]} rows @param {string | null} [next] @param {boolean} [is_end] */
const found = (rows, next = null, is_end = next === null) => ({ rows, next, is_end, looked_at: 10 });

test("portions go on behind the last one, also where none of its entries matched", () => {
  const pages = new LogPages("run", filters(""));
  const first = pages.next();
  assert.deepEqual([first.newest, first.after], [true, null]);
  pages.take(found(entries(9, 8), "a"));
  assert.equal(pages.next().after, "a");
  pages.take(found([], "b"));
  assert.equal(pages.next().after, "b");
  assert.equal(pages.ended, false);
  pages.take(found(entries(6)));
  assert.equal(pages.ended, true);
  assert.equal(pages.looked, 30);
  assert.deepEqual(messages(pages), ["m9", "m8", "m6"]);
});

test("new entries come before the others once, also those that come late", () => {
  const pages = new LogPages("run", filters(""));
  pages.take(found(entries(20, 18)));
  assert.equal(pages.takeTail(found(entries(18, 20))), false);
  assert.equal(pages.takeTail(found(entries(19, 20, 21, 22))), true);
  assert.deepEqual(messages(pages), ["m22", "m21", "m20", "m19", "m18"]);
  assert.equal(pages.ahead, 2);
  const since = Date.parse(pages.tail()?.logs.timestamp._gte);
  assert.equal(since, 12_000);
});

test("the oldest first is followed only when its end is shown", () => {
  const pages = new LogPages("run", filters("order=oldest"));
  pages.take(found(entries(1, 2), "a"));
  assert.equal(pages.tail(), null);
  pages.take(found(entries(3), "b", true));
  assert.deepEqual([pages.tail()?.newest, pages.tail()?.after], [false, null]);
  pages.takeTail(found(entries(3, 4)));
  assert.deepEqual(messages(pages), ["m1", "m2", "m3", "m4"]);
});

test("a log in which nothing matches is followed from now on, not looked through each time", () => {
  const pages = new LogPages("run", filters(""));
  pages.take(found([]));
  const since = Date.parse(pages.tail()?.logs.timestamp._gte);
  assert.ok(Date.now() - since < 700_000);
  pages.takeTail(found(entries(2, 1)));
  assert.deepEqual(messages(pages), ["m2", "m1"]);
});

test("a burst that fills the tail is followed from where it was cut", () => {
  const pages = new LogPages("run", filters(""));
  pages.take(found(entries(100)));
  const before = pages.tail();
  pages.takeTail(found(entries(101, 102), "cut", false));
  assert.deepEqual(pages.tail(), { ...before, after: "cut" });
  pages.takeTail(found(entries(103), "on", true));
  assert.equal(pages.tail()?.after, null);
  assert.notDeepEqual(pages.tail()?.logs, before?.logs);
});

test("the whole log is read portion by portion, and its entries are counted", async () => {
  const counts = /** @type {number[]} */ ([]);
  const portions = [found(entries(1, 2), "a"), found([], "b"), found(entries(3))];
  const asked = /** @type {(string | null)[]} */ ([]);
  const texts = await wholeLog(
    new LogPages("run", filters("order=oldest")),
    async ({ after }) => {
      asked.push(after);
      return portions.shift() ?? found([]);
    },
    (count) => counts.push(count),
  );
  assert.deepEqual(asked, [null, "a", "b"]);
  assert.deepEqual(counts, [2, 2, 3]);
  assert.equal(texts.join("").trimEnd().split("\n").length, 3);
});
