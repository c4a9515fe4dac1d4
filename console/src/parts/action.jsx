import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "../api/ask.js";
import { ApiFailure } from "../api/failure.js";
import { Code } from "./copy.jsx";
import { Dialog } from "./dialog.jsx";
import { Failure } from "./notice.jsx";

/**
 * What an action sends: a mutation with its variables, and the command that does the same. `shown` is in the
 * place of the variables where they are secret.
 * @typedef {{
 *   document: string, variables: Record<string, unknown>, shown?: Record<string, unknown>, command?: string,
 * }} Sent
 */

/**
 * A dialog that asks before an action, sends it once, and tells what came of it.
 *
 * `onDone` gets the data. `explain` may turn a failure into a sentence of its own. `check` is asked before
 * anything is sent; false sends nothing. While `again` is true for a failure and the dialog is open, the
 * same is sent once more, because some changes take several requests.
 * @param {{
 *   title: string, verb: string, danger?: boolean, wide?: boolean, sent: Sent, disabled?: boolean,
 *   onClose: () => void, onDone: (data: any) => void, check?: () => boolean, again?: (error: unknown) => boolean,
 *   explain?: (error: unknown) => import("preact").ComponentChildren,
 *   children?: import("preact").ComponentChildren,
 * }} props
 */
export function ActionDialog({ title, verb, danger, wide, sent, disabled, onClose, onDone, ...props }) {
  const { check, again, explain, children } = props;
  const isOpen = useRef(true);
  useEffect(
    () => () => {
      isOpen.current = false;
    },
    [],
  );
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {unknown} */ (null));
  /** @param {import("preact").TargetedEvent<HTMLFormElement>} event */
  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    if (check?.() === false) {
      focusTheFirstProblem(event.currentTarget);
      return;
    }
    setBusy(true);
    setError(null);
    for (let goesOn = true; goesOn; ) {
      goesOn = false;
      try {
        onDone(succeeded(await ask(sent.document, sent.variables)));
      } catch (failure) {
        setError(failure);
        goesOn = isOpen.current && again?.(failure) === true;
      }
    }
    setBusy(false);
  };
  return (
    <Dialog title={title} onClose={onClose} wide={wide}>
      <form onSubmit={submit} noValidate={check !== undefined}>
        {children}
        {error ? (explain?.(error) ?? <Failure error={error} />) : null}
        <footer>
          <button type="submit" class={danger ? "danger" : "main"} disabled={busy || disabled}>
            {busy ? "Sending…" : verb}
          </button>
          <button type="button" onClick={onClose}>
            Close
          </button>
        </footer>
      </form>
      <AsCode sent={sent} />
    </Dialog>
  );
}

/**
 * Let the keyboard be in the first field with a wrong value, as soon as it is marked.
 * @param {HTMLFormElement} form
 */
function focusTheFirstProblem(form) {
  const focus = () => {
    const wrong = /** @type {HTMLElement | null} */ (form.querySelector("[aria-invalid]"));
    const folded = wrong?.closest("details");
    if (folded) folded.open = true;
    wrong?.focus();
  };
  requestAnimationFrame(() => setTimeout(focus));
}

/**
 * Return the data of a mutation. Throws ApiFailure if its payload says that it did not succeed.
 * @param {any} data
 */
function succeeded(data) {
  const refused = Object.values(data).find((payload) => payload?.success === false);
  if (refused) throw new ApiFailure("REFUSED", refused.error ?? "It does not exist any more.");
  return data;
}

/**
 * The request and the command of an action, to copy.
 * @param {{sent: Sent}} props
 */
export function AsCode({ sent }) {
  const { document, variables, shown = variables, command } = sent;
  return (
    <details>
      <summary>As GraphQL{command ? " and command" : ""}</summary>
      <Code label="GraphQL" text={`${document.trim()}\n\n# variables\n${JSON.stringify(shown, null, 2)}`} />
      {command && <Code label="Command" text={command} />}
    </details>
  );
}
