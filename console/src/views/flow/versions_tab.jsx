import { href } from "../../app/route.js";
import { Table } from "../../parts/table.jsx";
import { Time } from "../../parts/time.jsx";

/**
 * The newest versions of a flow, with the ways to them.
 * @param {{flow: any}} props
 */
export function VersionsTab({ flow }) {
  const columns = [
    {
      title: "Version",
      cell: (/** @type {any} */ one) =>
        one.id === flow.id ? (
          <strong>{one.version}, shown here</strong>
        ) : (
          <a href={href(`flows/${one.id}`)}>{one.version}</a>
        ),
    },
    {
      title: "State",
      cell: (/** @type {any} */ one) =>
        one.archived ? (
          <span class="state ended">Archived</span>
        ) : (
          <span class="state good">Runs are created of it</span>
        ),
    },
    { title: "Registered", cell: (/** @type {any} */ one) => <Time at={one.created} /> },
    { title: "Prefect Core", minor: true, cell: (/** @type {any} */ one) => one.core_version },
  ];
  return (
    <>
      <h2>Versions</h2>
      <Table label="Versions" columns={columns} rows={flow.flow_group.flows} />
      <p class="faint">The newest 50. “Unarchive” in the settings of a version makes runs of it again.</p>
    </>
  );
}
