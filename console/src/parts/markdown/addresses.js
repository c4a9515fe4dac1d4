const AFTER =
  /\([ \n]{0,3}(?:<([^<>\n]*)>|([^\s()]*(?:\([^\s()]*\)[^\s()]*)*))(?:[ \n]{1,3}(?:"[^"]*"|'[^']*'))?[ \n]{0,3}\)/y;
const NAME = /\[([^\]]{0,200})\]/y;
const ENTITIES = /** @type {Record<string, string>} */ ({
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  nbsp: "\u00a0",
});

/**
 * Return the address of a link whose bracket has closed, and where the text goes on; null if it is no link.
 * @param {string} text
 * @param {number} at  behind the bracket
 * @param {string} inside  what is in the brackets, which may be a name
 * @param {Map<string, string>} links
 */
export function addressAt(text, at, inside, links) {
  AFTER.lastIndex = at;
  const given = AFTER.exec(text);
  if (given) return { address: given[1] ?? given[2] ?? "", end: AFTER.lastIndex };
  NAME.lastIndex = at;
  const named = NAME.exec(text);
  const address = links.get((named?.[1] || inside).toLowerCase());
  return address === undefined ? null : { address, end: named ? NAME.lastIndex : at };
}

/**
 * Return the character that an entity stands for.
 * @param {string} entity  as "&amp;" or "&#39;"
 */
export function entityOf(entity) {
  const name = entity.slice(1, -1);
  if (name[0] !== "#") return ENTITIES[name] ?? entity;
  const code = Number(name[1]?.toLowerCase() === "x" ? `0${name.slice(1)}` : name.slice(1));
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
}

/**
 * Return an address without backslashes and entities.
 * @param {string} address
 */
export function withoutEscapes(address) {
  return address.replace(/\\([!-/:-@[-`{-~])/g, "$1").replace(/&\w+;/g, entityOf);
}

/**
 * Return an address that stands in a sentence without the punctuation behind it.
 * @param {string} address
 */
export function withoutPunctuation(address) {
  const behind = address.includes("(") ? /[.,:;!?'"_~]/ : /[.,:;!?'"_~)]/;
  let { length } = address;
  while (behind.test(address[length - 1] ?? "")) length -= 1;
  return address.slice(0, length);
}
