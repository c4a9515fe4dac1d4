/** The view: concurrency limits. */
export function Limits() {
  return <h1>Concurrency limits</h1>;
}
