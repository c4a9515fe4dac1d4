/**
 * The view that an address names, after `#/`: its path in parts, and its query.
 * @typedef {{parts: string[], query: URLSearchParams}} Route
 */

/**
 * Return what a fragment of an address names. The first question mark begins the query; others belong to it.
 * @param {string} fragment
 * @returns {Route}
 */
export function routeOf(fragment) {
  const [path, ...query] = fragment.replace(/^#\/?/, "").split("?");
  return {
    parts: (path ?? "").split("/").filter(Boolean).map(decoded),
    query: new URLSearchParams(query.join("?")),
  };
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
