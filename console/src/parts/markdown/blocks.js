import { codeAt, fenceAt } from "./code.js";
import { listAt } from "./lists.js";
import { DEFINITION, HEADING, QUOTE, RULE, startsBlock, UNDERLINE, withoutMarks } from "./starts.js";
import { tableAt } from "./tables.js";

/**
 * A block of Markdown. What is inline in it is still a text.
 * @typedef {{type: "heading", depth: number, text: string} | {type: "paragraph", text: string}
 *   | {type: "code", text: string} | {type: "rule"} | {type: "quote", blocks: Block[]}
 *   | {type: "list", start: number | null, isTight: boolean, items: Item[]}
 *   | {type: "table", head: string[], rows: string[][]}} Block
 * @typedef {{isDone: boolean | null, blocks: Block[]}} Item  `isDone` is null if it is no task
 * @typedef {{block: Block | null, next: number}} Found  `next` is the line after the block
 */

// Each level of quotes and lists reads its lines once more.
const DEEPEST = 12;

/**
 * Return the blocks of a text, and the addresses that it defines, by their names in small letters.
 *
 * Each step goes on where the last one ended, so that the work grows with the text alone, whatever is in it.
 * @param {string} text
 * @returns {{blocks: Block[], links: Map<string, string>}}
 */
export function blocksOf(text) {
  const links = /** @type {Map<string, string>} */ (new Map());
  const lines = text.split(/\r\n?|\n/).map((line) => {
    return line.replace(/^[ \t]+/, (space) => space.replaceAll("\t", "    "));
  });
  return { blocks: new Reader(lines, 0, links).read(), links };
}

class Reader {
  /**
   * @param {string[]} lines
   * @param {number} depth
   * @param {Map<string, string>} links
   */
  constructor(lines, depth, links) {
    this.lines = lines;
    this.depth = depth;
    this.links = links;
    this.blocks = /** @type {Block[]} */ ([]);
    this.words = /** @type {string[]} */ ([]); // the lines of the paragraph that is being read
  }

  read() {
    for (let at = 0; at < this.lines.length; ) {
      const line = this.lines[at] ?? "";
      const isEmpty = line.trim() === "";
      const found = isEmpty || this.depth === DEEPEST ? null : this.#blockAt(at, line);
      if (found || isEmpty) this.#endWords();
      else this.words.push(line);
      if (found?.block) this.blocks.push(found.block);
      at = found?.next ?? at + 1;
    }
    this.#endWords();
    return this.blocks;
  }

  #endWords() {
    const text = this.words.join("\n").trim();
    if (text) this.blocks.push({ type: "paragraph", text });
    this.words = [];
  }

  /**
   * Return the block that begins at a line, or null if the line belongs to a paragraph.
   * @param {number} at
   * @param {string} line
   * @returns {Found | null}
   */
  #blockAt(at, line) {
    const isNew = this.words.length === 0;
    const inner = (/** @type {string[]} */ lines) => new Reader(lines, this.depth + 1, this.links).read();
    return (
      this.#headingAt(at, line) ??
      (RULE.test(line) ? { block: { type: "rule" }, next: at + 1 } : null) ??
      (isNew ? this.#definitionAt(at, line) : null) ??
      fenceAt(this.lines, at) ??
      quoteAt(this.lines, at, inner) ??
      listAt(this.lines, at, isNew, inner) ??
      (isNew ? (codeAt(this.lines, at) ?? tableAt(this.lines, at)) : null)
    );
  }

  /**
   * @param {number} at
   * @param {string} line
   * @returns {Found | null}
   */
  #headingAt(at, line) {
    const [, marks, text] = HEADING.exec(line) ?? [];
    if (marks)
      return { block: { type: "heading", depth: marks.length, text: withoutMarks(text) }, next: at + 1 };
    const underline = this.words.length > 0 ? UNDERLINE.exec(line)?.[1] : null;
    if (!underline) return null;
    const block = {
      type: /** @type {const} */ ("heading"),
      depth: underline === "=" ? 1 : 2,
      text: this.words.join("\n"),
    };
    this.words = [];
    return { block, next: at + 1 };
  }

  /**
   * @param {number} at
   * @param {string} line
   * @returns {Found | null}
   */
  #definitionAt(at, line) {
    const [, name = "", address = ""] = DEFINITION.exec(line) ?? [];
    if (!name) return null;
    const key = name.toLowerCase();
    if (!this.links.has(key)) this.links.set(key, address.replace(/^<|>$/g, ""));
    return { block: null, next: at + 1 };
  }
}

/**
 * Return the quote that begins at a line. Lines of its last paragraph may lack their mark.
 * @param {string[]} lines
 * @param {number} at
 * @param {(lines: string[]) => Block[]} inner
 * @returns {Found | null}
 */
function quoteAt(lines, at, inner) {
  if (!QUOTE.test(lines[at] ?? "")) return null;
  const own = /** @type {string[]} */ ([]);
  let next = at;
  for (; next < lines.length; next += 1) {
    const line = lines[next] ?? "";
    const goesOn = own.at(-1)?.trim() !== "" && line.trim() !== "" && !startsBlock(line);
    if (!QUOTE.test(line) && !goesOn) break;
    own.push(line.replace(QUOTE, ""));
  }
  return { block: { type: "quote", blocks: inner(own) }, next };
}
