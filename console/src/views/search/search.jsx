/** The view: search. */
export function Found() {
  return <h1>Search</h1>;
}
