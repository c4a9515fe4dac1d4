import { STATE_TYPES } from "../../parts/states.js";

/**
 * The fields by which a list of runs is narrowed.
 * @param {{filters: import("./filters.js").RunFilters, onChange: (changes: Record<string, string>) => void}} props
 */
export function Filters({ filters, onChange }) {
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()}>
      <label class="field">
        State
        <select value={filters.state} onChange={(event) => onChange({ state: event.currentTarget.value })}>
          <option value="">Any</option>
          {STATE_TYPES.map((type) => (
            <option key={type}>{type}</option>
          ))}
        </select>
      </label>
      <label class="field">
        Flow
        <input value={filters.flow} onChange={(event) => onChange({ flow: event.currentTarget.value })} />
      </label>
      <label class="field">
        Name begins with
        <input value={filters.name} onChange={(event) => onChange({ name: event.currentTarget.value })} />
      </label>
    </form>
  );
}
