/**
 * A row of the timeline: a task by its place, or a child of a mapped task that is open.
 * @typedef {{kind: "task", at: number} | {kind: "child", at: number, index: number}} Row
 * @typedef {{at: number, children: number}} Open
 */

/**
 * Return how many rows there are: the tasks, and the children of those that are open.
 * @param {number} tasks
 * @param {Open[]} opened
 */
export function countRows(tasks, opened) {
  return opened.reduce((sum, { children }) => sum + children, tasks);
}

/**
 * Return what a row shows.
 * @param {number} row
 * @param {Open[]} opened  in the order of their places
 * @returns {Row}
 */
export function rowAt(row, opened) {
  let before = 0;
  for (const { at, children } of opened) {
    const own = at + before;
    if (row <= own) break;
    if (row <= own + children) return { kind: "child", at, index: row - own - 1 };
    before += children;
  }
  return { kind: "task", at: row - before };
}

/**
 * Return the places of the tasks that some rows show, and the indices of the children, by the place of their parent.
 * @param {number} first
 * @param {number} end
 * @param {Open[]} opened
 */
export function inSight(first, end, opened) {
  const tasks = /** @type {number[]} */ ([]);
  const children = /** @type {Map<number, number[]>} */ (new Map());
  for (let row = first; row < end; row += 1) {
    const found = rowAt(row, opened);
    if (found.kind === "task") tasks.push(found.at);
    else children.set(found.at, [...(children.get(found.at) ?? []), found.index]);
  }
  return { tasks, children };
}

/**
 * Return the pages that children are on, as numbers from 0.
 * @param {Map<number, number[]>} children
 * @param {number} size  of a page
 * @returns {[number, Set<number>][]}  by the place of the parent
 */
export function pagesOf(children, size) {
  return [...children].map(([at, indices]) => [
    at,
    new Set(indices.map((index) => Math.floor(index / size))),
  ]);
}

/**
 * Return task runs in the order of their beginning; those that did not begin come last, as the flow has them.
 * @param {any[]} taskRuns
 */
export function inOrderOfStart(taskRuns) {
  return taskRuns
    .map((one, at) => ({ one, at, start: one.start_time ? Date.parse(one.start_time) : Infinity }))
    .sort((a, b) => (a.start === b.start ? a.at - b.at : a.start - b.start))
    .map(({ one }) => one);
}

/**
 * Return how many children a mapped task run has, or 0 if it is none.
 * @param {any} taskRun
 */
export function childrenOf(taskRun) {
  const count = taskRun?.serialized_state?.n_map_states;
  return Number.isSafeInteger(count) && count > 0 ? Math.min(count, 1_000_000) : 0;
}
