import { FENCE } from "./starts.js";

/**
 * Return the code between fences that begins at a line. Without a second fence it goes on to the end.
 * @param {string[]} lines
 * @param {number} at
 * @returns {import("./blocks.js").Found | null}
 */
export function fenceAt(lines, at) {
  const [, indent = "", fence = ""] = FENCE.exec(lines[at] ?? "") ?? [];
  if (!fence) return null;
  let end = at + 1;
  while (end < lines.length && !closes(lines[end] ?? "", fence)) end += 1;
  const own = lines.slice(at + 1, end).map((line) => withoutIndent(line, indent.length));
  return { block: { type: "code", text: own.join("\n") }, next: end + 1 };
}

/**
 * Return the code that is indented by four spaces and begins at a line.
 * @param {string[]} lines
 * @param {number} at
 * @returns {import("./blocks.js").Found | null}
 */
export function codeAt(lines, at) {
  if (!isIndented(lines[at])) return null;
  let end = at;
  for (let next = at; next < lines.length; next += 1) {
    if (isIndented(lines[next])) end = next + 1;
    else if (lines[next]?.trim() !== "") break;
  }
  const own = lines.slice(at, end).map((line) => withoutIndent(line, 4));
  return { block: { type: "code", text: own.join("\n") }, next: end };
}

/** @param {string} [line] */
function isIndented(line = "") {
  return line.startsWith("    ") && line.trim() !== "";
}

/**
 * @param {string} line
 * @param {string} fence
 */
function closes(line, fence) {
  const text = line.trim();
  return text.startsWith(fence) && text === fence.charAt(0).repeat(text.length);
}

/**
 * @param {string} line
 * @param {number} most
 */
function withoutIndent(line, most) {
  let spaces = 0;
  while (spaces < most && line[spaces] === " ") spaces += 1;
  return line.slice(spaces);
}
