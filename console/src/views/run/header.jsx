import { href } from "../../app/route.js";
import { Copy } from "../../parts/copy.jsx";
import { Facts } from "../../parts/facts.jsx";
import { State } from "../../parts/state.jsx";
import { isOver } from "../../parts/states.js";
import { Duration, Time } from "../../parts/time.jsx";

/**
 * What a run is and how it stands.
 * @param {{run: any}} props
 */
export function Header({ run }) {
  const { of: flow, agent } = run;
  const over = isOver(run.state);
  const goesOn = run.state_start_time !== run.scheduled_start_time && run.state_start_time;
  const facts = {
    Flow: flow ? <FlowLink flow={flow} /> : "It was deleted",
    Project: flow?.project && <bdi>{flow.project.name}</bdi>,
    Due: <Time at={run.scheduled_start_time} />,
    "Goes on": goesOn && <Time at={goesOn} />,
    Began: <Time at={run.start_time} />,
    Ended: <Time at={over ? run.end_time : null} />,
    Took: <Duration start={run.start_time} end={over ? run.end_time : null} />,
    Agent: agent && <Agent agent={agent} />,
    "Sign of life": run.heartbeat && <Time at={run.heartbeat} />,
    "Created by": run.auto_scheduled ? "A schedule" : "A client",
    Created: <Time at={run.created} />,
    "Idempotency key": run.idempotency_key && <code>{run.idempotency_key}</code>,
    Labels: run.labels.length > 0 && <Labels labels={run.labels} />,
    "Begun again": run.times_resurrected > 0 && `${run.times_resurrected} times, because its process died`,
  };
  return (
    <>
      <h1 class="run-name">
        <bdi>{run.name}</bdi>
      </h1>
      <div class="row">
        <State state={run.state} />
        <span aria-live="polite">Version {run.version}</span>
        <span class="faint long">{run.state_message}</span>
        <Copy text={run.id} label="Copy the id" />
      </div>
      <Facts facts={facts} />
    </>
  );
}

/** @param {{flow: any}} props */
function FlowLink({ flow }) {
  return (
    <>
      <a href={href(`flows/${flow.id}`)}>
        <bdi>{flow.name}</bdi>
      </a>
      , version {flow.version}
      {flow.archived && " (archived)"}
    </>
  );
}

/** @param {{agent: any}} props */
function Agent({ agent }) {
  return (
    <>
      <bdi>{agent.name || agent.type}</bdi>, seen <Time at={agent.last_queried} />
    </>
  );
}

/** @param {{labels: string[]}} props */
function Labels({ labels }) {
  return (
    <ul class="labels">
      {labels.map((label) => (
        <li key={label}>{label}</li>
      ))}
    </ul>
  );
}
