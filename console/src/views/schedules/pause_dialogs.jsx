import { useState } from "preact/hooks";
import { ActionDialog } from "../../parts/action.jsx";
import { Field } from "../../parts/field.jsx";
import { instantOf, inUtc, ZONE } from "../../parts/local_time.js";
import { scheduleChange } from "./mutations.js";

/**
 * @typedef {{id: string, name: string, schedule: any}} Schedule
 * @typedef {{schedule: Schedule, onClose: () => void, onDone: () => void}} Props
 */

/**
 * The question before a schedule is paused: why, until when, and by whom.
 * @param {Props} props
 */
export function PauseDialog({ schedule, onClose, onDone }) {
  const [given, give] = useState({ note: "", until: "", by: "" });
  const until = instantOf(given.until);
  const input = {
    flow_group_id: schedule.id,
    note: given.note.trim() || undefined,
    until: until ?? undefined,
    by: given.by.trim() || undefined,
  };
  const words = ["pause", schedule.id];
  if (input.note) words.push("--note", input.note);
  if (until) words.push("--until", until);
  if (input.by) words.push("--by", input.by);
  return (
    <ActionDialog
      title={`Pause the schedule of ${schedule.name}`}
      verb="Pause"
      sent={scheduleChange("pause_schedule", input, words)}
      onClose={onClose}
      onDone={onDone}
    >
      <p>What is due meanwhile does not run. Each occurrence leaves a note.</p>
      <div class="fields">
        <Field label="Why">
          {(attributes) => (
            <input
              {...attributes}
              maxLength={1000}
              value={given.note}
              onInput={(event) => give({ ...given, note: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field label="By">
          {(attributes) => (
            <input
              {...attributes}
              maxLength={200}
              value={given.by}
              onInput={(event) => give({ ...given, by: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field label={`Until (${ZONE})`} hint={inUtc(given.until) || "Empty: until it is resumed"}>
          {(attributes) => (
            <input
              {...attributes}
              type="datetime-local"
              value={given.until}
              onInput={(event) => give({ ...given, until: event.currentTarget.value })}
            />
          )}
        </Field>
      </div>
    </ActionDialog>
  );
}

/**
 * The question before a paused schedule goes on.
 * @param {Props} props
 */
export function ResumeDialog({ schedule, onClose, onDone }) {
  const sent = scheduleChange("resume_schedule", { flow_group_id: schedule.id }, ["resume", schedule.id]);
  return (
    <ActionDialog
      title={`Resume the schedule of ${schedule.name}`}
      verb="Resume"
      sent={sent}
      onClose={onClose}
      onDone={onDone}
    >
      <p>It goes on with its next occurrence. What was due meanwhile does not run.</p>
    </ActionDialog>
  );
}
