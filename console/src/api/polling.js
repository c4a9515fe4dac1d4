const SHORTEST = 3_000;
const LONGEST = 60_000;
const GROWTH = 1.5;

/**
 * Return how long to wait before the next refresh, in milliseconds.
 *
 * It grows while nothing changes and after failures, so that a page that nobody looks at costs little.
 * @param {{wait: number, changed: boolean, failed: boolean, retryAfter?: number, shortest?: number}} last
 */
export function nextWait({ wait, changed, failed, retryAfter = 0, shortest = SHORTEST }) {
  if (failed)
    return Math.min(Math.max(wait * 2, retryAfter * 1000, shortest), Math.max(LONGEST, retryAfter * 1000));
  if (changed) return shortest;
  return Math.min(Math.max(wait, shortest) * GROWTH, LONGEST);
}

/**
 * Call a function when the tab is shown again after it was hidden. Return what ends this.
 * @param {() => void} act
 */
export function whenShown(act) {
  const look = () => {
    if (!document.hidden) act();
  };
  document.addEventListener("visibilitychange", look);
  return () => document.removeEventListener("visibilitychange", look);
}
