import { useState } from "preact/hooks";
import { State } from "../../../parts/state.jsx";

/**
 * The state and the version of a run that a dialog shows, and sends. They stay as they were when it opened, until
 * the person takes others. `explain` is for a change that lost a race.
 * @param {any} run
 */
export function useSeen(run) {
  const [seen, setSeen] = useState({ state: run.state, version: run.version });
  /** @param {{state: string, version: number}} other */
  const take = ({ state, version }) => setSeen({ state, version });
  /** @param {unknown} error */
  const explain = (error) => {
    const { code, facts } = /** @type {any} */ (error);
    if (code !== "VERSION_LOCKING_ERROR" || !facts?.current_version) return null;
    const other = { state: facts.current_state, version: facts.current_version };
    // What is seen now has been taken over already.
    if (other.version === seen.version) return "";
    return <Faster other={other} onTake={() => take(other)} />;
  };
  const shown = (
    <>
      <p class="row">
        You see: <State state={seen.state} /> Version {seen.version}
      </p>
      {run.version > seen.version && (
        <p class="notice">
          Meanwhile it is <State state={run.state} /> at version {run.version}.{" "}
          <button type="button" class="small" onClick={() => take(run)}>
            Use version {run.version}
          </button>
        </p>
      )}
    </>
  );
  return { seen, explain, shown };
}

/**
 * Who was faster, and a way to go on.
 * @param {{other: {state: string, version: number}, onTake: () => void}} props
 */
function Faster({ other: { state, version }, onTake }) {
  return (
    <div class="notice bad" role="alert">
      <strong>Somebody was faster.</strong> The run is now <State state={state} /> at version {version}.
      Nothing was changed.{" "}
      <button type="button" class="small" onClick={onTake}>
        Use version {version}
      </button>
    </div>
  );
}
