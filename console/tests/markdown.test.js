import assert from "node:assert/strict";
import { test } from "node:test";
import { blocksOf } from "../src/parts/markdown/blocks.js";
import { inlinesOf } from "../src/parts/markdown/inlines.js";

/** Return blocks as short texts, so that they can be compared. @param {any[]} blocks @param {Map<string, string>} links */
function shown(blocks, links) {
  const inline = (/** @type {string} */ text) => drawn(inlinesOf(text, links));
  return blocks
    .map((block) => {
      switch (block.type) {
        case "heading":
          return `h${block.depth}(${inline(block.text)})`;
        case "paragraph":
          return `p(${inline(block.text)})`;
        case "code":
          return `pre(${block.text})`;
        case "quote":
          return `quote(${shown(block.blocks, links)})`;
        case "list":
          return `${block.start === null ? "ul" : `ol${block.start}`}${block.isTight ? "" : " loose"}(${block.items
            .map((/** @type {any} */ { isDone, blocks: own }) => {
              return `${isDone === null ? "" : isDone ? "+" : "-"}${shown(own, links)}`;
            })
            .join(", ")})`;
        case "table":
          return `table(${[block.head, ...block.rows]
            .map((/** @type {string[]} */ row) => row.map(inline).join("|"))
            .join("; ")})`;
        default:
          return block.type;
      }
    })
    .join(" ");
}

/** @param {any[]} parts @returns {string} */
function drawn(parts) {
  return parts
    .map((part) => {
      if (typeof part === "string") return part;
      if (part.type === "mark") return part.text;
      if (part.type === "code") return `code(${part.text})`;
      if (part.type === "br") return "/";
      return `${part.type}(${drawn(part.parts)}${part.address === undefined ? "" : ` → ${part.address}`})`;
    })
    .join("");
}

/** @param {string} text */
function read(text) {
  const { blocks, links } = blocksOf(text);
  return shown(blocks, links);
}

const CASES = /** @type {[string, string][]} */ ([
  ["# A\n\n## B ##\n####### C\n#D", "h1(A) h2(B) p(####### C\n#D)"],
  ["Title\n===\nSub\n---\nand so on", "h1(Title) h2(Sub) p(and so on)"],
  ["one\ntwo\n\n\nthree", "p(one\ntwo) p(three)"],
  ["***\n* * *\n---", "rule rule rule"],
  ["- a\n- b\n  - c\n    - d\n- e", "ul(p(a), p(b) ul(p(c) ul(p(d))), p(e))"],
  ["- a\n\n  b\n\n- c", "ul loose(p(a) p(b), p(c))"],
  ["3. a\n4. b\n   - c", "ol3(p(a), p(b) ul(p(c)))"],
  ["- [ ] a\n- [x] b", "ul(-p(a), +p(b))"],
  ["- a\ngoes on\n* c", "ul(p(a\ngoes on)) ul(p(c))"],
  ["the year was\n1984. Really", "p(the year was\n1984. Really)"],
  ["> a\nb\n> > c\n\nd", "quote(p(a\nb) quote(p(c))) p(d)"],
  ["```py\na = *1*\n\nb\n```\nc", "pre(a = *1*\n\nb) p(c)"],
  ["~~~\nwithout an end", "pre(without an end)"],
  ["    a\n\n      b\n\nc\n    d", "pre(a\n\n  b) p(c\n    d)"],
  ["- a\n\n      b", "ul loose(p(a) pre(b))"],
  ["| a | b |\n|---|:-:|\n| *1* | `x\\|y` |\n| 2\n\nc", "table(a|b; em(1)|code(x|y); 2) p(c)"],
  ["a | b\n---|---|---\n1 | 2", "p(a | b\n---|---|---\n1 | 2)"],
  ["*a* **b** ***c*** ~~d~~ _e_ __f__", "p(em(a) strong(b) em(strong(c)) del(d) em(e) strong(f))"],
  ["*a **b* c** and **d*e**", "p(em(a em(em(b) c)) and strong(d*e))"],
  [
    "snake_case_name __init__.py 2 * 3 * 4 and **open",
    "p(snake_case_name strong(init).py 2 * 3 * 4 and **open)",
  ],
  ["`a` `` b ` c `` ` d", "p(code(a) code(b ` c) ` d)"],
  ["a  \nb\\\nc", "p(a  /b/c)"],
  ["\\*a\\* \\d &amp; &lt;b&gt; &#39;&#x41; &unknown;", "p(*a* \\d & <b> 'A &unknown;)"],
  ['[a *b*](https://e.org/x(1) "title")', "p(link(a em(b) → https://e.org/x(1)))"],
  ["![a](https://e.org/a.png) [b]( ) [c] (d)", "p(image(a → https://e.org/a.png) link(b → ) [c] (d))"],
  [
    "[a][Other] [other] [none]\n\n[OTHER]: <https://e.org>",
    "p(link(a → https://e.org) link(other → https://e.org) [none])",
  ],
  ["[a [b](https://b) c](https://d)", "p([a link(b → https://b) c](link(https://d → https://d)))"],
  [
    "See https://e.org/a_b_c. (https://e.org/x) <https://e.org/y?>",
    "p(See link(https://e.org/a_b_c → https://e.org/a_b_c). (link(https://e.org/x → https://e.org/x)) link(https://e.org/y → https://e.org/y))",
  ],
  ["<script>alert(1)</script> <!-- c -->", "p(<script>alert(1)</script> <!-- c -->)"],
  ["[x](javascript:alert(1))", "p(link(x → javascript:alert(1)))"],
  ["a\r\nb\rc\n\tx", "p(a\nb\nc\n    x)"],
  ["", ""],
  ["   \n\t", ""],
]);

for (const [text, expected] of CASES) {
  test(`Markdown is read: ${JSON.stringify(text)}`, () => {
    assert.equal(read(text), expected);
  });
}

const HOSTILE = [
  ..."*_`[]()<>&!\\#>-+=|~ \n\t",
  ..."` `` ``` ,_a ,](,> ,- ,- a\n,1. a\n\n,* a **b _c ~~d [e ,|a|b\n|-|-|\n,https://a),](a(b),](x \",](x '".split(
    ",",
  ),
  ...[
    "a* *b ",
    "**a* ",
    "![",
    "[a](b)",
    "```\n",
    "    a\n\n",
    "[a]: b\n",
    "> a\nb\n\n",
    "-  ",
    "😀",
    "\u202e",
  ],
];

for (const piece of HOSTILE) {
  test(`Markdown of nothing but ${JSON.stringify(piece)} is read in one go`, { timeout: 60_000 }, () => {
    const text = piece.repeat(200_000 / piece.length);
    for (const one of [text, `${text}x`, `x${text}\nx`]) {
      const { blocks, links } = blocksOf(one);
      const texts = /** @type {string[]} */ ([]);
      JSON.stringify(blocks, (key, value) => {
        if (key === "text") texts.push(value);
        return value;
      });
      for (const own of texts) inlinesOf(own, links);
    }
  });
}
