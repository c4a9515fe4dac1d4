import { useState } from "preact/hooks";
import { useQuery } from "../../api/use_query.js";
import { ActionDialog } from "../../parts/action.jsx";
import { Empty, Loaded } from "../../parts/notice.jsx";
import { Table } from "../../parts/table.jsx";
import { columns } from "./key_columns.jsx";
import { NewKeyDialog } from "./new_key_dialog.jsx";
import { RotateDialog } from "./rotate_dialog.jsx";

const KEYS = `
query Keys {
  auth_api_key(order_by: {created: desc}) {
    id name beginning scope projects owner made_by created used expires_at ends_soon successor_id
  }
}`;
const REVOKE = `
mutation Revoke($input: delete_api_key_input!) {
  delete_api_key(input: $input) { success }
}`;

/** The API keys: their names, what they permit, and their lives, never the keys themselves. */
export function Keys() {
  const keys = useQuery(KEYS);
  const [open, setOpen] = useState(/** @type {any} */ (null));
  const close = () => {
    setOpen(null);
    keys.refresh();
  };
  const chosen = open?.key;
  return (
    <>
      <h1>API keys</h1>
      <p class="faint">A key is shown once, when it is made. The service keeps only its digest.</p>
      <button type="button" onClick={() => setOpen({ verb: "make" })}>
        Make a key…
      </button>
      <Loaded query={keys}>
        {({ auth_api_key: rows }) =>
          rows.length === 0 ? (
            <Empty>No key has been made.</Empty>
          ) : (
            <Table label="API keys" rows={rows} columns={columns(setOpen)} />
          )
        }
      </Loaded>
      {open?.verb === "make" && <NewKeyDialog onClose={close} />}
      {open?.verb === "rotate" && <RotateDialog subject={chosen} onClose={close} />}
      {open?.verb === "revoke" && (
        <ActionDialog
          title={`Revoke ${chosen.name}`}
          verb="Revoke it"
          danger
          sent={{
            document: REVOKE,
            variables: { input: { key_id: chosen.id } },
            command: `flow-runs keys delete ${chosen.id}`,
          }}
          onClose={close}
          onDone={close}
        >
          <p>Whoever uses this key is refused from then on.</p>
        </ActionDialog>
      )}
    </>
  );
}
