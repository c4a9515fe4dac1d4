import { useState } from "preact/hooks";
import { ActionDialog } from "../../parts/action.jsx";
import { stored } from "./values.js";

/**
 * A dialog that sets a secret or a key-value.
 * @param {{kind: string, name: string, onClose: () => void}} props
 */
export function SetDialog({ kind, name: given, onClose }) {
  const isSecret = kind === "secret";
  const [name, setName] = useState(given);
  const [text, setText] = useState("");
  const value = stored(text);
  const mutation = isSecret ? "set_secret" : "set_key_value";
  const selection = isSecret ? "success" : "id";
  const document = `\nmutation Set($input: ${mutation}_input!) {\n  ${mutation}(input: $input) { ${selection} }\n}`;
  return (
    <ActionDialog
      title={isSecret ? "Set a secret" : "Set a key"}
      verb="Set it"
      sent={{
        document,
        variables: { input: { [isSecret ? "name" : "key"]: name, value } },
        shown: { input: { [isSecret ? "name" : "key"]: name, value: isSecret ? "…" : value } },
      }}
      disabled={!name || !text}
      onClose={onClose}
      onDone={onClose}
    >
      <label class="field">
        {isSecret ? "Name" : "Key"}
        <input
          required
          readOnly={Boolean(given)}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <div class="field">
        <label for="value">Value</label>
        {isSecret ? (
          <input
            id="value"
            type="password"
            autocomplete="off"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        ) : (
          <textarea
            id="value"
            rows={4}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        )}
      </div>
      <p class="faint">It is kept as {typeof value === "string" ? "text" : "JSON"}.</p>
    </ActionDialog>
  );
}
