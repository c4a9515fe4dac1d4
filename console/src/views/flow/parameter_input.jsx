import { Field } from "../../parts/field.jsx";
import { firstText, hintOf } from "./parameters.js";

const KINDS = {
  text: "Text",
  number: "Number",
  boolean: "True or false",
  json: "JSON",
  time: "Time",
  any: "JSON, or else text",
};

/**
 * The field of a parameter, by the type of its default.
 * @param {{
 *   field: import("./parameters.js").ParameterField, text: string, problem: string | null,
 *   onInput: (text: string) => void,
 * }} props
 */
export function ParameterInput({ field, text, problem, onInput }) {
  const { name, kind, required } = field;
  // By the default, because a field that changes its kind while somebody types would lose the focus.
  const isLong = /\n|^.{60}/.test(firstText(field));
  return (
    <Field label={name} required={required} problem={problem} hint={`${KINDS[kind]}. ${hintOf(field, text)}`}>
      {(attributes) => {
        const given = { ...attributes, "aria-required": required, value: text };
        if (kind === "boolean")
          return (
            <select {...given} onChange={(event) => onInput(event.currentTarget.value)}>
              <option>true</option>
              <option>false</option>
            </select>
          );
        if (kind === "json" || isLong)
          return (
            <textarea
              {...given}
              rows={Math.min(12, Math.max(3, text.split("\n").length))}
              spellcheck={false}
              onInput={(event) => onInput(event.currentTarget.value)}
            />
          );
        return (
          <input
            {...given}
            inputMode={kind === "number" ? "decimal" : undefined}
            placeholder={kind === "time" ? "2026-01-31T08:00:00Z" : undefined}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => onInput(event.currentTarget.value)}
          />
        );
      }}
    </Field>
  );
}
