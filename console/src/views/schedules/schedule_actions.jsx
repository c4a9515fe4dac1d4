import { useState } from "preact/hooks";
import { BackfillDialog } from "./backfill_dialog.jsx";
import { PauseDialog, ResumeDialog } from "./pause_dialogs.jsx";
import { RulesDialog } from "./rules_dialog.jsx";
import { TriggerDialog } from "./trigger_dialog.jsx";

const DIALOGS = {
  Pause: PauseDialog,
  Resume: ResumeDialog,
  Trigger: TriggerDialog,
  Backfill: BackfillDialog,
  Rules: RulesDialog,
};

/**
 * The buttons for what can be done with a schedule, with their dialogs.
 * @param {{schedule: {id: string, name: string, schedule: any, rules: any, pause: any}, onDone: () => void}} props
 */
export function ScheduleActions({ schedule, onDone }) {
  const [open, setOpen] = useState(/** @type {keyof typeof DIALOGS | null} */ (null));
  const Shown = open && DIALOGS[open];
  const close = () => setOpen(null);
  const names = /** @type {(keyof typeof DIALOGS)[]} */ ([
    ...(schedule.pause ? ["Resume", "Pause"] : ["Pause"]),
    "Trigger",
    "Backfill",
    "Rules",
  ]);
  return (
    <span class="buttons">
      {names.map((name) => (
        <button
          key={place(name, schedule)}
          type="button"
          class="small"
          aria-label={`${label(name, schedule)}: ${schedule.name}`}
          onClick={() => setOpen(name)}
        >
          {label(name, schedule)}
        </button>
      ))}
      {Shown && (
        <Shown
          schedule={schedule}
          onClose={close}
          onDone={() => {
            if (open !== "Trigger") close();
            onDone();
          }}
        />
      )}
    </span>
  );
}

/**
 * Return the key of a button. Pause becomes Resume and the reverse, so that the focus stays on it.
 * @param {string} name
 * @param {{pause: any}} schedule
 */
function place(name, { pause }) {
  return name === "Resume" || (name === "Pause" && !pause) ? "pause or resume" : name;
}

/**
 * @param {string} name
 * @param {{pause: any}} schedule
 */
function label(name, { pause }) {
  return name === "Pause" && pause ? "Change the pause" : name;
}
