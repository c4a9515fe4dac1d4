import assert from "node:assert/strict";
import { test } from "node:test";
import { againOf } from "../src/views/run/again.js";
import { labelsOf, parametersOf } from "../src/views/run/parameters.js";

const FLOW = { id: "f", name: "My Flow", version_group_id: "g", archived: false, project: { name: "P's" } };
const RUN = { of: FLOW, labels: ["gpu"], context: {}, run_config: null };
const NOTHING = { parameters: {}, name: "", key: "", at: null };

test("parameters are an object of JSON, and nothing else", () => {
  assert.deepEqual(parametersOf('{"x": [1, null]}').value, { x: [1, null] });
  assert.deepEqual(parametersOf("  ").value, {});
  for (const odd of ["{", "[]", "1", "null", '"x"', "{x: 1}"]) {
    assert.equal(parametersOf(odd).value, null, odd);
    assert.notEqual(parametersOf(odd).fault, "");
  }
});

test("numbers that a browser would change are refused, deep inside too", () => {
  assert.match(parametersOf('{"a": {"b": [9007199254740993]}}').fault, /larger/);
  assert.equal(parametersOf('{"a": 9007199254740991, "b": -1.5}').fault, "");
  const many = `{"a": [${Array.from({ length: 200_000 }, (_, at) => at).join(",")}]}`;
  assert.equal(parametersOf(many).fault, "");
});

test("labels are one a line, each once", () => {
  assert.deepEqual(labelsOf(" a \n\na, b\na\r\n"), ["a", "a, b"]);
});

test("another run has the labels, the context and the run config of the first", () => {
  const run = { ...RUN, context: { a: 1 }, run_config: { type: "LocalRun" } };
  const { variables, command } = againOf(run, {
    ...NOTHING,
    parameters: { x: 2 },
    key: "k",
    name: "n",
    at: "2026",
  });
  assert.deepEqual(variables.input, {
    flow_id: "f",
    parameters: { x: 2 },
    labels: ["gpu"],
    context: { a: 1 },
    run_config: { type: "LocalRun" },
    flow_run_name: "n",
    idempotency_key: "k",
    scheduled_start_time: "2026",
  });
  assert.equal(command, undefined);
});

test("of an archived version, the newest one of the flow runs", () => {
  const { variables } = againOf({ ...RUN, of: { ...FLOW, archived: true } }, NOTHING);
  const input = /** @type {any} */ (variables.input);
  assert.equal(input.version_group_id, "g");
  assert.equal("flow_id" in input, false);
});

test("the command says the same, quoted for a shell", () => {
  const { command } = againOf(RUN, { ...NOTHING, parameters: { x: "a b" }, key: "$(k)" });
  assert.equal(
    command,
    `flow-runs run --name='My Flow' --project='P'\\''s' --param='x="a b"' --label=gpu --key='$(k)'`,
  );
  assert.equal(againOf(RUN, { ...NOTHING, parameters: { "a=b": 1 } }).command, undefined);
});
