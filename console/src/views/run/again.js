import { word } from "../../parts/shell.js";

const CREATE = `
mutation RunAgain($input: create_flow_run_input!) {
  create_flow_run(input: $input) { id flow_run { name state version } }
}`;

/**
 * Return what starts another run like one: of the same version of the flow or, if that is archived, of the newest,
 * with the same labels, context and run config.
 * @param {any} run
 * @param {{parameters: Record<string, unknown>, name: string, key: string, at: string | null}} chosen
 * @returns {import("../../parts/action.jsx").Sent}
 */
export function againOf(run, { parameters, name, key, at }) {
  const { of: flow } = run;
  /** @type {Record<string, unknown>} */
  const input = flow.archived ? { version_group_id: flow.version_group_id } : { flow_id: flow.id };
  input.parameters = parameters;
  input.labels = run.labels;
  if (hasAny(run.context)) input.context = run.context;
  if (run.run_config) input.run_config = run.run_config;
  if (name) input.flow_run_name = name;
  if (key) input.idempotency_key = key;
  if (at) input.scheduled_start_time = at;
  return { document: CREATE, variables: { input }, command: commandOf(run, { parameters, name, key, at }) };
}

/**
 * Return the command for it, or undefined where no command does it.
 * @param {any} run
 * @param {{parameters: Record<string, unknown>, name: string, key: string, at: string | null}} chosen
 */
function commandOf(run, { parameters, name, key, at }) {
  if (hasAny(run.context) || run.run_config) return undefined;
  const options = /** @type {[string, string][]} */ ([["--name", run.of.name]]);
  if (run.of.project) options.push(["--project", run.of.project.name]);
  for (const [each, value] of Object.entries(parameters)) {
    // An option divides at the first "=".
    if (each === "" || each.includes("=")) return undefined;
    options.push(["--param", `${each}=${JSON.stringify(value)}`]);
  }
  for (const label of run.labels) options.push(["--label", label]);
  if (at) options.push(["--at", at]);
  if (key) options.push(["--key", key]);
  if (name) options.push(["--run-name", name]);
  return ["flow-runs run", ...options.map(([option, value]) => `${option}=${word(value)}`)].join(" ");
}

/** @param {unknown} value */
function hasAny(value) {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}
