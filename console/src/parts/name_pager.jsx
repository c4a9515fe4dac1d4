import { change } from "../app/route.js";

/**
 * The ways to the pages beside a page of a list by name, which the address keeps as `before` and `after`.
 * @param {{previous: string | null, next: string | null, isFirst: boolean}} props
 */
export function NamePager({ previous, next, isFirst }) {
  if (isFirst && !next) return null;
  return (
    <nav class="row pages" aria-label="Pages">
      <button type="button" disabled={isFirst} onClick={() => change({ before: null, after: null })}>
        First
      </button>
      <button
        type="button"
        disabled={isFirst || !previous}
        onClick={() => change({ before: previous, after: null })}
      >
        Previous
      </button>
      <button type="button" disabled={!next} onClick={() => change({ before: null, after: next })}>
        Next
      </button>
    </nav>
  );
}
