import { useState } from "preact/hooks";
import { ActionDialog } from "../../parts/action.jsx";
import { word } from "../../parts/shell.js";
import { ShownOnce } from "./shown_once.jsx";

const MAKE = `
mutation MakeKey($input: create_api_key_input!) {
  create_api_key(input: $input) { id key }
}`;
const DAY = 86_400_000;
const SCOPES = [
  ["runner", "What agents and their runs need"],
  ["read", "Reading, but no values of secrets"],
  ["user", "Everything but keys and tenants"],
  ["admin", "Everything"],
];
const LIVES = [
  ["30", "30 days"],
  ["90", "90 days"],
  ["365", "A year"],
  ["", "Never"],
];

/**
 * A dialog that makes an API key and shows it once.
 * @param {{onClose: () => void}} props
 */
export function NewKeyDialog({ onClose }) {
  const [name, setName] = useState("");
  const [scope, setScope] = useState("runner");
  const [days, setDays] = useState("90");
  const [made, setMade] = useState("");
  if (made) return <ShownOnce text={made} onClose={onClose} />;
  const expires_at = days
    ? new Date(Math.ceil(Date.now() / DAY) * DAY + Number(days) * DAY).toISOString()
    : null;
  const command = `flow-runs keys create ${word(name)} --scope ${scope}${days && ` --expires ${days}d`}`;
  return (
    <ActionDialog
      title="Make an API key"
      verb="Make it"
      sent={{ document: MAKE, variables: { input: { name, scope, expires_at } }, command }}
      disabled={!name.trim()}
      onClose={onClose}
      onDone={(data) => setMade(data.create_api_key.key)}
    >
      <label class="field">
        Name, such as who will use it
        <input required value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <label class="field">
        It permits
        <select value={scope} onChange={(event) => setScope(event.currentTarget.value)}>
          {SCOPES.map(([value, title]) => (
            <option key={value} value={value}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        It ends after
        <select value={days} onChange={(event) => setDays(event.currentTarget.value)}>
          {LIVES.map(([value, title]) => (
            <option key={value} value={value}>
              {title}
            </option>
          ))}
        </select>
      </label>
    </ActionDialog>
  );
}
