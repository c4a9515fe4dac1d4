/**
 * Return whether a text can be the id of anything.
 * @param {string} text
 */
export function isId(text) {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
