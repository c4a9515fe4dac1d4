import assert from "node:assert/strict";
import { test } from "node:test";
import { routeOf } from "../src/app/address.js";

test("an address has a path in parts and a query", () => {
  const { parts, query } = routeOf("#/runs/a%2Fb?tab=logs");
  assert.deepEqual(parts, ["runs", "a/b"]);
  assert.deepEqual([...query], [["tab", "logs"]]);
});

test("a question mark in the query belongs to it, as somebody may write it by hand", () => {
  assert.equal(routeOf("#/runs?name=why? because&label=b?").query.get("name"), "why? because");
  assert.equal(routeOf("#/runs?name=why? because&label=b?").query.get("label"), "b?");
});

test("an address of odd characters is read as far as it can be", () => {
  assert.deepEqual(routeOf("").parts, []);
  assert.deepEqual(routeOf("#/%E0%A4%A/__proto__").parts, ["%E0%A4%A", "__proto__"]);
  assert.equal(routeOf("#/runs?__proto__=x").query.get("constructor"), null);
});
