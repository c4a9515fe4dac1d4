import { href, route } from "../../app/route.js";
import { now } from "../../parts/clock.js";
import { State } from "../../parts/state.jsx";
import { isOver } from "../../parts/states.js";
import { Duration } from "../../parts/time.jsx";
import { placeOf, spansOf } from "./gantt.js";
import { childrenOf } from "./rows.js";

/**
 * A row of the timeline: name, state, and bars.
 * @param {{
 *   taskRun: any, name: string, child: boolean, range: import("./gantt.js").Range | null,
 *   counts?: any, open?: boolean, folded: number, onToggle: () => void,
 * }} props
 */
export function TimelineRow({ taskRun, name, child, range, counts, open, folded, onToggle }) {
  return (
    <div class={`gantt-row ${child ? "child" : ""}`}>
      <span class="gantt-name">
        {open !== undefined && (
          <button
            type="button"
            class="fold"
            aria-expanded={open}
            aria-label={`${folded} children of ${name}`}
            onClick={onToggle}
          >
            {open ? "▾" : "▸"}
          </button>
        )}
        {taskRun ? (
          <a href={panelAddress(taskRun.id)} title={name}>
            <bdi>{name}</bdi>
          </a>
        ) : (
          <span class="faint">{name || "…"}</span>
        )}
        {open !== undefined && <span class="faint">×{folded}</span>}
      </span>
      {taskRun ? (
        <State state={taskRun.state} title={taskRun.state_message} />
      ) : (
        <span class="faint">{child ? "not begun" : "…"}</span>
      )}
      <span class="gantt-bars">
        {range && taskRun && (
          <Bars taskRun={withEnd(taskRun, counts)} range={range} thin={open !== undefined} />
        )}
        {counts && <Counts counts={counts.state_counts} />}
      </span>
      <span class="gantt-took faint">
        {taskRun?.run_count > 1 && <span title="How often it ran">{taskRun.run_count} runs, </span>}
        {taskRun?.start_time && (
          <Duration
            start={taskRun.start_time}
            end={isOver(taskRun.state) ? taskRun.end_time : taskRun.end_time}
          />
        )}
      </span>
    </div>
  );
}

/** @param {string} id */
export function panelAddress(id) {
  const { parts, query } = route.value;
  return href(parts.map(encodeURIComponent).join("/"), { ...Object.fromEntries(query), task_run: id });
}

/**
 * Return a task run, a mapped one with the end of its last child, if all of them have ended.
 * @param {any} taskRun
 * @param {any} counts
 */
function withEnd(taskRun, counts) {
  if (taskRun.state !== "Mapped" || !counts) return taskRun;
  const ended = Object.entries(counts.state_counts).reduce(
    (sum, [state, n]) => sum + (isOver(state) ? n : 0),
    0,
  );
  return ended >= childrenOf(taskRun)
    ? { ...taskRun, end_time: counts.max_end_time, states: [] }
    : { ...taskRun, states: [] };
}

/** @param {{taskRun: any, range: import("./gantt.js").Range, thin: boolean}} props */
function Bars({ taskRun, range, thin }) {
  // The present is read only where it matters, so that rows that have ended are not drawn each second.
  const spans = spansOf(taskRun, taskRun.end_time ? range.to : Math.min(now.value, range.to));
  return (
    <svg class="gantt" aria-hidden="true">
      {spans.map((span) => {
        const { x, width } = placeOf(range, span);
        return (
          <rect
            key={`${span.from} ${span.kind}`}
            class={span.kind}
            x={`${x}%`}
            width={`${width}%`}
            y={thin ? 16 : span.kind === "gap" ? 9 : 3}
            height={thin ? 4 : span.kind === "gap" ? 2 : 14}
          />
        );
      })}
    </svg>
  );
}

/** @param {{counts: Record<string, number>}} props */
function Counts({ counts }) {
  return (
    <span class="counts">
      {Object.entries(counts).map(([state, count]) => (
        <span key={state}>
          {count} {state}
        </span>
      ))}
    </span>
  );
}
