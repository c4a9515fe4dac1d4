import { useState } from "preact/hooks";
import { ActionDialog } from "../../parts/action.jsx";
import { instantOf } from "../../parts/local_time.js";
import { Time } from "../../parts/time.jsx";
import { BackfillFields } from "./backfill_fields.jsx";
import { backfillOf } from "./mutations.js";

/**
 * The question before runs are made for the past of a schedule: first how many, and what they cost.
 * @param {import("./pause_dialogs.jsx").Props} props
 */
export function BackfillDialog({ schedule, onClose, onDone }) {
  const [given, give] = useState({ first: "", last: "", atOnce: "1", newest: false, repeat: "missing" });
  const [counted, setCounted] = useState(/** @type {any} */ (null));
  const [problems, setProblems] = useState(/** @type {Record<string, string>} */ ({}));
  const values = {
    groupId: schedule.id,
    first: instantOf(given.first),
    last: instantOf(given.last),
    atOnce: Number(given.atOnce),
    newest: given.newest,
    repeat: given.repeat,
  };
  const check = () => {
    const found = problemsOf(values);
    setProblems(found);
    return Object.keys(found).length === 0;
  };
  return (
    <ActionDialog
      title={`Runs for the past of ${schedule.name}`}
      verb={counted ? `Make ${counted.count} runs` : "Count the runs"}
      sent={backfillOf(values, counted === null)}
      disabled={counted?.count === 0}
      check={check}
      onClose={onClose}
      onDone={({ create_backfill: made }) => (counted ? onDone() : setCounted(made))}
    >
      <BackfillFields
        given={given}
        problems={problems}
        onChange={(changes) => {
          give({ ...given, ...changes });
          setCounted(null);
        }}
      />
      <div aria-live="polite">{counted && <Counted counted={counted} />}</div>
    </ActionDialog>
  );
}

/** @param {{counted: any}} props */
function Counted({ counted }) {
  if (counted.count === 0) return <p class="notice">No occurrence in this range needs a run.</p>;
  return (
    <p class="notice">
      {counted.count} {counted.count === 1 ? "run" : "runs"}, from <Time at={counted.first_time} absolute />{" "}
      to <Time at={counted.last_time} absolute />. They cost about {counted.write_units} write units.
    </p>
  );
}

/** @param {{first: string | null, last: string | null, atOnce: number}} values */
function problemsOf({ first, last, atOnce }) {
  /** @type {Record<string, string>} */
  const problems = {};
  if (!first) problems.first = "A time is needed.";
  if (!last) problems.last = "A time is needed.";
  else if (first && last < first) problems.last = "The end is before the beginning.";
  else if (Date.parse(last) > Date.now()) problems.last = "This is in the future.";
  if (!Number.isInteger(atOnce) || atOnce < 1 || atOnce > 100) problems.atOnce = "A number from 1 to 100.";
  return problems;
}
