import { signal } from "@preact/signals";

const PLACE = "flow-runs-theme";

/** "light", "dark", or "" for what the system has. */
export const theme = signal(stored());
show();

/** @param {string} chosen */
export function chooseTheme(chosen) {
  theme.value = chosen;
  show();
  try {
    localStorage.setItem(PLACE, chosen);
  } catch {
    // Without storage the choice holds until the page is left.
  }
}

function show() {
  if (theme.value) document.documentElement.dataset.theme = theme.value;
  else delete document.documentElement.dataset.theme;
}

function stored() {
  try {
    return localStorage.getItem(PLACE) ?? "";
  } catch {
    return "";
  }
}
