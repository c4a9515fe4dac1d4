import { useEffect, useState } from "preact/hooks";
import { Dialog } from "../parts/dialog.jsx";
import { go, href } from "./route.js";

/** Where a key leads behind g, and what is there. */
const PLACES = /** @type {Record<string, [string, string]>} */ ({
  o: ["", "Overview"],
  r: ["runs", "Runs"],
  f: ["flows", "Flows"],
  s: ["schedules", "Schedules"],
  a: ["agents", "Agents"],
  l: ["limits", "Concurrency limits"],
  k: ["keys", "API keys"],
  v: ["stored", "Secrets and key-values"],
});
const KEYS = [
  ["/", "Search"],
  ...Object.entries(PLACES).map(([key, [, title]]) => [`g then ${key}`, title]),
  ["← →", "In a strip of durations: from run to run"],
  ["?", "This list"],
];

/** The keys that lead through the console, and the list of them. */
export function Keyboard() {
  const [shown, show] = useState(false);
  useEffect(() => {
    let going = false;
    /** @param {KeyboardEvent} event */
    const press = (event) => {
      if (isTyping(event)) return;
      const place = going && Object.hasOwn(PLACES, event.key) ? PLACES[event.key] : undefined;
      going = event.key === "g";
      if (place) go(href(place[0]));
      else if (event.key === "/") {
        event.preventDefault();
        document.getElementById("search")?.focus();
      } else if (event.key === "?") show(true);
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
  if (!shown) return null;
  return (
    <Dialog title="Keys" onClose={() => show(false)}>
      <dl class="facts">
        {KEYS.map(([key, place]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{place}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

/** @param {KeyboardEvent} event */
function isTyping(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  const inField = /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable;
  return (
    inField ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    document.querySelector("dialog[open]") !== null
  );
}
