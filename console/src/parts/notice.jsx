import { explained } from "../api/failure.js";

/**
 * What went wrong, and a way to try again.
 * @param {{error: unknown, retry?: () => void}} props
 */
export function Failure({ error, retry }) {
  if (!error) return null;
  const { title, text } = explained(error);
  return (
    <div class="notice bad" role="alert">
      <strong>{title}.</strong> {text}{" "}
      {retry && (
        <button type="button" class="small" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/**
 * A sentence in the place of things that are not there.
 * @param {{children: import("preact").ComponentChildren}} props
 */
export function Empty({ children }) {
  return <p class="empty">{children}</p>;
}

/**
 * The frame of what a query brings: waiting, a failure, or the content with a failure above it.
 * @param {{query: import("../api/use_query.js").Query<any>, children: (data: any) => import("preact").ComponentChildren}} props
 */
export function Loaded({ query, children }) {
  return (
    <>
      <Failure error={query.error} retry={query.refresh} />
      {query.data ? children(query.data) : !query.error && <p class="empty">Loading…</p>}
    </>
  );
}
