import { useState } from "preact/hooks";
import { useQuery } from "../../api/use_query.js";
import { ActionDialog } from "../../parts/action.jsx";
import { Empty, Loaded } from "../../parts/notice.jsx";
import { Table } from "../../parts/table.jsx";
import { Time } from "../../parts/time.jsx";
import { SetDialog } from "./set_dialog.jsx";

const NAMES = `
query Names {
  secret { name }
  key_value(order_by: {key: asc}) { id key updated }
}`;

/** The names of secrets and of key-values. Their values are never read here. */
export function Stored() {
  const names = useQuery(NAMES);
  const [open, setOpen] = useState(/** @type {any} */ (null));
  const close = () => {
    setOpen(null);
    names.refresh();
  };
  return (
    <>
      <h1>Secrets and key-values</h1>
      <Loaded query={names}>
        {({ secret: secrets, key_value: values }) => (
          <>
            <h2>Secrets</h2>
            <p class="faint">
              Flows read them by name. Their values are stored encrypted and never shown here.
            </p>
            {secrets.length === 0 ? (
              <Empty>No secret is set.</Empty>
            ) : (
              <Table
                label="Secrets"
                keyOf={(secret) => secret.name}
                rows={secrets}
                columns={[
                  { title: "Name", cell: (secret) => secret.name },
                  {
                    title: "Actions",
                    cell: (secret) => <Actions kind="secret" name={secret.name} open={setOpen} />,
                  },
                ]}
              />
            )}
            <button type="button" onClick={() => setOpen({ kind: "secret" })}>
              Set a secret…
            </button>
            <h2>Key-values</h2>
            <p class="faint">Small values that flows share. They are not secret.</p>
            {values.length === 0 ? (
              <Empty>No key has a value.</Empty>
            ) : (
              <Table
                label="Key-values"
                rows={values}
                columns={[
                  { title: "Key", cell: (value) => value.key },
                  { title: "Changed", cell: (value) => <Time at={value.updated} /> },
                  {
                    title: "Actions",
                    cell: (value) => <Actions kind="key" name={value.key} id={value.id} open={setOpen} />,
                  },
                ]}
              />
            )}
            <button type="button" onClick={() => setOpen({ kind: "key" })}>
              Set a key…
            </button>
          </>
        )}
      </Loaded>
      {open && !open.remove && <SetDialog kind={open.kind} name={open.name ?? ""} onClose={close} />}
      {open?.remove && <RemoveDialog {...open} onClose={close} />}
    </>
  );
}

/** @param {{kind: string, name: string, id?: string, open: (what: any) => void}} props */
function Actions({ kind, name, id, open }) {
  return (
    <span class="row tight">
      <button type="button" class="small" aria-label={`Replace ${name}`} onClick={() => open({ kind, name })}>
        Replace…
      </button>
      <button
        type="button"
        class="small"
        aria-label={`Remove ${name}`}
        onClick={() => open({ kind, name, id, remove: true })}
      >
        Remove…
      </button>
    </span>
  );
}

/** @param {{kind: string, name: string, id?: string, onClose: () => void}} props */
function RemoveDialog({ kind, name, id, onClose }) {
  const [mutation, input] =
    kind === "secret" ? ["delete_secret", { name }] : ["delete_key_value", { key_value_id: id }];
  return (
    <ActionDialog
      title={`Remove ${name}`}
      verb="Remove it"
      danger
      sent={{
        document: `\nmutation Remove($input: ${mutation}_input!) {\n  ${mutation}(input: $input) { success }\n}`,
        variables: { input },
      }}
      onClose={onClose}
      onDone={onClose}
    >
      <p>Flows that read it fail from then on.</p>
    </ActionDialog>
  );
}
