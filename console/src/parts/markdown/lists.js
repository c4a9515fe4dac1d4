import { MARKER, RULE, startsBlock } from "./starts.js";

/**
 * Return the list that begins at a line.
 * @param {string[]} lines
 * @param {number} at
 * @param {boolean} isNew  whether no paragraph goes on; only some lists may end one
 * @param {(lines: string[]) => import("./blocks.js").Block[]} inner
 * @returns {import("./blocks.js").Found | null}
 */
export function listAt(lines, at, isNew, inner) {
  const [marker = "", , number] = MARKER.exec(lines[at] ?? "") ?? [];
  const isEmpty = lines[at]?.trim() === marker.trim();
  if (!marker || (!isNew && (isEmpty || (number && Number(number) !== 1)))) return null;
  const items = /** @type {import("./blocks.js").Item[]} */ ([]);
  let isTight = true;
  let next = at;
  while (next < lines.length && isItem(lines[next] ?? "", marker)) {
    const item = itemAt(lines, next);
    isTight &&= items.length === 0 || lines[next - 1]?.trim() !== "";
    isTight &&= !item.own.includes("");
    items.push(itemOf(item.own, inner));
    next = item.next;
  }
  const start = number ? Number(number) : null;
  return { block: { type: "list", start, isTight, items }, next };
}

/**
 * @param {string} line
 * @param {string} marker  of the first item, whose sign the others have
 */
function isItem(line, marker) {
  const found = MARKER.exec(line);
  return found !== null && found[1]?.at(-1) === marker.at(-1) && !RULE.test(line);
}

/**
 * Return the lines of the item that begins at a line, without its marker and indent, and the line after it.
 * @param {string[]} lines
 * @param {number} at
 */
function itemAt(lines, at) {
  const first = lines[at] ?? "";
  const marker = MARKER.exec(first)?.[0].length ?? 0;
  const spaces = first.slice(marker).search(/[^ ]/);
  const width = marker + (spaces >= 1 && spaces <= 4 ? spaces : 1);
  const own = [first.slice(width)];
  let next = at + 1;
  for (; next < lines.length; next += 1) {
    const line = lines[next] ?? "";
    const isInside = line.slice(0, width).trim() === "";
    const goesOn = own.at(-1)?.trim() !== "" && !startsBlock(line);
    if (!isInside && !goesOn) break;
    own.push(isInside ? line.slice(width).trimEnd() : line.trimStart());
  }
  while (own.length > 1 && own.at(-1) === "") own.pop();
  return { own, next };
}

/**
 * @param {string[]} own
 * @param {(lines: string[]) => import("./blocks.js").Block[]} inner
 * @returns {import("./blocks.js").Item}
 */
function itemOf([first = "", ...others], inner) {
  const box = /^\[([ xX])\] /.exec(first);
  if (!box) return { isDone: null, blocks: inner([first, ...others]) };
  return { isDone: box[1] !== " ", blocks: inner([first.slice(4), ...others]) };
}
