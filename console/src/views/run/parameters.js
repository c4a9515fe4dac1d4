/**
 * Return the parameters that a text has, or what is wrong with it.
 * @param {string} text
 * @returns {{value: Record<string, unknown>, fault: ""} | {value: null, fault: string}}
 */
export function parametersOf(text) {
  if (!text.trim()) return { value: {}, fault: "" };
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { value: null, fault: `This is no JSON: ${/** @type {Error} */ (error).message}` };
  }
  if (value === null || typeof value !== "object" || Array.isArray(value))
    return { value: null, fault: 'Parameters are an object, such as {"x": 1}.' };
  if (hasInexact(value)) return { value: null, fault: INEXACT };
  return { value, fault: "" };
}

const INEXACT =
  "A number here is larger than a browser can keep exactly. Start the run with the command or the API.";

/**
 * Return whether a value has a whole number that JavaScript has rounded.
 * @param {unknown} value
 */
export function hasInexact(value) {
  const left = [value];
  while (left.length > 0) {
    const one = left.pop();
    if (typeof one === "number" && Math.abs(one) > Number.MAX_SAFE_INTEGER) return true;
    // One by one, because the arguments of a call have a limit.
    if (one && typeof one === "object") for (const inner of Object.values(one)) left.push(inner);
  }
  return false;
}

/**
 * Return the labels in a text of one label a line, each once.
 * @param {string} text
 */
export function labelsOf(text) {
  return [...new Set(text.split("\n").map((label) => label.trim()))].filter(Boolean);
}
