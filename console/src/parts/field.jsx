import { useId } from "preact/hooks";

/**
 * A field of a form with its label, a hint, and what is wrong with its value, all told to screen readers.
 *
 * `children` gets the attributes of the control.
 * @param {{
 *   label: string, required?: boolean, hint?: import("preact").ComponentChildren, problem?: string | null,
 *   children: (attributes: Record<string, any>) => import("preact").ComponentChildren,
 * }} props
 */
export function Field({ label, required, hint, problem, children }) {
  const id = useId();
  const described = [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id}>
        {label}
        {required && <span class="needed"> (required)</span>}
      </label>
      {children({
        id,
        "aria-describedby": described || undefined,
        "aria-invalid": problem ? "true" : undefined,
      })}
      {problem && (
        <span id={`${id}-problem`} class="problem">
          {problem}
        </span>
      )}
      {hint && (
        <span id={`${id}-hint`} class="hint">
          {hint}
        </span>
      )}
    </div>
  );
}
