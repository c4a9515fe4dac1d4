const STATES = ["Scheduled", "Paused", "Success", "Failed", "Cancelled", "Skipped"];

/**
 * What a change of many runs can be told besides which runs.
 * @param {{
 *   change: import("./bulk.js").Change, more: Record<string, any>, disabled: boolean,
 *   onChange: (more: Record<string, unknown>) => void,
 * }} props
 */
export function BulkFields({ change, more, disabled, onChange }) {
  if (change.command === "delete") {
    return (
      <label>
        <input
          type="checkbox"
          disabled={disabled}
          checked={Boolean(more.live)}
          onChange={(event) => onChange({ ...more, live: event.currentTarget.checked || undefined })}
        />{" "}
        Also runs that have begun and not ended
      </label>
    );
  }
  return (
    <>
      {change.command === "set-states" && (
        <label class="field">
          State
          <select
            disabled={disabled}
            value={more.state}
            onChange={(event) => onChange({ ...more, state: event.currentTarget.value })}
          >
            {STATES.map((state) => (
              <option key={state}>{state}</option>
            ))}
          </select>
        </label>
      )}
      <label class="field">
        Message
        <input
          disabled={disabled}
          value={more.message ?? ""}
          onChange={(event) => onChange({ ...more, message: event.currentTarget.value || undefined })}
        />
      </label>
    </>
  );
}
