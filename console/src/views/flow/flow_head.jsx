import { change, href } from "../../app/route.js";
import { Time } from "../../parts/time.jsx";

/**
 * What a flow is: its name, project and version, and the button that starts a run of it.
 * @param {{flow: any}} props
 */
export function FlowHead({ flow }) {
  const about = flow.flow_group?.description ?? flow.description;
  return (
    <>
      <div class="title">
        <h1>{flow.name}</h1>
        {!flow.archived && (
          <button type="button" class="main" onClick={() => change({ start: "1" }, { replace: true })}>
            Start a run…
          </button>
        )}
      </div>
      {flow.archived && (
        <p class="notice">
          This version is archived: no run of it can be created.{" "}
          <a href={href(`flows/${flow.id}`, { tab: "versions" })}>See the other versions</a>
        </p>
      )}
      {about && <p class="about">{about}</p>}
      <dl class="facts">
        <div>
          <dt>Project</dt>
          <dd>
            {flow.project && <a href={href("flows", { project: flow.project.id })}>{flow.project.name}</a>}
          </dd>
        </div>
        <div>
          <dt>Version</dt>
          <dd>
            {flow.version}
            {flow.archived && ", archived"}
          </dd>
        </div>
        <div>
          <dt>Registered</dt>
          <dd>
            <Time at={flow.created} />
            {flow.core_version && <span class="faint"> with Prefect Core {flow.core_version}</span>}
          </dd>
        </div>
        <div>
          <dt>Flow group</dt>
          <dd>
            <code>{flow.flow_group_id}</code>
          </dd>
        </div>
      </dl>
    </>
  );
}
