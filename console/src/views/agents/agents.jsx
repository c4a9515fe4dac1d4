import { useState } from "preact/hooks";
import { useQuery } from "../../api/use_query.js";
import { ActionDialog } from "../../parts/action.jsx";
import { now } from "../../parts/clock.js";
import { Empty, Loaded } from "../../parts/notice.jsx";
import { Table } from "../../parts/table.jsx";
import { Time } from "../../parts/time.jsx";
import { millis } from "../../parts/times.js";

const AGENTS = `
query Agents {
  agent(order_by: {last_queried: desc}) {
    id name type labels core_version created last_queried agent_config { id name }
  }
}`;
const FORGET = `
mutation Forget($input: delete_agent_input!) {
  delete_agent(input: $input) { success }
}`;
// An agent asks for runs at least every ten seconds or so, and so counts as gone after a few rounds.
const SILENT = 60_000;

/** The agents that have asked for runs, and when they did last. */
export function Agents() {
  const agents = useQuery(AGENTS, {}, { shortest: 5000 });
  const [chosen, choose] = useState(/** @type {any} */ (null));
  return (
    <>
      <h1>Agents</h1>
      <p class="faint">
        An agent takes the runs whose labels it has all of. One that is silent for a minute is gone.
      </p>
      <Loaded query={agents}>
        {({ agent: rows }) =>
          rows.length === 0 ? (
            <Empty>No agent has asked for runs yet: prefect agent local start</Empty>
          ) : (
            <Table label="Agents" rows={rows} columns={columns(choose)} />
          )
        }
      </Loaded>
      {chosen && (
        <ActionDialog
          title="Forget an agent"
          verb="Forget it"
          danger
          sent={{ document: FORGET, variables: { input: { agent_id: chosen.id } } }}
          onClose={() => choose(null)}
          onDone={() => {
            choose(null);
            agents.refresh();
          }}
        >
          <p>{chosen.name} is taken from this list. An agent that goes on asking for runs still gets them.</p>
        </ActionDialog>
      )}
    </>
  );
}

/**
 * @param {(agent: any) => void} choose
 * @returns {import("../../parts/table.jsx").Column<any>[]}
 */
function columns(choose) {
  return [
    { title: "Name", cell: (agent) => agent.name ?? "–" },
    { title: "Kind", cell: (agent) => agent.type },
    { title: "Labels", cell: (agent) => agent.labels.join(", ") || <span class="faint">none</span> },
    {
      title: "Seen",
      cell: (agent) => (
        <>
          <Presence at={agent.last_queried} /> <Time at={agent.last_queried} />
        </>
      ),
    },
    { title: "Prefect Core", minor: true, cell: (agent) => agent.core_version },
    { title: "Configuration", minor: true, cell: (agent) => agent.agent_config?.name },
    {
      title: "Action",
      cell: (agent) => (
        <button type="button" class="small" aria-label={`Forget ${agent.name}`} onClick={() => choose(agent)}>
          Forget…
        </button>
      ),
    },
  ];
}

/** @param {{at: string | null}} props */
function Presence({ at }) {
  const isThere = now.value - millis(at) < SILENT;
  return <span class={`state ${isThere ? "good" : "ended"}`}>{isThere ? "there" : "gone"}</span>;
}
