import { change, href, route } from "../../app/route.js";
import { Code } from "../../parts/copy.jsx";
import { Dialog } from "../../parts/dialog.jsx";
import { Facts } from "../../parts/facts.jsx";
import { State } from "../../parts/state.jsx";
import { isOver } from "../../parts/states.js";
import { Duration, Time } from "../../parts/time.jsx";
import { Artifacts } from "./artifacts.jsx";
import { isId } from "./ids.js";
import { History } from "./overview_tab.jsx";

/**
 * A task run: how it stands, its history, where its result is, and what it has published.
 * @param {{
 *   id: string, panel: {run: any, artifacts: any[]} | null, live: import("./live.js").LiveRun, onClose: () => void,
 * }} props
 */
export function TaskRunPanel({ id, panel, live, onClose }) {
  const none = isId(id) ? null : { run: null, artifacts: [] };
  const own = none ?? (panel?.run === null || panel?.run.id === id ? panel : null);
  const { run } = own ?? {};
  const task = run?.task;
  return (
    <Dialog wide title={task ? `Task run: ${titleOf(run)}` : "Task run"} onClose={onClose}>
      {own === null && <p class="empty">Loading…</p>}
      {run === null && <p>No task run has this id. It may have been deleted.</p>}
      {run && <About run={run} flowRunId={live.id} />}
      {run && (
        <>
          <h3>History</h3>
          <History states={run.states} />
          <h3>Result</h3>
          {run.state_result ? (
            <Code label="Result" text={JSON.stringify(run.state_result, null, 2)} />
          ) : (
            <p class="faint">No result is stored for its state.</p>
          )}
          <h3>Artifacts</h3>
          <Artifacts artifacts={own?.artifacts ?? []} empty="It has made none." linked={false} />
        </>
      )}
    </Dialog>
  );
}

/** @param {any} run */
function titleOf({ name, task, map_index }) {
  const title = name || task.name || task.slug;
  return map_index >= 0 && !name ? `${title} [${map_index}]` : title;
}

/** @param {{run: any, flowRunId: string}} props */
function About({ run, flowRunId }) {
  const { task } = run;
  const facts = {
    Task: <bdi>{task?.slug}</bdi>,
    "Map index": run.map_index >= 0 && String(run.map_index),
    Began: <Time at={run.start_time} />,
    Ended: <Time at={run.end_time} />,
    Took: <Duration start={run.start_time} end={isOver(run.state) ? run.end_time : null} />,
    "Sign of life": run.heartbeat && <Time at={run.heartbeat} />,
    Ran: `${run.run_count} ${run.run_count === 1 ? "time" : "times"}`,
    Retries: task?.max_retries > 0 && `${task.max_retries} at most, ${task.retry_delay ?? "0"} apart`,
    "Cache key": run.cache_key,
    Tags: task?.tags?.length > 0 && task.tags.join(", "),
    Id: <code>{run.id}</code>,
  };
  return (
    <>
      <div class="row">
        <State state={run.state} />
        <span>Version {run.version}</span>
        <a
          href={href(`runs/${flowRunId}`, { tab: "logs", of: run.id, order: route.value.query.get("order") })}
        >
          Its log
        </a>
        {run.flow_run_id !== flowRunId && (
          <button type="button" class="plain" onClick={() => change({ task_run: null })}>
            It belongs to another run
          </button>
        )}
      </div>
      <p class="long">{run.state_message}</p>
      <Facts facts={facts} />
    </>
  );
}
