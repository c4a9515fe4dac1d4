import { now } from "../../parts/clock.js";
import { Time } from "../../parts/time.jsx";
import { isOld, percent, summed } from "./numbers.js";

/**
 * The figures above the plot.
 * @param {{buckets: any[], depth: any}} props  without `depth` where one project is shown
 */
export function Figures({ buckets, depth }) {
  const sum = summed(buckets);
  const asOf = buckets[0]?.as_of;
  return (
    <dl class="figures">
      <Figure title="Runs created">{sum.runs.toLocaleString()}</Figure>
      <Figure title="Success rate">{percent(sum.rate)}</Figure>
      <Figure title="Failed" kind={sum.failed ? "bad" : ""}>
        {sum.failed.toLocaleString()}
      </Figure>
      {depth && (
        <>
          <Figure title="Late" kind={depth.late ? "bad" : ""}>
            {counted(depth.late, depth.complete)}
          </Figure>
          <Figure title="Due, not taken">{counted(depth.due, depth.complete)}</Figure>
          <Figure title="Due for longest">
            <Time at={depth.earliest} />
          </Figure>
        </>
      )}
      {isOld(asOf, now.value) && (
        <Figure title="Counted">
          <Time at={asOf} />
        </Figure>
      )}
    </dl>
  );
}

/** @param {{title: string, kind?: string, children: import("preact").ComponentChildren}} props */
function Figure({ title, kind = "", children }) {
  return (
    <div class={kind}>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/**
 * @param {number} count
 * @param {boolean} isComplete
 */
function counted(count, isComplete) {
  return isComplete ? count.toLocaleString() : `≥ ${count.toLocaleString()}`;
}
