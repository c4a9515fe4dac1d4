import { change } from "../app/route.js";

/**
 * The ways to the pages beside one, which the address keeps as `before` and `after`.
 * @param {{newer: string | null, older: string | null, isFirst: boolean}} props
 */
export function Pager({ newer, older, isFirst }) {
  if (isFirst && !older) return null;
  return (
    <nav class="row" aria-label="Pages">
      <button type="button" disabled={isFirst} onClick={() => change({ before: null, after: null })}>
        Newest
      </button>
      <button
        type="button"
        disabled={isFirst || !newer}
        onClick={() => change({ before: null, after: newer })}
      >
        Newer
      </button>
      <button type="button" disabled={!older} onClick={() => change({ before: older, after: null })}>
        Older
      </button>
    </nav>
  );
}
