import { command } from "./mutations.js";
import { RULES } from "./rule_list.js";

/**
 * @typedef {import("./rule_list.js").Rule} Rule
 * @typedef {Record<string, string>} Texts  what the fields have, by the names of the rules
 */

const SIZES = /** @type {[string, number][]} */ ([
  ["w", 7 * 86_400],
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
  ["s", 1],
]);

/**
 * Return what the fields show of some rules.
 * @param {Record<string, any> | null} rules
 * @returns {Texts}
 */
export function textsOf(rules) {
  return Object.fromEntries(RULES.map((rule) => [rule.name, textOf(rule, rules?.[rule.name])]));
}

/**
 * Return the rules whose fields have changed, null for one that is switched off, and what is wrong with fields.
 *
 * Only what somebody has changed is sent, so that it undoes nothing that another person changes meanwhile.
 * @param {Texts} before
 * @param {Texts} texts
 */
export function readRules(before, texts) {
  const changes = /** @type {Record<string, any>} */ ({});
  const problems = /** @type {Record<string, string>} */ ({});
  for (const rule of RULES) {
    const text = (texts[rule.name] ?? "").trim();
    if (text === before[rule.name]) continue;
    const { value, problem } = read(rule, text);
    if (problem) problems[rule.name] = problem;
    else if (textOf(rule, value) !== before[rule.name]) changes[rule.name] = value;
  }
  return { changes, problems };
}

/**
 * Return what a change of rules sends.
 * @param {string} groupId
 * @param {Record<string, any>} changes
 * @returns {import("../../parts/action.jsx").Sent}
 */
export function rulesChange(groupId, changes) {
  const words = RULES.filter(({ name }) => name in changes).flatMap((rule) =>
    wordsOf(rule, changes[rule.name]),
  );
  return {
    document: `
mutation SetRules($input: set_schedule_rules_input!) {
  set_schedule_rules(input: $input) { success error }
}`,
    variables: { input: { flow_group_id: groupId, ...changes } },
    command: words.length > 0 ? command(["set", groupId, ...words]) : undefined,
  };
}

/**
 * @param {Rule} rule
 * @param {any} value
 */
function wordsOf(rule, value) {
  if (value === null) return ["--off", rule.option];
  const values = rule.kind === "days" ? value : [textOf(rule, value)];
  return values.flatMap((/** @type {string} */ one) => [`--${rule.option}`, one]);
}

/**
 * @param {Rule} rule
 * @param {any} value
 */
function textOf({ kind, choices }, value) {
  if (kind === "choice") return value ?? choices?.[0]?.[0] ?? "";
  if (value === null || value === undefined) return "";
  if (kind === "days") return value.join(" ");
  return kind === "span" ? spanOf(value) : String(value);
}

/** @param {number} seconds  whole ones */
function spanOf(seconds) {
  const [unit, size] = SIZES.find(([, size]) => seconds > 0 && seconds % size === 0) ?? ["s", 1];
  return `${seconds / size}${unit}`;
}

/**
 * @param {Rule} rule
 * @param {string} text
 * @returns {{value?: any, problem?: string}}
 */
function read(rule, text) {
  if (text === "" || text === rule.choices?.[0]?.[0]) return { value: null };
  if (rule.kind === "choice") return { value: text };
  if (rule.kind === "days") return daysIn(text, rule.most);
  if (rule.kind === "span") return spanIn(text, rule);
  const value = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > rule.most) return { problem: `A number from 1 to ${rule.most.toLocaleString()}.` };
  return { value };
}

/**
 * @param {string} text
 * @param {Rule} rule
 */
function spanIn(text, { least = 1, most }) {
  const [, number, unit] = /^(\d{1,12}) ?([smhdw])$/.exec(text) ?? [];
  const size = SIZES.find(([name]) => name === unit)?.[1];
  if (!size) return { problem: "A span such as 90s, 15m, 2h or 3d." };
  const value = Number(number) * size;
  if (value < least || value > most) return { problem: `From ${spanOf(least)} to ${spanOf(most)}.` };
  return { value };
}

/**
 * @param {string} text
 * @param {number} most
 */
function daysIn(text, most) {
  const days = [...new Set(text.split(/[\s,;]+/).filter(Boolean))].sort();
  const odd = days.find((day) => !isDay(day));
  if (odd) return { problem: `${odd.slice(0, 40)} is no day such as 2026-12-24.` };
  if (days.length > most) return { problem: `${days.length} days; ${most} at most.` };
  return { value: days };
}

/** @param {string} text */
function isDay(text) {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text < "0001") return false;
  const time = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().slice(0, 10) === text;
}
