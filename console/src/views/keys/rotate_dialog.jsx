import { useState } from "preact/hooks";
import { ActionDialog } from "../../parts/action.jsx";
import { newKey } from "../../parts/keys.js";
import { Time } from "../../parts/time.jsx";
import { ShownOnce } from "./shown_once.jsx";

const ROTATE = `
mutation Rotate($input: rotate_api_key_input!) {
  rotate_api_key(input: $input) { id key former_expires_at }
}`;
const OVERLAPS = [
  ["0", "0", "Not at all"],
  ["3600", "1h", "For an hour"],
  ["86400", "1d", "For a day"],
  ["604800", "7d", "For a week"],
];

/**
 * A dialog that gives a key a successor, and shows that once.
 * @param {{subject: any, onClose: () => void}} props
 */
export function RotateDialog({ subject, onClose }) {
  const [overlap, setOverlap] = useState("86400");
  const [idempotency_key] = useState(newKey);
  const [made, setMade] = useState(/** @type {any} */ (null));
  if (made) {
    return (
      <ShownOnce text={made.key} onClose={onClose}>
        <p>
          The former key ends <Time at={made.former_expires_at} />.
        </p>
      </ShownOnce>
    );
  }
  const span = OVERLAPS.find(([seconds]) => seconds === overlap)?.[1];
  const input = { key_id: subject.id, overlap: Number(overlap), idempotency_key };
  return (
    <ActionDialog
      title={`Rotate ${subject.name}`}
      verb="Rotate it"
      sent={{
        document: ROTATE,
        variables: { input },
        command: `flow-runs keys rotate ${subject.id} --overlap ${span}`,
      }}
      onClose={onClose}
      onDone={(data) => setMade(data.rotate_api_key)}
    >
      <p>A new key with the same scope and projects takes its place.</p>
      <label class="field">
        This key stays valid
        <select value={overlap} onChange={(event) => setOverlap(event.currentTarget.value)}>
          {OVERLAPS.map(([seconds, , title]) => (
            <option key={seconds} value={seconds}>
              {title}
            </option>
          ))}
        </select>
      </label>
    </ActionDialog>
  );
}
