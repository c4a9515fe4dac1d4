/**
 * Return what to ask for a page of a list that is shown newest first, by the ids at its ends.
 *
 * `before` is the id of the last row of the page before, `after` that of the first row of the page behind.
 * @param {{before: string | null, after: string | null, limit: number}} place
 */
export function pageOf({ before, after, limit }) {
  if (after) return { range: { id: { _gt: after } }, order: "asc", limit: limit + 1 };
  if (before) return { range: { id: { _lt: before } }, order: "desc", limit: limit + 1 };
  return { range: {}, order: "desc", limit: limit + 1 };
}

/**
 * Return the rows of a page newest first, and where the pages beside it begin; null where there is none.
 * @template {{id: string}} T
 * @param {T[]} rows  as the API returned them, one more than a page if there is more
 * @param {{before: string | null, after: string | null, limit: number}} place
 * @returns {{rows: T[], newer: string | null, older: string | null}}
 */
export function pageIn(rows, { before, after, limit }) {
  const isMore = rows.length > limit;
  const page = rows.slice(0, limit);
  if (after) page.reverse();
  const [first, last] = [page[0]?.id ?? null, page.at(-1)?.id ?? null];
  return {
    rows: page,
    newer: after ? (isMore ? first : null) : before ? first : null,
    older: after ? last : isMore ? last : null,
  };
}
