import { Field } from "../../parts/field.jsx";
import { inUtc, ZONE } from "../../parts/local_time.js";

/**
 * What a run can be given besides parameters: when it begins, its name, labels, key, context and run config.
 * @param {{
 *   flow: any, more: import("./start.js").More, problems: Record<string, string>,
 *   onChange: (more: import("./start.js").More) => void,
 * }} props
 */
export function StartMore({ flow, more, problems, onChange }) {
  const set = (/** @type {keyof import("./start.js").More} */ name) => (/** @type {any} */ event) =>
    onChange({ ...more, [name]: event.currentTarget.value });
  return (
    <>
      <h3>The run</h3>
      <div class="fields">
        <Field
          label={`Start at (${ZONE})`}
          hint={inUtc(more.at) || "Empty: as soon as an agent takes it"}
          problem={problems.at}
        >
          {(attributes) => (
            <input {...attributes} type="datetime-local" step="1" value={more.at} onInput={set("at")} />
          )}
        </Field>
        <Field label="Labels" hint={`With commas between them. Empty: ${labelsOf(flow)}`}>
          {(attributes) => <input {...attributes} value={more.labels} onInput={set("labels")} />}
        </Field>
        <Field label="Name of the run" hint="Empty: one is made up">
          {(attributes) => <input {...attributes} value={more.name} onInput={set("name")} />}
        </Field>
      </div>
      <details>
        <summary>More</summary>
        <div class="fields">
          <Field label="Idempotency key" hint="However often the form is sent with it, it makes one run">
            {(attributes) => (
              <input {...attributes} autocomplete="off" value={more.key} onInput={set("key")} />
            )}
          </Field>
          {
            /** @type {const} */ (["context", "run_config"]).map((name) => (
              <Field
                key={name}
                label={name === "context" ? "Context" : "Run config"}
                hint="A JSON object"
                problem={problems[name]}
              >
                {(attributes) => (
                  <textarea
                    {...attributes}
                    rows={3}
                    spellcheck={false}
                    value={more[name]}
                    onInput={set(name)}
                  />
                )}
              </Field>
            ))
          }
        </div>
      </details>
    </>
  );
}

/** @param {any} flow */
function labelsOf(flow) {
  const group = flow.flow_group;
  const labels = group?.labels ?? group?.run_config?.labels ?? flow.run_config?.labels;
  if (!Array.isArray(labels)) return "those of the flow";
  return labels.length ? `those of the flow (${labels.join(", ").slice(0, 200)})` : "none";
}
