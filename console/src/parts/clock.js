import { signal } from "@preact/signals";

/** The present time in milliseconds, which ticks each second while the tab is shown. */
export const now = signal(Date.now());

setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1000);
