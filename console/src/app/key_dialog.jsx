import { useState } from "preact/hooks";
import { canBeKey, keepKey, keyWanted } from "../api/key.js";
import { Dialog } from "../parts/dialog.jsx";

/** The question for an API key, while one is wanted. */
export function KeyDialog() {
  const [key, setKey] = useState("");
  const reason = keyWanted.value;
  if (reason === null) return null;
  /** @param {SubmitEvent} event */
  const submit = (event) => {
    event.preventDefault();
    if (canBeKey(key)) keepKey(key);
    else if (key.trim()) keyWanted.value = "A key has only letters without accents, digits and signs.";
    setKey("");
  };
  return (
    <Dialog
      title="API key"
      onClose={() => {
        keyWanted.value = null;
      }}
    >
      <form onSubmit={submit}>
        <p role="alert">{reason}</p>
        <label class="field">
          API key or token
          <input
            type="password"
            name="key"
            autocomplete="off"
            spellcheck={false}
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        </label>
        <p class="faint">It is kept until this tab is closed, and sent to this service alone.</p>
        <footer>
          <button type="submit" class="main">
            Use this key
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
