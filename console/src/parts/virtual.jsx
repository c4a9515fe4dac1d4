import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { windowOf } from "./window.js";

const REST_MS = 100;

/**
 * A list of rows of one height, of which only those in sight are drawn. It scrolls by itself.
 *
 * `onShown` gets the rows that are drawn when the scrolling rests, also when `version` changes. `ahead` counts the rows that ever came before the
 * first one, so that what somebody reads stays in its place. With `stay` the list keeps to its end.
 * @param {{
 *   label: string, count: number, row: number, render: (at: number) => import("preact").ComponentChildren,
 *   onShown?: (first: number, end: number) => void, ahead?: number, stay?: boolean, version?: number,
 * }} props
 */
export function Virtual({ label, count, row, render, onShown, ahead = 0, stay = false, version }) {
  const element = useRef(/** @type {HTMLElement | null} */ (null));
  const [place, setPlace] = useState({ top: 0, height: 600 });
  const atEnd = useRef(false);
  const came = useRef(ahead);
  const { first, end } = windowOf({ ...place, row, count });

  const look = () => {
    const box = element.current;
    if (!box) return;
    atEnd.current = box.scrollTop + box.clientHeight >= box.scrollHeight - row;
    setPlace({ top: box.scrollTop, height: box.clientHeight });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: the box is the same, and looking needs no more
  useEffect(() => {
    const box = element.current;
    if (!box) return undefined;
    const watcher = new ResizeObserver(look);
    watcher.observe(box);
    return () => watcher.disconnect();
  }, []);
  useLayoutEffect(() => {
    const box = element.current;
    const more = ahead - came.current;
    came.current = ahead;
    if (box && more > 0 && box.scrollTop > 0) box.scrollTop += more * row;
  }, [ahead, row]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: more rows move the end
  useLayoutEffect(() => {
    const box = element.current;
    if (box && stay && atEnd.current) box.scrollTop = box.scrollHeight;
  }, [count, stay]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new function alone shows no other rows
  useEffect(() => {
    const timer = setTimeout(() => onShown?.(first, end), REST_MS);
    return () => clearTimeout(timer);
  }, [first, end, count, version]);

  const rows = [];
  for (let at = first; at < end; at += 1) {
    rows.push(
      <li
        key={at}
        aria-setsize={count}
        aria-posinset={at + 1}
        style={{ top: `${at * row}px`, height: `${row}px` }}
      >
        {render(at)}
      </li>,
    );
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
    <section ref={element} class="virtual" tabIndex={0} aria-label={label} onScroll={look}>
      <ol style={{ height: `${count * row}px` }}>{rows}</ol>
    </section>
  );
}
