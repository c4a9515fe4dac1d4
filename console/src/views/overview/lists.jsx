import { href } from "../../app/route.js";
import { State } from "../../parts/state.jsx";
import { Duration, Time } from "../../parts/time.jsx";
import { newestEnds } from "./numbers.js";

/**
 * The short lists of the overview, each with a way to the whole.
 * @param {{data: any}} props
 */
export function Lists({ data }) {
  return (
    <div class="grid">
      <List title="Failed lately" runs={newestEnds(data.failed)} none="No run has failed.">
        {(run) => (
          <>
            <Time at={run.end_time} />{" "}
            {run.state_message && <span class="faint">{short(run.state_message)}</span>}
          </>
        )}
      </List>
      <List title="Running longest" runs={data.running} none="No run is running.">
        {(run) => <Duration start={run.start_time} />}
      </List>
      <List title="Late" runs={data.late} none="No run is late.">
        {(run) => (
          <>
            due <Time at={run.state_start_time} />
            {run.labels.length > 0 && <span class="faint"> for agents with {run.labels.join(", ")}</span>}
          </>
        )}
      </List>
      <List title="Next to come" runs={data.next} none="No run is planned.">
        {(run) => <Time at={run.state_start_time} />}
      </List>
      <section>
        <h2>Agents</h2>
        {data.agent.length === 0 && <p class="faint">No agent has asked for runs yet.</p>}
        <ul class="plain">
          {data.agent.map((/** @type {any} */ agent) => (
            <li key={agent.id}>
              <a href={href("agents")}>{agent.name ?? agent.type}</a> seen <Time at={agent.last_queried} />
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

/**
 * @param {{title: string, runs: any[], none: string, children: (run: any) => import("preact").ComponentChildren}} props
 */
function List({ title, runs, none, children }) {
  return (
    <section>
      <h2>{title}</h2>
      {runs.length === 0 && <p class="faint">{none}</p>}
      <ul class="plain">
        {runs.map((run) => (
          <li key={run.id}>
            <State state={run.state} /> <a href={href(`runs/${run.id}`)}>{run.name}</a>{" "}
            <span class="faint">of {run.flow?.name ?? "a deleted flow"}</span> {children(run)}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** @param {string} text */
function short(text) {
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
