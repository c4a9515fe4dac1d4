import assert from "node:assert/strict";
import { test } from "node:test";
import { newKey } from "../src/parts/keys.js";
import { fieldsOf, firstText, hintOf, readField, readFields } from "../src/views/flow/parameters.js";
import { commandOf, inputOf, labelsOf } from "../src/views/flow/start.js";

const PARAMETERS = [
  { type: "prefect.core.parameter.Parameter", name: "x", default: 1, required: false },
  { type: "prefect.core.parameter.Parameter", name: "y", default: null, required: true },
  { type: "prefect.core.parameter.Parameter", name: "on", default: true, required: false },
  { type: "prefect.core.parameter.Parameter", name: "region", default: "eu", required: false },
  { type: "prefect.core.parameter.Parameter", name: "w", default: { a: [1] }, required: false },
  { type: "prefect.core.parameter.DateTimeParameter", name: "z", default: null, required: false },
];
const MORE = { name: "", at: "", labels: "", key: "", context: "", run_config: "" };
/** @param {string} kind @param {any} value @returns {any} */
const field = (kind, value, required = false) => ({ name: "p", kind, required, value });

test("fields follow from the defaults of the parameters, and from their types", () => {
  const fields = fieldsOf(PARAMETERS);
  assert.deepEqual(
    fields.map(({ name, kind, required }) => [name, kind, required]),
    [
      ["x", "number", false],
      ["y", "any", true],
      ["on", "boolean", false],
      ["region", "text", false],
      ["w", "json", false],
      ["z", "time", false],
    ],
  );
  assert.deepEqual(fields.map(firstText), ["1", "", "true", "eu", '{\n  "a": [\n    1\n  ]\n}', ""]);
});

test("defaults of the group go over those of the flow, and make a required parameter optional", () => {
  const [x, y] = fieldsOf(PARAMETERS, { x: "one", y: 7 });
  assert.deepEqual(x, { name: "x", kind: "text", required: false, value: "one" });
  assert.deepEqual(y, { name: "y", kind: "number", required: false, value: 7 });
});

test("parameters that are none are left out, and a repeated name counts once", () => {
  assert.deepEqual(fieldsOf("x"), []);
  assert.deepEqual(fieldsOf([null, 1, {}, { name: 3 }]), []);
  assert.equal(fieldsOf([{ name: "a" }, { name: "a" }]).length, 1);
});

test("a form without changes sends no parameters", () => {
  const fields = fieldsOf(PARAMETERS.filter(({ required }) => !required));
  const { values, problems } = readFields(fields, fields.map(firstText));
  assert.deepEqual(values, {});
  assert.ok(problems.every((problem) => problem === null));
});

test("each kind of field is read as its kind, or says what is wrong", () => {
  /** @type {[any, string, any][]} */
  const read = [
    [field("number", 1), " 2.5 ", 2.5],
    [field("number", 1), "-3e2", -300],
    [field("boolean", true), "false", false],
    [field("text", "eu"), "", ""],
    [field("text", "eu"), "5", "5"],
    [field("json", [1]), '{"a": null}', { a: null }],
    [field("any", null), "5", 5],
    [field("any", null), '"5"', "5"],
    [field("any", null), "plain text", "plain text"],
    [field("any", null), "[1, 2]", [1, 2]],
    [field("time", null), "2026-01-31T08:00:00Z", "2026-01-31T08:00:00Z"],
  ];
  for (const [one, text, value] of read) assert.deepEqual(readField(one, text), { value });
  /** @type {[any, string, RegExp][]} */
  const refused = [
    [field("number", 1), "one", /no number/],
    [field("number", 1), '"1"', /no number/],
    [field("number", 1), "0x10", /no number/],
    [field("number", 1), "1e999", /exactly/],
    [field("number", 1), "12345678901234567890", /exactly/],
    [field("json", {}), "{'a': 1}", /no JSON/],
    [field("json", {}), "[9007199254740993]", /exactly/],
    [field("any", null), "12345678901234567890", /exactly/],
    [field("time", null), "tomorrow-ish", /no time/],
    [field("any", null, true), "  ", /needed/],
    [field("number", 1, true), "", /needed/],
  ];
  for (const [one, text, why] of refused) assert.match(readField(one, text).problem ?? "", why, text);
});

test("an empty field, or the default itself, lets the run have the default", () => {
  assert.deepEqual(readField(field("number", 1), ""), {});
  assert.deepEqual(readField(field("number", 1), "1.0"), {});
  assert.deepEqual(readField(field("json", { a: 1 }), '{ "a": 1 }'), {});
  assert.equal(hintOf(field("number", 1), "1"), "The default");
  assert.equal(hintOf(field("any", null), ""), "Not given");
  assert.equal(hintOf(field("any", null), "x"), "Given as text");
  assert.equal(hintOf(field("any", null), "[]"), "Given as list");
});

test("names of parameters are only names", () => {
  const fields = fieldsOf([{ name: "__proto__" }, { name: "constructor" }]);
  const { values } = readFields(fields, ["1", "2"]);
  assert.equal(JSON.stringify(values), '{"__proto__":1,"constructor":2}');
});

test("the input has what was given, and nothing else", () => {
  assert.deepEqual(inputOf("f", {}, MORE), { input: { flow_id: "f" }, problems: {} });
  const more = {
    ...MORE,
    name: " n ",
    at: "2026-01-31T08:00",
    labels: "a, b,,a",
    key: "k",
    context: '{"c": 1}',
  };
  const { input, problems } = inputOf("f", { x: 1 }, more);
  assert.deepEqual(problems, {});
  assert.deepEqual(input, {
    flow_id: "f",
    parameters: { x: 1 },
    flow_run_name: "n",
    labels: ["a", "b"],
    idempotency_key: "k",
    scheduled_start_time: new Date("2026-01-31T08:00").toISOString(),
    context: { c: 1 },
  });
});

test("what cannot be sent is told by field", () => {
  const { problems } = inputOf("f", {}, { ...MORE, at: "soon", context: "[]", run_config: "{" });
  assert.deepEqual(Object.keys(problems), ["at", "context", "run_config"]);
});

test("the command makes the same run, with every word quoted", () => {
  const flow = { name: "It's", project: { name: "A B" } };
  const input = {
    parameters: { x: 1, t: "5", s: "it's; rm -rf /", o: { a: [1] } },
    idempotency_key: "k",
    labels: ["a"],
  };
  assert.equal(
    commandOf(flow, input),
    `flow-runs run -n 'It'\\''s' -p 'A B' --param x=1 --param 't="5"' --param 's=it'\\''s; rm -rf /' --param 'o={"a":[1]}' --key k --label a`,
  );
  assert.equal(commandOf(flow, { context: {} }), undefined);
});

test("labels are split, and keys are new each time", () => {
  assert.deepEqual(labelsOf(" a ,, b c ,a"), ["a", "b c"]);
  assert.notEqual(newKey(), newKey());
});
