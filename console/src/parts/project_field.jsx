/**
 * The field that narrows a view to a project. One that is deleted is still named, by its id, because the view
 * is narrowed to it.
 * @param {{
 *   value: string, projects: {id: string, name: string}[] | undefined, onChange: (project: string) => void,
 * }} props
 */
export function ProjectField({ value, projects = [], onChange }) {
  const isKnown = value === "" || projects.some(({ id }) => id === value);
  return (
    <label class="field">
      Project
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">All</option>
        {!isKnown && <option value={value}>{value}</option>}
        {projects.map(({ id, name }) => (
          <option key={id} value={id}>
            {name.length > 60 ? `${name.slice(0, 60)}…` : name}
          </option>
        ))}
      </select>
    </label>
  );
}
