import { useEffect, useState } from "preact/hooks";
import { webAddress } from "./links.js";

const MOST = 200_000;
const DEEPEST = 40;

/**
 * Markdown of somebody else as elements. HTML in it is shown as text, images become links, and links lead only
 * to web addresses. Headings begin below those of the page. Until its reader has come, the text is shown as it is.
 * @param {{text: string}} props
 */
export function Markdown({ text }) {
  const [tokens, setTokens] = useState(/** @type {any[] | null} */ (null));
  useEffect(() => {
    let wanted = true;
    lexed(text.slice(0, MOST)).then((read) => wanted && setTokens(read));
    return () => {
      wanted = false;
    };
  }, [text]);
  return <div class="markdown">{tokens ? drawn(tokens, 0) : <pre class="long">{text}</pre>}</div>;
}

/**
 * Return the parts of a text, or null where it cannot be read. Few pages need the reader, so it is loaded here.
 * @param {string} text
 * @returns {Promise<any[] | null>}
 */
async function lexed(text) {
  try {
    const { marked } = await import("marked");
    return marked.lexer(text);
  } catch {
    return null;
  }
}

/**
 * @param {any[] | undefined} tokens
 * @param {number} depth
 * @returns {import("preact").ComponentChildren}
 */
function drawn(tokens, depth) {
  if (depth > DEEPEST) return "…";
  return tokens?.map((token) => (PARTS[token.type] ?? asText)(token, depth + 1));
}

/** @param {any} token @param {number} depth */
function asText(token, depth) {
  return token.tokens ? drawn(token.tokens, depth) : plain(token.text ?? token.raw ?? "");
}

const NAMED = /** @type {Record<string, string>} */ ({
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  "#39": "'",
});

/** @param {string} text */
function plain(text) {
  return text.replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name) => NAMED[name] ?? "");
}

/** @type {Record<string, (token: any, depth: number) => import("preact").ComponentChildren>} */
const PARTS = {
  space: () => null,
  def: () => null,
  heading: (token, depth) => {
    const Tag = /** @type {any} */ (`h${Math.min(token.depth + 3, 6)}`);
    return <Tag>{drawn(token.tokens, depth)}</Tag>;
  },
  paragraph: (token, depth) => <p>{drawn(token.tokens, depth)}</p>,
  blockquote: (token, depth) => <blockquote>{drawn(token.tokens, depth)}</blockquote>,
  code: (token) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
    <pre tabIndex={0}>{token.text}</pre>
  ),
  codespan: (token) => <code>{plain(token.text)}</code>,
  hr: () => <hr />,
  br: () => <br />,
  strong: (token, depth) => <strong>{drawn(token.tokens, depth)}</strong>,
  em: (token, depth) => <em>{drawn(token.tokens, depth)}</em>,
  del: (token, depth) => <del>{drawn(token.tokens, depth)}</del>,
  html: (token) => token.raw,
  link: (token, depth) => <Link address={token.href}>{drawn(token.tokens, depth)}</Link>,
  image: (token) => <Link address={token.href}>{token.text || "image"}</Link>,
  list: (token, depth) => {
    const items = token.items.map((/** @type {any} */ item, /** @type {number} */ at) => (
      <li key={String(at)}>
        {item.task && (item.checked ? "☑ " : "☐ ")}
        {drawn(item.tokens, depth)}
      </li>
    ));
    return token.ordered ? <ol start={Number(token.start) || 1}>{items}</ol> : <ul>{items}</ul>;
  },
  checkbox: () => null,
  table: (token, depth) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
    <section class="scroll" tabIndex={0} aria-label="Table">
      <table>
        <thead>
          <tr>
            {token.header.map((/** @type {any} */ cell, /** @type {number} */ at) => (
              <th key={String(at)} scope="col">
                {drawn(cell.tokens, depth)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {token.rows.map((/** @type {any[]} */ row, /** @type {number} */ at) => (
            <tr key={String(at)}>
              {row.map((cell, at) => (
                <td key={String(at)}>{drawn(cell.tokens, depth)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  ),
};

/**
 * A link to a web address, or only its text where the address is none.
 * @param {{address: unknown, children: import("preact").ComponentChildren}} props
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
