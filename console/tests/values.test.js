import assert from "node:assert/strict";
import { test } from "node:test";
import { searchOf } from "../src/views/search/searches.js";
import { stored } from "../src/views/stored/values.js";

test("a value is JSON only if it looks like JSON, and digits stay text", () => {
  const cases = /** @type {[string, unknown][]} */ ([
    ["0123456789", "0123456789"],
    ["1e999", "1e999"],
    ['{"a": [1, 2]}', { a: [1, 2] }],
    ["[1]", [1]],
    ['"quoted"', "quoted"],
    ["true", true],
    ["truest", "truest"],
    ["{not json", "{not json"],
    ["", ""],
  ]);
  for (const [text, value] of cases) assert.deepEqual(stored(text), value);
});

test("an id is looked for as an id, and anything else by name", () => {
  assert.ok("id" in searchOf("01A22280-da06-7336-9bf8-846762130000").variables);
  assert.ok("id" in searchOf("01a22280da0673369bf8846762130000").variables);
  assert.deepEqual(searchOf("my run").variables, { text: "my run" });
});
