/**
 * A field of the start form: how its text is read, and what the run gets without it.
 * @typedef {{
 *   name: string, kind: "text" | "number" | "boolean" | "json" | "time" | "any", required: boolean, value: any,
 * }} ParameterField
 * @typedef {{value?: any, problem?: string}} Read
 */

/**
 * Return the fields for a flow's parameters. The group's defaults go over those of the flow.
 * @param {any} parameters  as Core serializes them
 * @param {any} [defaults]  those of the group
 * @returns {ParameterField[]}
 */
export function fieldsOf(parameters, defaults) {
  const given = new Map(Object.entries(defaults ?? {}));
  const known = (Array.isArray(parameters) ? parameters : []).filter((one) => typeof one?.name === "string");
  const fields = known.map((one) => {
    const value = given.has(one.name) ? given.get(one.name) : (one.default ?? null);
    const required = Boolean(one.required) && !given.has(one.name);
    return { name: one.name, kind: kindOf(one.type, value), required, value };
  });
  return [...new Map(fields.map((field) => [field.name, field])).values()];
}

/**
 * @param {unknown} type
 * @param {any} value
 * @returns {ParameterField["kind"]}
 */
function kindOf(type, value) {
  if (String(type).endsWith("DateTimeParameter")) return "time";
  if (value === null) return "any";
  if (typeof value === "object") return "json";
  if (typeof value === "boolean" || typeof value === "number")
    return typeof value === "boolean" ? "boolean" : "number";
  return "text";
}

/**
 * Return the text that a field begins with.
 * @param {ParameterField} field
 */
export function firstText({ kind, value }) {
  if (value === null) return "";
  if (kind === "json") return JSON.stringify(value, null, 2);
  return String(value);
}

/**
 * Return the value of a field's text, or what is wrong with it; neither if the run is to get the default.
 * @param {ParameterField} field
 * @param {string} text
 * @returns {Read}
 */
export function readField(field, text) {
  if (field.kind !== "text" && text.trim() === "")
    return field.required ? { problem: "A value is needed." } : {};
  const read = READERS[field.kind](text);
  return "value" in read && JSON.stringify(read.value) === JSON.stringify(field.value) ? {} : read;
}

/**
 * Return the parameters that differ from their defaults, and the problems of the fields, in their order.
 * @param {ParameterField[]} fields
 * @param {string[]} texts
 */
export function readFields(fields, texts) {
  const reads = fields.map((field, at) => readField(field, texts[at] ?? ""));
  const pairs = fields.flatMap(({ name }, at) => {
    const read = reads[at];
    return read && "value" in read ? [[name, read.value]] : [];
  });
  return { values: Object.fromEntries(pairs), problems: reads.map(({ problem }) => problem ?? null) };
}

/**
 * Return the value of a text as JSON, or why it is none. Numbers that would lose digits are refused.
 * @param {string} text
 * @returns {Read}
 */
export function readJson(text) {
  let rounded = "";
  /**
   * @param {string} _
   * @param {any} value
   * @param {{source?: string}} [context]
   */
  const look = (_, value, context) => {
    const isExact =
      typeof value !== "number" ||
      (Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value));
    if (!isExact) rounded = context?.source ?? String(value);
    return value;
  };
  try {
    const value = JSON.parse(text, look);
    if (rounded)
      return { problem: `A browser cannot send ${rounded.slice(0, 40)} exactly; the command can.` };
    return { value };
  } catch (error) {
    return { problem: `This is no JSON: ${error instanceof Error ? error.message : error}` };
  }
}

/** @type {Record<ParameterField["kind"], (text: string) => Read>} */
const READERS = {
  text: (value) => ({ value }),
  boolean: (text) => ({ value: text === "true" }),
  json: readJson,
  number: (text) => {
    const read = readJson(text.trim());
    const isOther = read.problem?.startsWith("This") || ("value" in read && typeof read.value !== "number");
    return isOther ? { problem: "This is no number." } : read;
  },
  time: (text) =>
    Number.isNaN(Date.parse(text))
      ? { problem: "This is no time. Write it as 2026-01-31T08:00:00Z." }
      : { value: text.trim() },
  // As the command line reads it: JSON where it reads as JSON, else text.
  any: (text) => {
    const read = readJson(text);
    return read.problem?.startsWith("This") ? { value: text } : read;
  },
};

/**
 * Return what will be sent for a field, in words.
 * @param {ParameterField} field
 * @param {string} text
 */
export function hintOf(field, text) {
  const read = readField(field, text);
  if (read.problem) return "";
  if (!("value" in read)) return field.value === null ? "Not given" : "The default";
  if (field.kind !== "any") return "Differs from the default";
  if (read.value === null) return "Given as null";
  const type = Array.isArray(read.value) ? "list" : typeof read.value;
  return `Given as ${type === "string" ? "text" : type}`;
}
