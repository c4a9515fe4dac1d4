import { useState } from "preact/hooks";
import { ActionDialog } from "../../parts/action.jsx";
import { scheduleSwitch } from "../schedules/mutations.js";

/**
 * The button that switches the schedule of a flow on or off.
 * @param {{flow: any, onDone: () => void}} props
 */
export function ScheduleSwitch({ flow, onDone }) {
  const [isOpen, setOpen] = useState(false);
  const on = !flow.is_schedule_active;
  const verb = on ? "Switch on" : "Switch off";
  return (
    <>
      <button type="button" class="small" onClick={() => setOpen(true)}>
        {verb}
      </button>
      {isOpen && (
        <ActionDialog
          title={`${verb} the schedule of ${flow.name}`}
          verb={verb}
          sent={scheduleSwitch({ flowId: flow.id, groupId: flow.flow_group_id, on })}
          onClose={() => setOpen(false)}
          onDone={() => {
            setOpen(false);
            onDone();
          }}
        >
          <p>
            {on
              ? "Its next runs are made at once, and then by themselves."
              : "Its runs that nobody has touched go. Those that have begun go on."}
          </p>
        </ActionDialog>
      )}
    </>
  );
}
