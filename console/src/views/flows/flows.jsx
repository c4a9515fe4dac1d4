/** The view: flows. */
export function Flows() {
  return <h1>Flows</h1>;
}
