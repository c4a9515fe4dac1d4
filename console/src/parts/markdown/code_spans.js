/** The pieces of code inside of a text: what is between two runs of as many backticks. */
export class CodeSpans {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    /** The places of all runs by their lengths, the last one first, once they are wanted. */
    this.places = /** @type {Map<number, number[]> | null} */ (null);
  }

  /**
   * Return the code behind a run of backticks, and the place after it; null if no other run ends it.
   * @param {number} length
   * @param {number} from  behind the run
   */
  behind(length, from) {
    this.places ??= placesIn(this.text);
    const places = this.places.get(length) ?? [];
    while ((places.at(-1) ?? from) < from) places.pop();
    const close = places.at(-1);
    if (close === undefined) return null;
    const inside = this.text.slice(from, close).replaceAll("\n", " ");
    const isPadded = inside.startsWith(" ") && inside.endsWith(" ") && inside.trim() !== "";
    return { code: isPadded ? inside.slice(1, -1) : inside, end: close + length };
  }
}

/** @param {string} text */
function placesIn(text) {
  const places = /** @type {Map<number, number[]>} */ (new Map());
  for (const { 0: run, index } of text.matchAll(/`+/g)) {
    const same = places.get(run.length);
    if (same) same.push(index);
    else places.set(run.length, [index]);
  }
  for (const same of places.values()) same.reverse();
  return places;
}
