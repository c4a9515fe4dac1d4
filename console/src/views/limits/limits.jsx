import { useState } from "preact/hooks";
import { useQuery } from "../../api/use_query.js";
import { Empty, Loaded } from "../../parts/notice.jsx";
import { Table } from "../../parts/table.jsx";
import { LimitDialog, RemoveDialog } from "./limit_dialogs.jsx";

const LIMITS = `
query Limits {
  labels: flow_concurrency_limit(order_by: {name: asc}) { id name limit used }
  tags: task_tag_limit(order_by: {tag: asc}) { id name: tag limit used }
}`;

/** What a kind of limit is about: its word, and the words of its mutations. */
const KINDS = /** @type {const} */ ({
  labels: { noun: "label", title: "Flow runs by label", set: "flow_concurrency_limit", named: "name" },
  tags: { noun: "tag", title: "Task runs by tag", set: "task_tag_limit", named: "tag" },
});

/** The concurrency limits, and how much of each is used. */
export function Limits() {
  const limits = useQuery(LIMITS, {}, { shortest: 5000 });
  const [open, setOpen] = useState(/** @type {any} */ (null));
  const close = () => {
    setOpen(null);
    limits.refresh();
  };
  return (
    <>
      <h1>Concurrency limits</h1>
      <Loaded query={limits}>
        {(data) =>
          Object.entries(KINDS).map(([name, kind]) => (
            <section key={name}>
              <h2>{kind.title}</h2>
              {data[name].length === 0 && (
                <Empty>There is no limit: as many run at once as agents take.</Empty>
              )}
              {data[name].length > 0 && (
                <Table label={kind.title} rows={data[name]} columns={columns(kind, setOpen)} />
              )}
              <button type="button" onClick={() => setOpen({ kind, limit: null })}>
                Limit a {kind.noun}…
              </button>
            </section>
          ))
        }
      </Loaded>
      {open &&
        (open.remove ? (
          <RemoveDialog {...open} onClose={close} />
        ) : (
          <LimitDialog {...open} onClose={close} />
        ))}
    </>
  );
}

/**
 * @param {typeof KINDS[keyof typeof KINDS]} kind
 * @param {(open: any) => void} setOpen
 * @returns {import("../../parts/table.jsx").Column<any>[]}
 */
function columns(kind, setOpen) {
  return [
    { title: kind.noun === "tag" ? "Tag" : "Label", cell: (limit) => limit.name },
    {
      title: "Used of limit",
      cell: (limit) => (
        <>
          <meter
            aria-label={`Used of ${limit.name}`}
            min="0"
            max={Math.max(limit.limit, 1)}
            value={limit.used}
          />{" "}
          <span class="number">
            {limit.used} of {limit.limit}
          </span>
        </>
      ),
    },
    {
      title: "Actions",
      cell: (limit) => (
        <span class="row tight">
          <button
            type="button"
            class="small"
            aria-label={`Change ${limit.name}`}
            onClick={() => setOpen({ kind, limit })}
          >
            Change…
          </button>
          <button
            type="button"
            class="small"
            aria-label={`Remove ${limit.name}`}
            onClick={() => setOpen({ kind, limit, remove: true })}
          >
            Remove…
          </button>
        </span>
      ),
    },
  ];
}
