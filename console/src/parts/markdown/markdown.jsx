import { useMemo } from "preact/hooks";
import { webAddress } from "../links.js";
import { blocksOf } from "./blocks.js";
import { inlinesOf } from "./inlines.js";

const MOST = 200_000;
const DEEPEST = 40;

/**
 * @typedef {import("./blocks.js").Block} Block
 * @typedef {import("./inlines.js").Part} Part
 * @typedef {import("preact").ComponentChildren} Children
 * @typedef {(text: string) => Children} Draw  draws what is inline in a text
 */

/**
 * Markdown of somebody else as elements. HTML in it is shown as text, images become links, and links lead only
 * to web addresses. Headings begin below those of the page.
 * @param {{text: string}} props
 */
export function Markdown({ text }) {
  const { blocks, links } = useMemo(() => blocksOf(text.slice(0, MOST)), [text]);
  const draw = (/** @type {string} */ one) => drawn(inlinesOf(one, links), 0);
  return <div class="markdown">{blocks.map((block) => drawnBlock(block, draw))}</div>;
}

/**
 * @param {Block} block
 * @param {Draw} draw
 * @returns {Children}
 */
function drawnBlock(block, draw) {
  switch (block.type) {
    case "heading": {
      const Tag = /** @type {any} */ (`h${Math.min(block.depth + 3, 6)}`);
      return <Tag>{draw(block.text)}</Tag>;
    }
    case "paragraph":
      return <p>{draw(block.text)}</p>;
    case "code":
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
      return <pre tabIndex={0}>{block.text}</pre>;
    case "rule":
      return <hr />;
    case "quote":
      return <blockquote>{block.blocks.map((one) => drawnBlock(one, draw))}</blockquote>;
    case "list":
      return <List list={block} draw={draw} />;
    case "table":
      return <Table table={block} draw={draw} />;
  }
}

/** @param {{list: Extract<Block, {type: "list"}>, draw: Draw}} props */
function List({ list: { start, items, isTight }, draw }) {
  const rows = items.map(({ isDone, blocks }, at) => (
    <li key={String(at)}>
      {isDone !== null && (isDone ? "☑ " : "☐ ")}
      {blocks.map((block) =>
        isTight && block.type === "paragraph" ? draw(block.text) : drawnBlock(block, draw),
      )}
    </li>
  ));
  return start === null ? <ul>{rows}</ul> : <ol start={start}>{rows}</ol>;
}

/** @param {{table: Extract<Block, {type: "table"}>, draw: Draw}} props */
function Table({ table: { head, rows }, draw }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
    <section class="scroll" tabIndex={0} aria-label="Table">
      <table>
        <thead>
          <tr>
            {head.map((cell, at) => (
              <th key={String(at)} scope="col">
                {draw(cell)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={String(at)}>
              {row.map((cell, at) => (
                <td key={String(at)}>{draw(cell)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/**
 * @param {Part[]} parts
 * @param {number} depth
 * @param {boolean} [isLinked]  whether a link is around it, in which is no other
 * @returns {Children}
 */
function drawn(parts, depth, isLinked) {
  return depth > DEEPEST ? "…" : parts.map((part) => drawnPart(part, depth + 1, isLinked));
}

/**
 * @param {Part} part
 * @param {number} depth
 * @param {boolean} [isLinked]
 */
function drawnPart(part, depth, isLinked) {
  if (typeof part === "string") return part;
  switch (part.type) {
    case "mark":
      return part.text;
    case "code":
      return <code>{part.text}</code>;
    case "br":
      return <br />;
    case "link":
    case "image": {
      const inside = part.parts.length > 0 ? drawn(part.parts, depth, true) : part.type;
      return isLinked ? inside : <Link address={part.address}>{inside}</Link>;
    }
    default: {
      const Tag = part.type;
      return <Tag>{drawn(part.parts, depth, isLinked)}</Tag>;
    }
  }
}

/**
 * A link to a web address, or only its text where the address is none.
 * @param {{address: unknown, children: Children}} props
 */
export function Link({ address, children }) {
  const url = webAddress(address);
  if (!url) return <span>{children}</span>;
  return (
    <a href={url} rel="noopener noreferrer" target="_blank">
      {children}
    </a>
  );
}
