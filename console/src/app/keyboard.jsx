import { useEffect, useState } from "preact/hooks";
import { Dialog } from "../parts/dialog.jsx";
import { go, href } from "./route.js";

const PLACES = /** @type {Record<string, string>} */ ({
  o: "",
  r: "runs",
  f: "flows",
  s: "schedules",
  a: "agents",
  l: "limits",
});
const KEYS = [
  ["/", "Search"],
  ["g then o", "Overview"],
  ["g then r", "Runs"],
  ["g then f", "Flows"],
  ["g then s", "Schedules"],
  ["g then a", "Agents"],
  ["g then l", "Concurrency limits"],
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
      const place = going ? PLACES[event.key] : undefined;
      going = event.key === "g";
      if (place !== undefined) go(href(place));
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
