import { useState } from "preact/hooks";
import { ActionDialog } from "../../parts/action.jsx";
import { Field } from "../../parts/field.jsx";
import { RULES } from "./rule_list.js";
import { readRules, rulesChange, textsOf } from "./rules.js";

/**
 * What a schedule is told besides its times: what happens when runs overlap, come late, are missed or fail, and
 * when it does not run.
 * @param {{schedule: {id: string, name: string, rules: any}, onClose: () => void, onDone: () => void}} props
 */
export function RulesDialog({ schedule, onClose, onDone }) {
  const [before] = useState(() => textsOf(schedule.rules));
  const [texts, give] = useState(before);
  const [isTried, tryIt] = useState(false);
  const { changes, problems } = readRules(before, texts);
  const isSame = Object.keys({ ...changes, ...problems }).length === 0;
  return (
    <ActionDialog
      title={`Rules of the schedule of ${schedule.name}`}
      verb="Set the rules"
      wide
      sent={rulesChange(schedule.id, changes)}
      disabled={isSame}
      check={() => {
        tryIt(true);
        return Object.keys(problems).length === 0;
      }}
      onClose={onClose}
      onDone={onDone}
    >
      <p>
        They hold for runs that are due from now on. Those that are made ahead and that nobody has touched are
        made anew.
      </p>
      <div class="fields">
        {RULES.map((rule) => (
          <RuleField
            key={rule.name}
            rule={rule}
            text={texts[rule.name] ?? ""}
            problem={isTried ? problems[rule.name] : undefined}
            onChange={(text) => give({ ...texts, [rule.name]: text })}
          />
        ))}
      </div>
    </ActionDialog>
  );
}

/**
 * @param {{
 *   rule: import("./rule_list.js").Rule, text: string, problem?: string, onChange: (text: string) => void,
 * }} props
 */
function RuleField({ rule: { kind, label, hint, choices }, text, problem, onChange }) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(attributes) =>
        kind === "choice" ? (
          <select {...attributes} value={text} onChange={(event) => onChange(event.currentTarget.value)}>
            {choices?.map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        ) : (
          <input
            {...attributes}
            inputMode={kind === "number" ? "numeric" : "text"}
            autocomplete="off"
            value={text}
            onInput={(event) => onChange(event.currentTarget.value)}
          />
        )
      }
    </Field>
  );
}
