/**
 * Return which rows of a long list are drawn: those in sight, and some before and after them.
 * @param {{top: number, height: number, row: number, count: number, around?: number}} sizes  in pixels
 * @returns {{first: number, end: number}}  the first row, and the one after the last
 */
export function windowOf({ top, height, row, count, around = 8 }) {
  const inSight = Math.ceil(Math.max(height, 0) / row) + 1;
  const at = Math.min(Math.max(Math.floor(top / row), 0), Math.max(count - inSight, 0));
  return { first: Math.max(at - around, 0), end: Math.min(at + inSight + around, count) };
}
