import { useState } from "preact/hooks";
import { ActionDialog } from "../../parts/action.jsx";
import { flowChange, SWITCHES } from "./flow_mutations.js";

/**
 * The switches of a flow, each for all its versions.
 * @param {{flow: any, onDone: () => void}} props
 */
export function Switches({ flow, onDone }) {
  const [asked, ask] = useState(/** @type {typeof SWITCHES[number] | null} */ (null));
  const isOn = (/** @type {typeof SWITCHES[number]} */ { setting }) => flow.settings?.[setting] !== false;
  const verb = asked && (isOn(asked) ? "Switch off" : "Switch on");
  return (
    <>
      <dl class="switches">
        {SWITCHES.map((one) => (
          <div key={one.name}>
            <dt>{one.name}</dt>
            <dd>
              <span class={`state ${isOn(one) ? "good" : "ended"}`}>{isOn(one) ? "On" : "Off"}</span>{" "}
              <button
                type="button"
                class="small"
                aria-label={`Switch ${isOn(one) ? "off" : "on"} ${one.name}`}
                onClick={() => ask(one)}
              >
                Switch {isOn(one) ? "off" : "on"}
              </button>
              <br />
              <span class="faint">{one.words}</span>
            </dd>
          </div>
        ))}
      </dl>
      {asked && verb && (
        <ActionDialog
          title={`${verb}: ${asked.name}`}
          verb={verb}
          sent={flowChange(isOn(asked) ? asked.off : asked.on, flow.id)}
          onClose={() => ask(null)}
          onDone={() => {
            ask(null);
            onDone();
          }}
        >
          <p>
            {asked.words} This holds for all versions of {flow.name}.
          </p>
        </ActionDialog>
      )}
    </>
  );
}
