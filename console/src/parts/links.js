/**
 * Return an address that may be a link, or null: only http and https lead anywhere.
 * @param {unknown} text
 */
export function webAddress(text) {
  if (typeof text !== "string") return null;
  try {
    const url = new URL(text.trim());
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}
