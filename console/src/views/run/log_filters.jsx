import { change } from "../../app/route.js";
import { Words } from "../../parts/words.jsx";
import { LEVELS } from "./log_query.js";

/**
 * The fields by which a log is narrowed. What they say is in the address.
 * @param {{
 *   filters: import("./log_query.js").LogFilters, taskRuns: any[], nameOf: (id: string | null) => string,
 * }} props
 */
export function LogFilterFields({ filters, taskRuns, nameOf }) {
  const known = taskRuns.some(({ id }) => id === filters.task);
  return (
    <form class="filters log-filters" onSubmit={(event) => event.preventDefault()}>
      <label class="field">
        Level
        <select value={filters.level} onChange={(event) => change({ level: event.currentTarget.value })}>
          <option value="">All</option>
          {LEVELS.slice(1).map((level) => (
            <option key={level} value={level}>
              {level === "CRITICAL" ? level : `${level} and above`}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        Task run
        <select value={filters.task} onChange={(event) => change({ of: event.currentTarget.value })}>
          <option value="">All</option>
          {filters.task && !known && <option value={filters.task}>{filters.task}</option>}
          {taskRuns.map(({ id }) => (
            <option key={id} value={id}>
              {nameOf(id).slice(0, 100)}
            </option>
          ))}
        </select>
      </label>
      <Words label="Logger" value={filters.logger} onChange={(logger) => change({ logger })} />
      <Words label="Text" value={filters.text} onChange={(text) => change({ text })} />
      <label class="field">
        Order
        <select
          value={filters.oldest ? "oldest" : ""}
          onChange={(event) => change({ order: event.currentTarget.value })}
        >
          <option value="">Newest first</option>
          <option value="oldest">Oldest first</option>
        </select>
      </label>
    </form>
  );
}
