import { Code } from "../../parts/copy.jsx";
import { Empty } from "../../parts/notice.jsx";
import { Table } from "../../parts/table.jsx";
import { ArchiveDelete } from "./archive_delete.jsx";
import { fieldsOf } from "./parameters.js";
import { Switches } from "./switches.jsx";

const COLUMNS = [
  { title: "Name", cell: (/** @type {any} */ field) => <code>{field.name}</code> },
  { title: "Required", cell: (/** @type {any} */ field) => (field.required ? "Yes" : "") },
  {
    title: "Default",
    cell: (/** @type {any} */ { required, value }) =>
      !required && <code class="clipped">{JSON.stringify(value).slice(0, 1000)}</code>,
  },
];

/**
 * What a flow's runs begin with, the switches of the flow, and what archives and deletes it.
 * @param {{flow: any, refresh: () => void}} props
 */
export function SettingsTab({ flow, refresh }) {
  const group = flow.flow_group ?? {};
  const fields = fieldsOf(flow.parameters, group.default_parameters);
  return (
    <>
      <h2>Parameters</h2>
      {fields.length === 0 ? (
        <Empty>It has no parameters.</Empty>
      ) : (
        <Table label="Parameters" columns={COLUMNS} rows={fields} keyOf={({ name }) => name} />
      )}
      <h2>Switches</h2>
      <Switches flow={flow} onDone={refresh} />
      <h2>Run config</h2>
      {group.labels && (
        <p>Labels of the flow group, which replace those below: {group.labels.join(", ") || "none"}</p>
      )}
      <Json title="Of the flow group, which replaces that of the flow" value={group.run_config} />
      <Json title="Of the flow" value={flow.run_config} />
      <Json title="Environment" value={flow.environment} />
      <Json title="Storage" value={flow.storage} />
      {!flow.run_config && !group.run_config && !flow.environment && !flow.storage && (
        <Empty>There is none.</Empty>
      )}
      <h2>This version</h2>
      <ArchiveDelete flow={flow} onDone={refresh} />
    </>
  );
}

/** @param {{title: string, value: any}} props */
function Json({ title, value }) {
  if (!value) return null;
  return (
    <>
      <h3>{title}</h3>
      <Code label={title} text={JSON.stringify(value, null, 2)} />
    </>
  );
}
