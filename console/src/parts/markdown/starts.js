// By what a line begins a block. No expression can match one text in two ways, so that none takes long.
export const HEADING = /^ {0,3}(#{1,6})(?=[ \t]|$)(.*)$/;
export const UNDERLINE = /^ {0,3}([=-])\1*[ \t]*$/;
export const RULE = /^ {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$/;
export const QUOTE = /^ {0,3}> ?/;
export const FENCE = /^( {0,3})(`{3,}|~{3,})([^`]*)$/;
export const MARKER = /^( {0,3}(?:[-+*]|(\d{1,9})[.)]))(?= |$)/;
export const DEFINITION = /^ {0,3}\[(?!\^)([^\]]{1,200})\]:[ \t]*(\S+)/;

/**
 * Return whether a line begins a block, so that it belongs to no paragraph before it.
 * @param {string} line
 */
export function startsBlock(line) {
  return [HEADING, RULE, QUOTE, FENCE, MARKER].some((start) => start.test(line));
}

/**
 * Return the text of a heading without the marks that may close it.
 * @param {string} [text]
 */
export function withoutMarks(text = "") {
  const trimmed = text.trim();
  const marks = /#+$/.exec(trimmed.slice(-10))?.[0].length ?? 0;
  const rest = trimmed.slice(0, trimmed.length - marks);
  return rest === "" || /\s$/.test(rest) ? rest.trim() : trimmed;
}
