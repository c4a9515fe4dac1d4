import { signal } from "@preact/signals";
import { forgetCost } from "../api/cost.js";
import { routeOf } from "./address.js";

/**
 * The view that the address names. Everything that a view shows follows from it, so that an address can be sent
 * to somebody.
 * @typedef {import("./address.js").Route} Route
 */

/** @type {import("@preact/signals").Signal<Route>} */
export const route = signal(read());

window.addEventListener("hashchange", () => {
  const before = route.value.parts.join("/");
  route.value = read();
  if (route.value.parts.join("/") !== before) forgetCost();
});

/**
 * Return the address of a view; parameters without a value are left out.
 * @param {string} path  for example "runs/…"; parts with odd characters must be encoded
 * @param {Record<string, string | number | boolean | null | undefined> | URLSearchParams} [query]
 */
export function href(path, query = {}) {
  const pairs = query instanceof URLSearchParams ? [...query] : Object.entries(query);
  const given = pairs.filter(
    ([, value]) => value !== null && value !== undefined && value !== "" && value !== false,
  );
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `#/${path}${text && `?${text}`}`;
}

/**
 * Go to a view; with `replace` the former one is not kept in the browser's history.
 * @param {string} address  as `href` returns it
 * @param {{replace?: boolean}} [options]
 */
export function go(address, { replace = false } = {}) {
  if (replace) {
    history.replaceState(null, "", address);
    route.value = read();
  } else {
    location.hash = address.slice(1);
  }
}

/**
 * Change parameters of the view that is shown; null removes one.
 * @param {Record<string, string | number | boolean | null | undefined>} changes
 * @param {{replace?: boolean}} [options]
 */
export function change(changes, options) {
  const { parts, query } = route.value;
  const all = { ...Object.fromEntries(query), ...changes };
  go(href(parts.map(encodeURIComponent).join("/"), all), options);
}

/** @returns {Route} */
function read() {
  return routeOf(location.hash);
}
