import { useState } from "preact/hooks";
import { useQuery } from "../../api/use_query.js";
import { ActionDialog } from "../../parts/action.jsx";
import { now } from "../../parts/clock.js";
import { Empty, Loaded } from "../../parts/notice.jsx";
import { Table } from "../../parts/table.jsx";
import { Time } from "../../parts/time.jsx";
import { millis } from "../../parts/times.js";
import { NewKeyDialog } from "./new_key_dialog.jsx";

const KEYS = `
query Keys {
  auth_api_key(order_by: {created: desc}) { id name created expires_at }
}`;
const REVOKE = `
mutation Revoke($input: delete_api_key_input!) {
  delete_api_key(input: $input) { success }
}`;

/** The API keys: their names and lives, never the keys themselves. */
export function Keys() {
  const keys = useQuery(KEYS);
  const [open, setOpen] = useState(/** @type {any} */ (null));
  const close = () => {
    setOpen(null);
    keys.refresh();
  };
  return (
    <>
      <h1>API keys</h1>
      <p class="faint">A key is shown once, when it is made. The service keeps only its digest.</p>
      <button type="button" onClick={() => setOpen("new")}>
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
      {open === "new" && <NewKeyDialog onClose={close} />}
      {open?.id && (
        <ActionDialog
          title={`Revoke ${open.name}`}
          verb="Revoke it"
          danger
          sent={{ document: REVOKE, variables: { input: { key_id: open.id } } }}
          onClose={close}
          onDone={close}
        >
          <p>Whoever uses this key is refused from then on.</p>
        </ActionDialog>
      )}
    </>
  );
}

/**
 * @param {(key: any) => void} choose
 * @returns {import("../../parts/table.jsx").Column<any>[]}
 */
function columns(choose) {
  return [
    { title: "Name", cell: (key) => key.name },
    { title: "Made", cell: (key) => <Time at={key.created} /> },
    {
      title: "Ends",
      cell: (key) =>
        key.expires_at ? (
          <>
            {millis(key.expires_at) < now.value && <span class="state ended">ended</span>}{" "}
            <Time at={key.expires_at} />
          </>
        ) : (
          <span class="faint">never</span>
        ),
    },
    {
      title: "Action",
      cell: (key) => (
        <button type="button" class="small" aria-label={`Revoke ${key.name}`} onClick={() => choose(key)}>
          Revoke…
        </button>
      ),
    },
  ];
}
