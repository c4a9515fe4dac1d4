import { now } from "./clock.js";
import { lasted, local, millis, relative, utc } from "./times.js";

/**
 * A time that ticks, relative to now; its title has the local time with the zone, and UTC.
 * @param {{at: string | null | undefined, absolute?: boolean}} props
 */
export function Time({ at, absolute = false }) {
  const time = millis(at);
  if (Number.isNaN(time)) return <span class="faint">–</span>;
  return (
    <time dateTime={at ?? ""} title={`${local(time)}\n${utc(time)}`}>
      {absolute ? local(time) : relative(time, now.value)}
    </time>
  );
}

/**
 * How long something took, or takes by now if it has no end.
 * @param {{start: string | null | undefined, end?: string | null}} props
 */
export function Duration({ start, end }) {
  const from = millis(start);
  if (Number.isNaN(from)) return <span class="faint">–</span>;
  return <span class="number">{lasted((end ? millis(end) : now.value) - from)}</span>;
}
