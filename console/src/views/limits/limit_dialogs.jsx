import { useState } from "preact/hooks";
import { ActionDialog } from "../../parts/action.jsx";

/**
 * A dialog that sets a limit, or changes one.
 * @param {{kind: {noun: string, set: string, named: string}, limit: any, onClose: () => void}} props
 */
export function LimitDialog({ kind, limit, onClose }) {
  const [name, setName] = useState(limit?.name ?? "");
  const [most, setMost] = useState(String(limit?.limit ?? 1));
  const isNumber = /^\d{1,9}$/.test(most.trim());
  const input = { [kind.named]: name, limit: isNumber ? Number(most) : 0 };
  return (
    <ActionDialog
      title={limit ? `Change the limit of ${limit.name}` : `Limit a ${kind.noun}`}
      verb="Set the limit"
      sent={{
        document: `
mutation SetLimit($input: update_${kind.set}_input!) {
  update_${kind.set}(input: $input) { id }
}`,
        variables: { input },
      }}
      disabled={!name || !isNumber}
      onClose={onClose}
      onDone={onClose}
    >
      <label class="field">
        {kind.noun === "tag" ? "Tag" : "Label"}
        <input
          required
          readOnly={Boolean(limit)}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <label class="field">
        How many may run at once
        <input
          type="number"
          min="0"
          required
          value={most}
          onInput={(event) => setMost(event.currentTarget.value)}
        />
      </label>
      {most.trim() === "0" && <p>With 0 none begins until the limit is raised.</p>}
    </ActionDialog>
  );
}

/**
 * A dialog that removes a limit.
 * @param {{kind: {noun: string, set: string}, limit: any, onClose: () => void}} props
 */
export function RemoveDialog({ kind, limit, onClose }) {
  return (
    <ActionDialog
      title={`Remove the limit of ${limit.name}`}
      verb="Remove it"
      danger
      sent={{
        document: `
mutation RemoveLimit($input: delete_${kind.set}_input!) {
  delete_${kind.set}(input: $input) { success }
}`,
        variables: { input: { limit_id: limit.id } },
      }}
      onClose={onClose}
      onDone={onClose}
    >
      <p>As many as agents take may then run at once.</p>
    </ActionDialog>
  );
}
