/**
 * Return a word of a command line, quoted for a POSIX shell where it must be.
 * @param {unknown} value
 */
export function word(value) {
  const text = String(value);
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
