/** Return a new idempotency key, so that what is sent again makes one run. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return `console-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
