import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "./ask.js";
import { keyTurns } from "./key.js";
import { Poller } from "./poller.js";

/**
 * What a view knows of its query. `data` stays when a refresh fails; `error` tells of it. A field of the data is
 * null if it alone failed.
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
 * @param {{
 *   key?: string, poll?: boolean | ((data: any) => boolean), shortest?: number, keep?: boolean,
 * }} [options]  a function decides by the data that came last, null if none did; it must stay the same
 * @returns {Query<any>}
 */
export function useQuery(document, variables = {}, { poll = true, shortest, keep = false, key } = {}) {
  const [state, setState] = useState(/** @type {Omit<Query<any>, "refresh"> & {asked?: string}} */ (NOTHING));
  const refresh = useRef(() => {});
  const given = typeof variables === "function" ? key : JSON.stringify(variables);
  const makes = useRef(variables);
  makes.current = variables;
  const whose = keyTurns.value;
  const asked = `${document}${given}`;

  // biome-ignore lint/correctness/useExhaustiveDependencies: with another key everything is asked anew
  useEffect(() => {
    if (document === null) {
      setState(NOTHING);
      return undefined;
    }
    setState((before) => ({ ...(keep ? before : NOTHING), loading: true, asked }));
    let [last, lastNews] = ["", ""];
    /** @type {any} */
    let latest = null;
    const asker = new Poller(
      async (signal) => {
        const data = await ask(document, madeOf(makes.current), signal);
        if (signal.aborted) return false;
        latest = data;
        const [text, news] = [JSON.stringify(data), JSON.stringify(data, withoutTimes)];
        const [isOther, isNews] = [text !== last, news !== lastNews];
        [last, lastNews] = [text, news];
        setState((before) => ({ data: isOther ? data : before.data, error: null, loading: false, asked }));
        return isNews;
      },
      {
        poll: () => (typeof poll === "function" ? poll(latest) : poll),
        shortest,
        failed: (error) =>
          setState((before) => ({ ...before, data: partOf(error) ?? before.data, error, loading: false })),
      },
    );
    refresh.current = () => asker.now();
    asker.now();
    return () => asker.end();
  }, [document, given, poll, shortest, keep, whose]);

  // Until the effect has begun anew, the state is still that of what was asked before.
  const isCurrent = keep || state.asked === asked;
  const shown = isCurrent ? state : { ...NOTHING, loading: document !== null };
  return { ...shown, refresh: () => refresh.current() };
}

/**
 * Leave out when numbers were counted: the same numbers, counted again, are no news.
 * @param {string} key
 * @param {unknown} value
 */
function withoutTimes(key, value) {
  return key === "as_of" ? undefined : value;
}

/**
 * Return what a response had beside its error: some of its fields may have a value.
 * @param {any} error
 */
function partOf(error) {
  const data = error?.data;
  return data && Object.values(data).some((value) => value !== null) ? data : null;
}

/** @param {Record<string, unknown> | (() => Record<string, unknown>)} variables */
function madeOf(variables) {
  return typeof variables === "function" ? variables() : variables;
}

const NOTHING = { data: null, error: null, loading: false };
