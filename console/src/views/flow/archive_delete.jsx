import { useState } from "preact/hooks";
import { ApiFailure } from "../../api/failure.js";
import { go, href } from "../../app/route.js";
import { ActionDialog } from "../../parts/action.jsx";
import { Field } from "../../parts/field.jsx";
import { flowChange } from "./flow_mutations.js";

/**
 * The buttons that archive, unarchive and delete a version of a flow.
 * @param {{flow: any, onDone: () => void}} props
 */
export function ArchiveDelete({ flow, onDone }) {
  const [open, setOpen] = useState("");
  const close = () => setOpen("");
  return (
    <div class="buttons">
      <button type="button" onClick={() => setOpen("archive")}>
        {flow.archived ? "Unarchive this version" : "Archive this version"}
      </button>
      <button type="button" class="danger" onClick={() => setOpen("delete")}>
        Delete this version…
      </button>
      {open === "archive" && (
        <ActionDialog
          title={`${flow.archived ? "Unarchive" : "Archive"} version ${flow.version} of ${flow.name}`}
          verb={flow.archived ? "Unarchive" : "Archive"}
          sent={flowChange(flow.archived ? "unarchive_flow" : "archive_flow", flow.id)}
          onClose={close}
          onDone={() => {
            close();
            onDone();
          }}
        >
          <p>
            {flow.archived
              ? "Runs are created of this version again. The version that they are created of now is archived."
              : "No more runs of this version can be created. Those that there are go on; its schedule makes none."}
          </p>
        </ActionDialog>
      )}
      {open === "delete" && <DeleteDialog flow={flow} onClose={close} />}
    </div>
  );
}

/** @param {{flow: any, onClose: () => void}} props */
function DeleteDialog({ flow, onClose }) {
  const [typed, type] = useState("");
  return (
    <ActionDialog
      title={`Delete version ${flow.version} of ${flow.name}`}
      verb="Delete"
      danger
      disabled={typed !== flow.name}
      sent={flowChange("delete_flow", flow.id)}
      again={isMoreLeft}
      explain={(error) => (isMoreLeft(error) ? <p role="status">Runs are being deleted…</p> : null)}
      onClose={onClose}
      onDone={() => go(href("flows"))}
    >
      <p>
        This version and <strong>all its runs</strong>, running ones too, are deleted with their logs. They
        cannot be had again. Other versions stay.
      </p>
      <Field label="Type the flow's name to confirm">
        {(attributes) => (
          <input
            {...attributes}
            autocomplete="off"
            value={typed}
            onInput={(event) => type(event.currentTarget.value)}
          />
        )}
      </Field>
    </ActionDialog>
  );
}

/**
 * Return whether a request deleted as much as one may, and the next one goes on.
 * @param {unknown} error
 */
function isMoreLeft(error) {
  return error instanceof ApiFailure && error.code === "API_ERROR" && error.status === 200;
}
