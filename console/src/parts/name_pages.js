const ID = 36;

/**
 * Where a page of a list by name begins: behind a row (`after`) or before one (`before`), each named by its id
 * and its name, because several rows may have one name.
 * @typedef {{before: string | null, after: string | null, limit: number}} Place
 */

/**
 * Return the place that an address names.
 * @param {URLSearchParams} query
 * @param {number} limit
 * @returns {Place}
 */
export function placeOf(query, limit) {
  return { before: query.get("before"), after: query.get("after"), limit };
}

/**
 * Return the filter, the order and the number of rows for a page. It asks for one row more than it shows.
 * @param {Place} place
 */
export function askedPage({ before, after, limit }) {
  if (after) return { range: beyond(after, "_gte", "_gt"), order: "asc", limit: limit + 1 };
  if (before) return { range: beyond(before, "_lte", "_lt"), order: "desc", limit: limit + 1 };
  return { range: {}, order: "asc", limit: limit + 1 };
}

/**
 * Return the rows of a page by name, and where the pages beside it begin; null where there is none.
 * @param {any[]} rows
 * @param {Place} place
 * @returns {{rows: any[], previous: string | null, next: string | null}}
 */
export function shownPage(rows, { before, after, limit }) {
  const isMore = rows.length > limit;
  const page = rows.slice(0, limit);
  if (before && !after) page.reverse();
  const [first, last] = [mark(page[0]), mark(page.at(-1))];
  if (after) return { rows: page, previous: first, next: isMore ? last : null };
  if (before) return { rows: page, previous: isMore ? first : null, next: last };
  return { rows: page, previous: null, next: isMore ? last : null };
}

/** @param {any} row */
function mark(row) {
  return row ? `${row.id}${row.name}` : null;
}

/**
 * @param {string} place
 * @param {string} orEqual
 * @param {string} beyond
 */
function beyond(place, orEqual, beyond) {
  const [id, name] = [place.slice(0, ID), place.slice(ID)];
  if (!/^[0-9a-f-]{36}$/i.test(id)) return {};
  return { name: { [orEqual]: name }, _or: [{ name: { [beyond]: name } }, { id: { [beyond]: id } }] };
}
