import { href } from "../../app/route.js";

const REASONS = /** @type {Record<string, string>} */ ({
  already_done: "are so already",
  ended: "have ended",
  live: "have begun and not ended",
  gone: "are gone",
});

/**
 * How many runs a change would meet, and what it costs.
 * @param {{change: import("./bulk.js").Change, counted: any}} props
 */
export function Preview({ change, counted }) {
  if (!counted) return <p class="empty">Counting…</p>;
  const atLeast = counted.continuation ? "at least " : "";
  return (
    <p role="status">
      <strong>
        {atLeast}
        {counted.changed} {counted.changed === 1 ? "run" : "runs"}
      </strong>{" "}
      would be {change.done}, at about {counted.read_units} read units and {counted.write_units} write units.
      <Skipped
        skipped={Object.fromEntries(counted.skipped.map((/** @type {any} */ one) => [one.reason, one.count]))}
      />
    </p>
  );
}

/**
 * How far a change has come, and what it could not do.
 * @param {{change: import("./bulk.js").Change, work: any}} props
 */
export function BulkResult({ change, work }) {
  const { sum, isWhole, error } = work;
  const words = isWhole ? "Done: " : isWhole === false ? "Stopped: " : error ? "Ended: " : "So far ";
  return (
    <>
      <p role="status">
        {words}
        {sum?.changed ?? 0} {change.done}.
        <Skipped skipped={sum?.skipped ?? {}} />
        {isWhole === false && " The same action goes on where it was stopped."}
      </p>
      {sum?.failed.length > 0 && (
        <ul>
          {sum.failed.slice(0, 20).map((/** @type {any} */ one) => (
            <li key={one.flow_run_id}>
              <a href={href(`runs/${one.flow_run_id}`)}>{one.flow_run_id}</a>: {one.message}
            </li>
          ))}
          {sum.failed.length > 20 && <li>and {sum.failed.length - 20} more</li>}
        </ul>
      )}
    </>
  );
}

/** @param {{skipped: Record<string, number>}} props */
function Skipped({ skipped }) {
  return (
    <>
      {Object.entries(skipped).map(([reason, count]) => (
        <span key={reason}>
          {" "}
          {count} {REASONS[reason] ?? reason} and {count === 1 ? "is" : "are"} left alone.
        </span>
      ))}
    </>
  );
}
