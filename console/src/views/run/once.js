/** Asks for each thing once. What could not be asked for may be asked for again. */
export class Once {
  /**
   * @param {(document: string, variables: Record<string, unknown>) => Promise<any>} ask
   * @param {() => void} changed  called when something has come, or failed
   */
  constructor(ask, changed) {
    this.ask = ask;
    this.changed = changed;
    this.asked = new Set();
    this.error = /** @type {unknown} */ (null);
  }

  /**
   * @param {string} key  names the thing
   * @param {string} document
   * @param {Record<string, unknown>} variables
   * @param {(data: any) => void} take
   */
  async get(key, document, variables, take) {
    if (this.asked.has(key)) return;
    this.asked.add(key);
    try {
      take(await this.ask(document, variables));
      this.error = null;
    } catch (error) {
      this.error = error;
      this.asked.delete(key); // the next scrolling asks again
    }
    this.changed();
  }
}
