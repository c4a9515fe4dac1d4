import { nextWait, whenShown } from "./polling.js";

/**
 * Asks once, and again as long as the page is shown: soon after a change, ever later while nothing changes.
 * One request is on its way at a time.
 */
export class Poller {
  /**
   * @param {(signal: AbortSignal) => Promise<boolean>} ask  whether something has changed; it throws failures
   * @param {{poll?: () => boolean, shortest?: number, failed: (error: unknown) => void}} options
   */
  constructor(ask, options) {
    this.ask = ask;
    this.options = { poll: () => true, ...options };
    this.wait = 0;
    this.timer = /** @type {any} */ (0);
    this.abort = new AbortController();
    this.busy = false;
    this.again = false;
    this.forget = whenShown(() => this.options.poll() && this.now());
  }

  now() {
    clearTimeout(this.timer);
    if (this.busy) this.again = true;
    else this.#turn();
  }

  end() {
    clearTimeout(this.timer);
    this.abort.abort();
    this.forget();
  }

  async #turn() {
    this.busy = true;
    this.again = false;
    let failure = null;
    let changed = false;
    try {
      changed = await this.ask(this.abort.signal);
    } catch (error) {
      failure = error;
    }
    if (this.abort.signal.aborted) return;
    if (failure) this.options.failed(failure);
    this.busy = false;
    this.#plan(changed, failure);
  }

  /**
   * @param {boolean} changed
   * @param {any} failure
   */
  #plan(changed, failure) {
    if (this.again) {
      this.now();
      return;
    }
    if (!this.options.poll() || failure?.code === "UNAUTHENTICATED") return;
    this.wait = nextWait({
      wait: this.wait,
      changed,
      failed: Boolean(failure),
      retryAfter: failure?.retryAfter,
      shortest: this.options.shortest,
    });
    this.timer = setTimeout(() => document.hidden || this.now(), this.wait);
  }
}
