/**
 * Return the value that a text stands for: an object, a list, a quoted text or one of JSON's words as JSON, and
 * anything else as it is, because a secret of digits is text.
 * @param {string} text
 */
export function stored(text) {
  if (!/^\s*([[{"]|(true|false|null)\s*$)/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
