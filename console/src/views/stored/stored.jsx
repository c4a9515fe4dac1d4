/** The view: secrets and key-values. */
export function Stored() {
  return <h1>Secrets and key-values</h1>;
}
