import { millis } from "../../parts/times.js";

const CLOCK = new Intl.DateTimeFormat(undefined, {
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  hourCycle: "h23",
});

/**
 * An entry of a log on one line; a press shows the whole of it.
 * @param {{entry: any, nameOf: (id: string | null) => string, onOpen: () => void}} props
 */
export function LogRow({ entry, nameOf, onOpen }) {
  const { level, name, message, task_run_id: taskRun } = entry;
  const [first = "", ...others] = message.slice(0, 2000).split("\n");
  return (
    <button type="button" class={`log-row ${level.toLowerCase()}`} onClick={onOpen}>
      <span class="log-time">{CLOCK.format(millis(entry.timestamp))}</span>
      <span class="log-level">{level}</span>
      <span class="log-name" title={name ?? ""}>
        <bdi>{nameOf(taskRun) || name}</bdi>
      </span>
      <bdi class="log-text">
        {first}
        {others.length > 0 && ` ↵ ${others.length} more ${others.length === 1 ? "line" : "lines"}`}
      </bdi>
    </button>
  );
}
