import { useState } from "preact/hooks";
import { href } from "../../app/route.js";
import { ActionDialog } from "../../parts/action.jsx";
import { Dialog } from "../../parts/dialog.jsx";
import { Field } from "../../parts/field.jsx";
import { newKey } from "../../parts/keys.js";
import { clocksInWords } from "../../parts/schedule_words.js";
import { triggerOf } from "./mutations.js";

/**
 * The question before a run of a schedule is created now, and the way to the run.
 * @param {import("./pause_dialogs.jsx").Props} props
 */
export function TriggerDialog({ schedule, onClose, onDone }) {
  const [key] = useState(newKey);
  const [clock, setClock] = useState(0);
  const [run, setRun] = useState(/** @type {any} */ (null));
  if (run) return <Started run={run} onClose={onClose} />;
  const clocks = clocksInWords(schedule.schedule).map((words, at) => ({ at: String(at), words }));
  return (
    <ActionDialog
      title={`Trigger the schedule of ${schedule.name}`}
      verb="Create the run"
      sent={triggerOf({ groupId: schedule.id, clock, key })}
      onClose={onClose}
      onDone={({ trigger_schedule: made }) => {
        setRun({ id: made.id, name: made.flow_run.name });
        onDone();
      }}
    >
      <p>
        A run begins now, with what the clock gives to its runs. The rules of the schedule do not hold for it.
      </p>
      {clocks.length > 1 && (
        <Field label="Clock">
          {(attributes) => (
            <select
              {...attributes}
              value={String(clock)}
              onChange={(event) => setClock(Number(event.currentTarget.value))}
            >
              {clocks.map(({ at, words }) => (
                <option key={at} value={at}>
                  {at}: {words}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
    </ActionDialog>
  );
}

/**
 * What is said when a run was created, with the way to it.
 * @param {{run: {id: string, name: string}, onClose: () => void}} props
 */
export function Started({ run, onClose }) {
  return (
    <Dialog title="The run is created" onClose={onClose}>
      <p>
        <a href={href(`runs/${run.id}`)}>Watch {run.name}</a>
      </p>
      <button type="button" onClick={onClose}>
        Stay here
      </button>
    </Dialog>
  );
}
