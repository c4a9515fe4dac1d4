import { ProjectField } from "../../parts/project_field.jsx";
import { FAILED_TYPES, STATE_TYPES } from "../../parts/states.js";
import { Words } from "../../parts/words.jsx";

const TEXTS =
  /** @type {{name: keyof import("./filters.js").RunFilters, title: string, type?: string}[]} */ ([
    { name: "flow", title: "Flow" },
    { name: "label", title: "Label" },
    { name: "name", title: "Name (or beginning*)" },
    { name: "key", title: "Idempotency key" },
    { name: "from", title: "Created from", type: "datetime-local" },
    { name: "to", title: "Created until", type: "datetime-local" },
  ]);
const FAILED = FAILED_TYPES.join(",");

/**
 * The fields by which a list of runs is narrowed. A text counts when its field is left, or by Enter.
 * @param {{
 *   filters: import("./filters.js").RunFilters, projects: {id: string, name: string}[],
 *   onChange: (changes: Record<string, string | null>) => void,
 * }} props
 */
export function Filters({ filters, projects, onChange }) {
  const isFiltered = Object.values(filters).some(Boolean);
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()} aria-label="Filters">
      <label class="field">
        State
        <select value={filters.state} onChange={(event) => onChange({ state: event.currentTarget.value })}>
          <option value="">Any</option>
          <option value={FAILED}>Failed in any way</option>
          {STATE_TYPES.map((type) => (
            <option key={type}>{type}</option>
          ))}
        </select>
      </label>
      <ProjectField
        value={filters.project}
        projects={projects}
        onChange={(project) => onChange({ project })}
      />
      {TEXTS.map(({ name, title, type }) => (
        <Words
          key={name}
          label={title}
          type={type}
          size={16}
          value={filters[name]}
          onChange={(value) => onChange({ [name]: value })}
        />
      ))}
      {isFiltered && (
        <button
          type="button"
          onClick={() => onChange(Object.fromEntries(Object.keys(filters).map((name) => [name, null])))}
        >
          Show all
        </button>
      )}
    </form>
  );
}
