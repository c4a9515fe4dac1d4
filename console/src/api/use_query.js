import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "./ask.js";
import { apiKey } from "./key.js";
import { nextWait, whenShown } from "./polling.js";

/**
 * What a view knows of its query. `data` stays when a refresh fails; `error` tells of it.
 * @template T
 * @typedef {{data: T | null, error: unknown, loading: boolean, refresh: () => void}} Query
 */

/**
 * Ask once, and again as long as the page is shown: soon after a change, ever later while nothing changes.
 *
 * One request is on its way at a time. Other variables begin anew and forget the data, unless it is kept until
 * there are new ones.
 * @param {string | null} document  null asks nothing
 * @param {Record<string, unknown> | (() => Record<string, unknown>)} [variables]  a function is called for each
 *   request, and `key` names what it depends on
 * @param {{key?: string, poll?: boolean, shortest?: number, keep?: boolean}} [options]
 * @returns {Query<any>}
 */
export function useQuery(document, variables = {}, { poll = true, shortest, keep = false, key } = {}) {
  const [state, setState] = useState(/** @type {Omit<Query<any>, "refresh">} */ (NOTHING));
  const refresh = useRef(() => {});
  const given = typeof variables === "function" ? key : JSON.stringify(variables);
  const makes = useRef(variables);
  makes.current = variables;
  const whose = apiKey.value;

  // biome-ignore lint/correctness/useExhaustiveDependencies: with another key everything is asked anew
  useEffect(() => {
    if (document === null) {
      setState(NOTHING);
      return undefined;
    }
    setState((before) => ({ ...(keep ? before : NOTHING), loading: true }));
    const asker = new Asker(document, () => madeOf(makes.current), { poll, shortest }, setState);
    refresh.current = () => asker.now();
    asker.now();
    return () => asker.end();
  }, [document, given, poll, shortest, keep, whose]);

  return { ...state, refresh: () => refresh.current() };
}

/** @param {Record<string, unknown> | (() => Record<string, unknown>)} variables */
function madeOf(variables) {
  return typeof variables === "function" ? variables() : variables;
}

const NOTHING = { data: null, error: null, loading: false };

class Asker {
  /**
   * @param {string} document
   * @param {() => Record<string, unknown>} variables
   * @param {{poll: boolean, shortest?: number}} options
   * @param {(state: any) => void} tell
   */
  constructor(document, variables, options, tell) {
    this.document = document;
    this.variables = variables;
    this.options = options;
    this.tell = tell;
    this.wait = 0;
    this.text = "";
    this.timer = 0;
    this.abort = new AbortController();
    this.busy = false;
    this.again = false;
    this.forget = whenShown(() => this.options.poll && this.now());
  }

  now() {
    clearTimeout(this.timer);
    if (this.busy) this.again = true;
    else this.#ask();
  }

  end() {
    clearTimeout(this.timer);
    this.abort.abort();
    this.forget();
  }

  async #ask() {
    this.busy = true;
    this.again = false;
    let failure = null;
    let changed = false;
    try {
      const data = await ask(this.document, this.variables(), this.abort.signal);
      if (this.abort.signal.aborted) return;
      const text = JSON.stringify(data);
      changed = text !== this.text;
      this.text = text;
      this.tell((/** @type {any} */ before) => ({
        data: changed ? data : before.data,
        error: null,
        loading: false,
      }));
    } catch (error) {
      if (this.abort.signal.aborted) return;
      failure = error;
      this.tell((/** @type {any} */ before) => ({ ...before, error, loading: false }));
    }
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
    if (!this.options.poll || failure?.code === "UNAUTHENTICATED") return;
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
