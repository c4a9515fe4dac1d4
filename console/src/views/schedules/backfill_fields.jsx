import { Field } from "../../parts/field.jsx";
import { inUtc, ZONE } from "../../parts/local_time.js";

const REPEAT = [
  ["missing", "Occurrences without a run"],
  ["failed", "Also those whose newest run failed"],
  ["all", "All of them again"],
];

/**
 * The fields of a backfill.
 * @param {{
 *   given: {first: string, last: string, atOnce: string, newest: boolean, repeat: string},
 *   problems: Record<string, string>, onChange: (changes: Record<string, any>) => void,
 * }} props
 */
export function BackfillFields({ given, problems, onChange }) {
  return (
    <div class="fields">
      {
        /** @type {const} */ (["first", "last"]).map((name) => (
          <Field
            key={name}
            label={`${name === "first" ? "From" : "To"} (${ZONE})`}
            required
            hint={inUtc(given[name])}
            problem={problems[name]}
          >
            {(attributes) => (
              <input
                {...attributes}
                type="datetime-local"
                value={given[name]}
                onInput={(event) => onChange({ [name]: event.currentTarget.value })}
              />
            )}
          </Field>
        ))
      }
      <Field label="Unfinished at a time" problem={problems.atOnce}>
        {(attributes) => (
          <input
            {...attributes}
            inputMode="numeric"
            value={given.atOnce}
            onInput={(event) => onChange({ atOnce: event.currentTarget.value })}
          />
        )}
      </Field>
      <Field label="Which">
        {(attributes) => (
          <select
            {...attributes}
            value={given.repeat}
            onChange={(event) => onChange({ repeat: event.currentTarget.value })}
          >
            {REPEAT.map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        )}
      </Field>
      <label class="all">
        <input
          type="checkbox"
          checked={given.newest}
          onChange={(event) => onChange({ newest: event.currentTarget.checked })}
        />{" "}
        Begin with the newest
      </label>
    </div>
  );
}
