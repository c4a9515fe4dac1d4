import { useState } from "preact/hooks";
import { href } from "../app/route.js";
import { barsOf, movedBy, summaryOf } from "./strip.js";

const WIDTH = 9;
const HEIGHT = 40;

/**
 * The durations of runs as bars, oldest first, each a link to its run. The keyboard enters at the newest one, and
 * the arrows lead to the others.
 * @param {{runs: any[], height?: number}} props  runs as the API lists them, newest first
 */
export function Strip({ runs, height = HEIGHT }) {
  const [chosen, choose] = useState("");
  const [shown, show] = useState("");
  if (runs.length === 0) return null;
  const bars = barsOf(runs, Date.now());
  const found = bars.findIndex(({ id }) => id === chosen);
  const entry = found < 0 ? bars.length - 1 : found;
  /** @param {import("preact").TargetedKeyboardEvent<SVGSVGElement>} event */
  const press = (event) => {
    const next = movedBy(event.key, entry, bars.length);
    if (next === null) return;
    event.preventDefault();
    event.currentTarget.querySelectorAll("a")[next]?.focus();
  };
  return (
    <div class="strip">
      {shown && (
        <span class="tip" aria-hidden="true">
          {shown}
        </span>
      )}
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing is no set of fields */}
      <svg
        role="group"
        aria-label={summaryOf(runs)}
        viewBox={`0 0 ${bars.length * WIDTH} ${height}`}
        width={bars.length * WIDTH}
        height={height}
        onKeyDown={press}
      >
        {bars.map((bar, at) => (
          <a
            key={bar.id}
            class={bar.kind}
            href={href(`runs/${bar.id}`)}
            aria-label={bar.text}
            tabindex={at === entry ? 0 : -1}
            onFocus={() => {
              choose(bar.id);
              show(bar.text);
            }}
            onBlur={() => show("")}
          >
            <title>{bar.text}</title>
            <rect class="ground" x={at * WIDTH} y="0" width={WIDTH} height={height} />
            <rect
              x={at * WIDTH + 1}
              y={height - bar.height * height}
              width={WIDTH - 2}
              height={bar.height * height}
              rx="1"
            />
          </a>
        ))}
      </svg>
    </div>
  );
}
