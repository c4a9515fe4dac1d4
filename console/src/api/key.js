import { signal } from "@preact/signals";

const PLACE = "flow-runs-key";

/** The API key of this tab, or "". It is kept until the tab is closed, and sent as a header only. */
export const apiKey = signal(stored());

/** How often a key was given or forgotten. Each time everything is asked anew, also with the same key. */
export const keyTurns = signal(0);

/** Why a key is asked for now, or null while none is. */
export const keyWanted = signal(/** @type {string | null} */ (null));

/**
 * Keep a key for this tab; "" forgets it.
 * @param {string} key
 */
export function keepKey(key) {
  apiKey.value = key.trim();
  keyWanted.value = null;
  keyTurns.value += 1;
  try {
    if (apiKey.value) sessionStorage.setItem(PLACE, apiKey.value);
    else sessionStorage.removeItem(PLACE);
  } catch {
    // A browser may forbid storage. The key is then kept until the page is left.
  }
}

/**
 * Return whether a text can be sent as a key: a header takes no other characters.
 * @param {string} text
 */
export function canBeKey(text) {
  return /^[\x20-\x7e]+$/.test(text.trim());
}

function stored() {
  try {
    return sessionStorage.getItem(PLACE) ?? "";
  } catch {
    return "";
  }
}
