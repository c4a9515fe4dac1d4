import { Agents } from "../views/agents/agents.jsx";
import { Flow } from "../views/flow/flow.jsx";
import { Flows } from "../views/flows/flows.jsx";
import { Keys } from "../views/keys/keys.jsx";
import { Limits } from "../views/limits/limits.jsx";
import { NotHere } from "../views/not_here.jsx";
import { Overview } from "../views/overview/overview.jsx";
import { Run } from "../views/run/run.jsx";
import { Runs } from "../views/runs/runs.jsx";
import { Schedules } from "../views/schedules/schedules.jsx";
import { Found } from "../views/search/search.jsx";
import { Stored } from "../views/stored/stored.jsx";

/**
 * A view: its name, whether the navigation has it, its component, and that of one thing in it, by its id.
 * @typedef {{
 *   title: string, nav?: boolean, view: () => any,
 *   one?: {title: string, view: (props: {id: string}) => any},
 * }} View
 */

/** The views by the first part of the address, in the order of the navigation. A new view is a line here. */
export const VIEWS = /** @type {Record<string, View>} */ ({
  overview: { title: "Overview", nav: true, view: Overview },
  runs: { title: "Runs", nav: true, view: Runs, one: { title: "Run", view: Run } },
  flows: { title: "Flows", nav: true, view: Flows, one: { title: "Flow", view: Flow } },
  schedules: { title: "Schedules", nav: true, view: Schedules },
  agents: { title: "Agents", nav: true, view: Agents },
  limits: { title: "Limits", nav: true, view: Limits },
  keys: { title: "API keys", nav: true, view: Keys },
  stored: { title: "Secrets", nav: true, view: Stored },
  search: { title: "Search", view: Found },
});

/**
 * Return the view of an address, its title, and the id in it.
 * @param {string[]} parts
 * @returns {{name: string, title: string, View: (props: any) => any, id?: string}}
 */
export function viewOf(parts) {
  const [name = "overview", id] = parts;
  const view = Object.hasOwn(VIEWS, name) ? VIEWS[name] : undefined;
  if (view && parts.length <= 1) return { name, title: view.title, View: view.view };
  if (view?.one && parts.length === 2) return { name, title: view.one.title, View: view.one.view, id };
  return { name, title: "Not here", View: NotHere };
}
