import assert from "node:assert/strict";
import { test } from "node:test";
import { pageIn, pageOf } from "../src/parts/pager.js";
import { added, nothingYet } from "../src/views/runs/bulk.js";
import { commandOf } from "../src/views/runs/bulk_command.js";
import { filtersOf, whereOf } from "../src/views/runs/filters.js";

const rows = (/** @type {string} */ ids) => [...ids].map((id) => ({ id }));
const ids = (/** @type {{id: string}[]} */ found) => found.map((row) => row.id).join("");

test("no filter asks for all runs", () => {
  assert.deepEqual(whereOf(filtersOf(new URLSearchParams())), {});
});

test("each filter becomes a condition of the API", () => {
  const query = new URLSearchParams("state=Failed,TimedOut&flow=F&project=P&label=l&name=n&key=k");
  assert.deepEqual(whereOf(filtersOf(query)), {
    state: { _in: ["Failed", "TimedOut"] },
    flow: { name: { _eq: "F" }, project_id: { _eq: "P" } },
    labels: { _contains: ["l"] },
    name: { _eq: "n" },
    idempotency_key: { _eq: "k" },
  });
});

test("a star at the end of a name means its beginning, and no other sign of it is a pattern", () => {
  assert.deepEqual(whereOf(filtersOf(new URLSearchParams({ name: "100%_\\*" }))).name, {
    _ilike: "100\\%\\_\\\\%",
  });
});

test("times are those of the browser, and no time that cannot be read is asked for", () => {
  const local = "2026-01-31T08:00";
  const where = whereOf(filtersOf(new URLSearchParams({ from: local, to: "nonsense" })));
  assert.deepEqual(where, { created: { _gte: new Date(local).toISOString() } });
});

test("pages lead to each other and end", () => {
  const limit = 3;
  const all = "gfedcba";
  const asked = (/** @type {string | null} */ before, /** @type {string | null} */ after) => {
    const { range, order, limit: most } = pageOf({ before, after, limit });
    const { _lt, _gt } = /** @type {any} */ (range).id ?? {};
    const found = [...all].filter((id) => (!_lt || id < _lt) && (!_gt || id > _gt));
    if (order === "asc") found.reverse();
    return pageIn(rows(found.slice(0, most).join("")), { before, after, limit });
  };
  const first = asked(null, null);
  assert.deepEqual([ids(first.rows), first.newer, first.older], ["gfe", null, "e"]);
  const second = asked(first.older, null);
  assert.deepEqual([ids(second.rows), second.newer, second.older], ["dcb", "d", "b"]);
  const last = asked(second.older, null);
  assert.deepEqual([ids(last.rows), last.older], ["a", null]);
  const back = asked(null, last.newer);
  assert.deepEqual([ids(back.rows), back.newer, back.older], ["dcb", "d", "b"]);
  const top = asked(null, back.newer);
  assert.deepEqual([ids(top.rows), top.newer, top.older], ["gfe", null, "e"]);
});

test("the command names the same runs as the request, quoted for the shell", () => {
  assert.equal(
    commandOf("cancel", { where: { name: { _eq: "it's" } } }, { message: "no more" }),
    `flow-runs cancel --where '{"name":{"_eq":"it'\\''s"}}' --message 'no more'`,
  );
  assert.equal(
    commandOf("set-states", { all: true }, { state: "Failed" }),
    "flow-runs set-states Failed --all",
  );
  assert.equal(commandOf("delete", { all: true }, { live: true }), "flow-runs delete --all --live");
});

test("portions add up", () => {
  const portion = {
    matched: 3,
    changed: 1,
    skipped: [{ reason: "ended", count: 1 }],
    failed: [{ flow_run_id: "a" }],
  };
  assert.deepEqual(added(added(nothingYet(), portion), portion), {
    matched: 6,
    changed: 2,
    skipped: { ended: 2 },
    failed: [{ flow_run_id: "a" }, { flow_run_id: "a" }],
  });
});
