import { go, href } from "../app/route.js";
import { barsOf, summaryOf } from "./strip.js";

const WIDTH = 9;
const HEIGHT = 40;

/**
 * The durations of runs as bars, oldest first. A click on a bar leads to its run; a list of the same runs is
 * the way for the keyboard.
 * @param {{runs: any[], height?: number}} props  runs as the API lists them, newest first
 */
export function Strip({ runs, height = HEIGHT }) {
  if (runs.length === 0) return null;
  const bars = barsOf(runs, Date.now());
  return (
    <svg
      class="strip"
      role="img"
      aria-label={summaryOf(runs)}
      viewBox={`0 0 ${bars.length * WIDTH} ${height}`}
      width={bars.length * WIDTH}
      height={height}
    >
      {bars.map((bar, at) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: the list of the same runs has the links
        <g key={bar.id} class={bar.kind} onClick={() => go(href(`runs/${bar.id}`))}>
          <title>{bar.text}</title>
          <rect class="ground" x={at * WIDTH} y="0" width={WIDTH} height={height} />
          <rect
            x={at * WIDTH + 1}
            y={height - bar.height * height}
            width={WIDTH - 2}
            height={bar.height * height}
            rx="1"
          />
        </g>
      ))}
    </svg>
  );
}
