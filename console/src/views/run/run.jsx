/**
 * The view of one run.
 * @param {{id: string}} props
 */
export function Run({ id }) {
  return <h1>Run {id}</h1>;
}
