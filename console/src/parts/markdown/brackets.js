import { addressAt, withoutEscapes } from "./addresses.js";

const LONGEST_NAME = 200;

/** The brackets of a text that are open, and what becomes of them. */
export class Brackets {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    this.opened = /** @type {{at: number, from: number, isImage: boolean}[]} */ ([]);
  }

  /**
   * @param {number} at  its place in the parts of the text
   * @param {number} from  where the text goes on
   * @param {boolean} isImage
   */
  open(at, from, isImage) {
    this.opened.push({ at, from, isImage });
  }

  /**
   * Forget the brackets from a place in the parts on.
   * @param {number} at
   */
  cutAt(at) {
    while ((this.opened.at(-1)?.at ?? -1) >= at) this.opened.pop();
  }

  /**
   * Close a bracket. Return which one, the address behind it and where the text goes on; null if it is no link.
   * @param {number} place  of the bracket in the text
   * @param {Map<string, string>} links
   */
  close(place, links) {
    const opened = this.opened.pop();
    if (!opened) return null;
    const name = this.text.slice(opened.from, Math.min(place, opened.from + LONGEST_NAME));
    const found = addressAt(this.text, place + 1, name, links);
    if (!found) return null;
    if (!opened.isImage) this.opened = []; // a link has no links in it
    return { ...opened, address: withoutEscapes(found.address), end: found.end };
  }
}
