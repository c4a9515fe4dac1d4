import { instantOf } from "../../parts/local_time.js";
import { word } from "../../parts/shell.js";
import { readJson } from "./parameters.js";

/**
 * What a run is given besides parameters, as its fields have it.
 * @typedef {{name: string, at: string, labels: string, key: string, context: string, run_config: string}} More
 */

export const START = `
mutation Start($input: create_flow_run_input!) {
  create_flow_run(input: $input) {
    id
    flow_run { name state }
  }
}`;

/**
 * Return the input of `create_flow_run`, and what is wrong with fields, by their names.
 * @param {string} flowId
 * @param {Record<string, any>} parameters
 * @param {More} more
 * @returns {{input: Record<string, any>, problems: Record<string, string>}}
 */
export function inputOf(flowId, parameters, more) {
  /** @type {Record<string, any>} */
  const input = { flow_id: flowId };
  /** @type {Record<string, string>} */
  const problems = {};
  if (Object.keys(parameters).length) input.parameters = parameters;
  if (more.name.trim()) input.flow_run_name = more.name.trim();
  if (more.labels.trim()) input.labels = labelsOf(more.labels);
  if (more.key.trim()) input.idempotency_key = more.key.trim();
  if (more.at) {
    const at = instantOf(more.at);
    if (at) input.scheduled_start_time = at;
    else problems.at = "This is no time.";
  }
  for (const field of /** @type {const} */ (["context", "run_config"])) {
    if (!more[field].trim()) continue;
    const read = readJson(more[field]);
    const isObject = read.value && typeof read.value === "object" && !Array.isArray(read.value);
    if (isObject) input[field] = read.value;
    else problems[field] = read.problem ?? "This must be a JSON object, as {}.";
  }
  return { input, problems };
}

/**
 * Return labels that are written with commas between them, each once.
 * @param {string} text
 */
export function labelsOf(text) {
  return [...new Set(text.split(",").map((label) => label.trim()))].filter(Boolean);
}

/**
 * Return the command that creates the same run; undefined if there is none.
 * @param {{name: string, project?: {name: string} | null}} flow
 * @param {Record<string, any>} input
 */
export function commandOf(flow, input) {
  if (input.context || input.run_config) return undefined;
  const words = ["flow-runs", "run", "-n", flow.name];
  if (flow.project) words.push("-p", flow.project.name);
  for (const [name, value] of Object.entries(input.parameters ?? {})) {
    if (name.includes("=")) return undefined;
    words.push("--param", `${name}=${asArgument(value)}`);
  }
  if (input.scheduled_start_time) words.push("--at", input.scheduled_start_time);
  if (input.idempotency_key) words.push("--key", input.idempotency_key);
  for (const label of input.labels ?? []) words.push("--label", label);
  if (input.flow_run_name) words.push("--run-name", input.flow_run_name);
  return words.map(word).join(" ");
}

/**
 * Return a value as the command reads it back: JSON where it reads as JSON, else text.
 * @param {any} value
 */
function asArgument(value) {
  return typeof value === "string" && readJson(value).problem?.startsWith("This")
    ? value
    : JSON.stringify(value);
}
