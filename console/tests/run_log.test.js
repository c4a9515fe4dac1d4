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

test("pages of the newest first go on behind the last entry", () => {
  const pages = new LogPages("run", filters(""));
  const first = pages.next();
  assert.equal(first.order, "desc");
  pages.take(entries(9, 8, 7), 3);
  assert.equal(pages.ended, false);
  const { logs } = pages.next();
  assert.deepEqual(logs.timestamp, { _lte: entries(7)[0]?.timestamp });
  assert.deepEqual(logs._or[1], { id: { _lt: "id-000007" } });
  pages.take(entries(6), 3);
  assert.equal(pages.ended, true);
  assert.deepEqual(messages(pages), ["m9", "m8", "m7", "m6"]);
});

test("new entries come before the others once, also those that come late", () => {
  const pages = new LogPages("run", filters(""));
  pages.take(entries(20, 18), 2);
  assert.equal(pages.takeTail(entries(18, 20)), false);
  assert.equal(pages.takeTail(entries(19, 20, 21, 22)), true);
  assert.deepEqual(messages(pages), ["m22", "m21", "m20", "m19", "m18"]);
  assert.equal(pages.ahead, 2);
  const since = Date.parse(pages.tail()?.logs.timestamp._gte);
  assert.equal(since, 12_000);
});

test("the oldest first is followed only when its end is shown", () => {
  const pages = new LogPages("run", filters("order=oldest"));
  pages.take(entries(1, 2), 2);
  assert.equal(pages.tail(), null);
  pages.take(entries(3), 2);
  assert.equal(pages.tail()?.order, "asc");
  pages.takeTail(entries(3, 4));
  assert.deepEqual(messages(pages), ["m1", "m2", "m3", "m4"]);
});

test("an empty log is followed from its beginning", () => {
  const pages = new LogPages("run", filters(""));
  pages.take([], 500);
  assert.deepEqual(pages.tail()?.logs, { flow_run_id: { _eq: "run" } });
  pages.takeTail(entries(2, 1));
  assert.deepEqual(messages(pages), ["m2", "m1"]);
});

test("a burst that fills the tail is followed from its own end", () => {
  const pages = new LogPages("run", filters(""));
  pages.take(entries(1), 500);
  const burst = entries(...Array.from({ length: 1000 }, (_, at) => at + 2));
  pages.takeTail(burst);
  assert.equal(pages.tail()?.logs.timestamp._gte, burst.at(-1)?.timestamp);
});

test("the whole log is read page by page, and its lines are counted", async () => {
  const all = entries(...Array.from({ length: 1700 }, (_, at) => at));
  const counts = /** @type {number[]} */ ([]);
  const lines = await wholeLog(
    new LogPages("run", filters("order=oldest")),
    async ({ logs, lines }) => {
      const after = logs._or?.[1].id._gt ?? "";
      return all.filter(({ id }) => id > after).slice(0, lines);
    },
    (count) => counts.push(count),
  );
  assert.equal(lines.join("").trimEnd().split("\n").length, 1700);
  assert.deepEqual(counts, [500, 1500, 1700]);
});
