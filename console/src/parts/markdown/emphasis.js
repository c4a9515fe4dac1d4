/**
 * @typedef {import("./inlines.js").Part} Part
 * @typedef {{at: number, length: number, left: number, symbol: string, closes: boolean, mark: {type: "mark", text: string}}} Opener
 */

// Longer runs are lines or stars, not emphasis.
const LONGEST = 6;
// How far a run looks back for its partner.
const FARTHEST = 10;
const SPACE = /\s/;
const SIGN = /[\p{P}\p{S}]/u;

/** The runs of stars, underscores and tildes that may begin an emphasis, and what becomes of them. */
export class Emphasis {
  /** @param {Part[]} parts  of the text, which are changed */
  constructor(parts) {
    this.parts = parts;
    this.openers = /** @type {Opener[]} */ ([]);
  }

  /**
   * Take a run that stands between two characters. Return the first place in the parts that has changed.
   * @param {string} run
   * @param {string} before
   * @param {string} after
   */
  take(run, before, after) {
    const { length } = run;
    const { opens, closes } = length > LONGEST ? NEITHER : roleOf(run, before, after);
    const one = { at: 0, length, left: length, symbol: run.charAt(0), opens, closes };
    let cut = Number.POSITIVE_INFINITY;
    while (closes && one.left > 0) {
      const opener = this.#partnerOf(one);
      if (!opener) break;
      cut = Math.min(cut, opener.at);
      one.left -= this.#wrap(opener, one.left);
    }
    if (one.left === 0) return cut;
    const mark = /** @type {const} */ ({ type: "mark", text: run.slice(0, one.left) });
    if (opens) this.openers.push({ ...one, at: this.parts.length, mark });
    this.parts.push(mark);
    return cut;
  }

  /**
   * Forget the openers from a place in the parts on.
   * @param {number} at
   */
  cutAt(at) {
    while ((this.openers.at(-1)?.at ?? -1) >= at) this.openers.pop();
  }

  /**
   * Return the opener that a run closes, and forget those behind it, which have met no partner.
   * @param {{symbol: string, length: number, opens: boolean}} closer
   */
  #partnerOf(closer) {
    const { length } = this.openers;
    for (let at = length - 1; at >= Math.max(0, length - FARTHEST); at -= 1) {
      const opener = this.openers[at];
      if (opener && isPartner(opener, closer)) {
        this.openers.length = at + 1;
        return opener;
      }
    }
    return null;
  }

  /**
   * Put what is behind an opener into it, and return how many signs that takes on each side.
   * @param {Opener} opener
   * @param {number} left
   */
  #wrap(opener, left) {
    const size = opener.symbol === "~" || (left > 1 && opener.left > 1) ? 2 : 1;
    const type = opener.symbol === "~" ? "del" : size === 2 ? "strong" : "em";
    const parts = this.parts.splice(opener.at + 1);
    opener.left -= size;
    opener.mark.text = opener.symbol.repeat(opener.left);
    if (opener.left === 0) {
      this.openers.pop();
      this.parts.pop();
    }
    this.parts.push({ type, parts });
    return size;
  }
}

/**
 * Return whether two runs belong together. Where one of them could stand on either side, their lengths decide.
 * @param {Opener} opener
 * @param {{symbol: string, length: number, opens: boolean}} closer
 */
function isPartner(opener, closer) {
  if (opener.symbol !== closer.symbol) return false;
  const isEither = opener.closes || closer.opens;
  return !isEither || (opener.length + closer.length) % 3 !== 0 || opener.length % 3 === 0;
}

const NEITHER = { opens: false, closes: false };

/**
 * Return whether a run may open or close an emphasis. Underscores inside of a word do neither.
 * @param {string} run
 * @param {string} before
 * @param {string} after
 */
function roleOf(run, before, after) {
  const [isBefore, isAfter] = [before, after].map((one) => (SPACE.test(one) ? 0 : SIGN.test(one) ? 1 : 2));
  const left = isAfter === 2 || (isAfter === 1 && isBefore !== 2);
  const right = isBefore === 2 || (isBefore === 1 && isAfter !== 2);
  if (run[0] !== "_") return { opens: left, closes: right };
  return { opens: left && (!right || isBefore === 1), closes: right && (!left || isAfter === 1) };
}
