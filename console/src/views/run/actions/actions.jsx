import { useState } from "preact/hooks";
import { isOver } from "../../../parts/states.js";
import { Cancel } from "./cancel.jsx";
import { Delete } from "./delete.jsx";
import { Labels } from "./labels.jsx";
import { Rename } from "./rename.jsx";
import { Restart } from "./restart.jsx";
import { RunAgain } from "./run_again.jsx";
import { SetState } from "./set_state.jsx";

/**
 * What every dialog of an action gets.
 * @typedef {{run: any, onClose: () => void, onDone: () => void}} ActionProps
 */

const ACTIONS = [
  { title: "Cancel", Dialog: Cancel, when: (/** @type {any} */ run) => !isOver(run.state) },
  { title: "Run again", Dialog: RunAgain, when: (/** @type {any} */ run) => Boolean(run.of) },
  { title: "Restart from failed", Dialog: Restart, when: (/** @type {any} */ run) => isOver(run.state) },
  { title: "Set state", Dialog: SetState, when: () => true },
  { title: "Rename", Dialog: Rename, when: () => true },
  { title: "Labels", Dialog: Labels, when: () => true },
  { title: "Delete", Dialog: Delete, when: () => true },
];

/**
 * The buttons of what can be done with a run, and the dialog of the one that was chosen.
 * @param {{run: any, onDone: () => void}} props
 */
export function Actions({ run, onDone }) {
  const [chosen, choose] = useState("");
  const found = ACTIONS.find(({ title }) => title === chosen);
  const close = () => choose("");
  return (
    <div class="row actions">
      {ACTIONS.filter(({ when }) => when(run)).map(({ title }) => (
        <button key={title} type="button" onClick={() => choose(title)}>
          {title}
        </button>
      ))}
      {found && (
        <found.Dialog
          run={run}
          onClose={close}
          onDone={() => {
            close();
            onDone();
          }}
        />
      )}
    </div>
  );
}
