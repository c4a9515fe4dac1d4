import { entityOf, withoutPunctuation } from "./addresses.js";
import { Brackets } from "./brackets.js";
import { CodeSpans } from "./code_spans.js";
import { Emphasis } from "./emphasis.js";

/**
 * A part of a line: a text, or something with a type. A mark is one that has met no partner.
 * @typedef {{type: "strong" | "em" | "del", parts: Part[]} | {type: "code", text: string} | {type: "br"}
 *   | {type: "link" | "image", address: string, parts: Part[]} | {type: "mark", text: string}} Node
 * @typedef {string | Node} Part
 */

const TOKEN =
  /\\[\n!-/:-@[-`{-~]?|`+|!?\[|\]|\*+|_+|~~|\bhttps?:\/\/[^\s<>[\]*`]+|<https?:\/\/[^\s<>]+>|&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|amp|lt|gt|quot|nbsp);|\n/g;

/**
 * Return the parts of a text. Everything is read once, whatever is in it; HTML is text.
 * @param {string} text
 * @param {Map<string, string>} links  addresses by the names that the text may use
 * @returns {Part[]}
 */
export function inlinesOf(text, links) {
  return new Reader(text, links).read();
}

class Reader {
  /**
   * @param {string} text
   * @param {Map<string, string>} links
   */
  constructor(text, links) {
    this.text = text;
    this.links = links;
    this.parts = /** @type {Part[]} */ ([]);
    this.emphasis = new Emphasis(this.parts);
    this.brackets = new Brackets(text);
    this.spans = new CodeSpans(text);
  }

  read() {
    let from = 0;
    const tokens = new RegExp(TOKEN);
    for (let found = tokens.exec(this.text); found; found = tokens.exec(this.text)) {
      this.#say(this.text.slice(from, found.index));
      from = this.#take(found[0], found.index);
      tokens.lastIndex = from;
    }
    this.#say(this.text.slice(from));
    return this.parts;
  }

  /** @param {string} text */
  #say(text) {
    const last = this.parts.at(-1);
    if (typeof last === "string") this.parts[this.parts.length - 1] = last + text;
    else if (text) this.parts.push(text);
  }

  /**
   * Take a token, and return where the text goes on.
   * @param {string} token
   * @param {number} at
   * @returns {number}
   */
  #take(token, at) {
    const end = at + token.length;
    switch (token[0]) {
      case "\\":
        if (token[1] === "\n") this.parts.push({ type: "br" });
        else this.#say(token[1] ?? token);
        return end;
      case "`":
        return this.#code(token, end);
      case "!":
      case "[":
        this.brackets.open(this.parts.length, end, token !== "[");
        this.parts.push({ type: "mark", text: token });
        return end;
      case "]":
        return this.#closed(at);
      case "*":
      case "_":
      case "~":
        this.#emphasize(token, at);
        return end;
      case "h":
        return this.#address(token, at);
      case "<":
        this.#address(token.slice(1, -1), at);
        return end;
      case "&":
        this.#say(entityOf(token));
        return end;
      default:
        this.#breakLine();
        return end;
    }
  }

  #breakLine() {
    const last = this.parts.at(-1);
    if (typeof last === "string" && last.endsWith("  ")) this.parts.push({ type: "br" });
    else this.#say("\n");
  }

  /**
   * @param {string} run
   * @param {number} end
   */
  #code(run, end) {
    const found = this.spans.behind(run.length, end);
    if (found) this.parts.push({ type: "code", text: found.code });
    else this.#say(run);
    return found?.end ?? end;
  }

  /**
   * @param {string} run
   * @param {number} at
   */
  #emphasize(run, at) {
    const [before, after] = [this.text[at - 1] ?? " ", this.text[at + run.length] ?? " "];
    this.brackets.cutAt(this.emphasis.take(run, before, after));
  }

  /**
   * @param {string} token
   * @param {number} at
   */
  #address(token, at) {
    const address = withoutPunctuation(token);
    this.parts.push({ type: "link", address, parts: [address] });
    return at + address.length;
  }

  /** @param {number} at */
  #closed(at) {
    const found = this.brackets.close(at, this.links);
    if (!found) {
      this.#say("]");
      return at + 1;
    }
    const [, ...parts] = this.parts.splice(found.at);
    this.emphasis.cutAt(found.at);
    this.parts.push({ type: found.isImage ? "image" : "link", address: found.address, parts });
    return found.end;
  }
}
