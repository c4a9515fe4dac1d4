import { startsBlock } from "./starts.js";

/**
 * Return the table that begins at a line: below its heads is a line of dashes, with as many cells.
 * @param {string[]} lines
 * @param {number} at
 * @returns {import("./blocks.js").Found | null}
 */
export function tableAt(lines, at) {
  const below = lines[at + 1] ?? "";
  if (!lines[at]?.includes("|") || !below.includes("-") || !/^[\s|:-]+$/.test(below)) return null;
  const head = cellsOf(lines[at] ?? "");
  const dashes = cellsOf(below);
  if (dashes.length !== head.length || !dashes.every((cell) => /^:?-+:?$/.test(cell))) return null;
  const rows = [];
  let next = at + 2;
  for (; next < lines.length; next += 1) {
    const line = lines[next] ?? "";
    if (line.trim() === "" || startsBlock(line)) break;
    rows.push(cellsOf(line).slice(0, head.length));
  }
  return { block: { type: "table", head, rows }, next };
}

/**
 * Return the cells of a row. A bar behind a backslash belongs to its cell.
 * @param {string} line
 */
function cellsOf(line) {
  const cells = [""];
  for (const [piece] of line.trim().matchAll(/\\\|?|\||[^\\|]+/g)) {
    if (piece === "|") cells.push("");
    else cells.push(`${cells.pop()}${piece === "\\|" ? "|" : piece}`);
  }
  if (cells[0] === "") cells.shift();
  if (cells.at(-1) === "") cells.pop();
  return cells.map((cell) => cell.trim());
}
