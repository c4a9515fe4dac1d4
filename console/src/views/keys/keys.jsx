/** The view: api keys. */
export function Keys() {
  return <h1>API keys</h1>;
}
