/**
 * The view of one flow.
 * @param {{id: string}} props
 */
export function Flow({ id }) {
  return <h1>Flow {id}</h1>;
}
