import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "../../api/ask.js";
import { Failure } from "../../parts/notice.jsx";
import { LOG } from "./documents.js";
import { LogPages, wholeLog } from "./log_pages.js";

/**
 * A button that reads the whole log, as it is filtered, and hands it over as a text file.
 * @param {{live: import("./live.js").LiveRun, filters: import("./log_query.js").LogFilters}} props
 */
export function LogDownload({ live, filters }) {
  const [count, setCount] = useState(-1);
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const abort = useRef(/** @type {AbortController | null} */ (null));
  useEffect(() => () => abort.current?.abort(), []);

  const start = async () => {
    abort.current = new AbortController();
    const { signal } = abort.current;
    setError(null);
    setCount(0);
    try {
      const pages = new LogPages(live.id, { ...filters, oldest: true });
      const lines = await wholeLog(
        pages,
        async (portion) => (await ask(LOG, { ...portion }, signal)).log,
        setCount,
      );
      if (!signal.aborted) handOver(lines, `${fileName(live.known.value.run.name)}.log`);
    } catch (failure) {
      if (!signal.aborted) setError(failure);
    }
    setCount(-1);
  };
  if (count < 0)
    return (
      <>
        <button type="button" class="small" onClick={start}>
          Download as text
        </button>
        <Failure error={error} retry={start} />
      </>
    );
  return (
    <span class="row">
      <span role="status">{count.toLocaleString()} entries read…</span>
      <button type="button" class="small" onClick={() => abort.current?.abort()}>
        Cancel
      </button>
    </span>
  );
}

/**
 * @param {string[]} texts
 * @param {string} name
 */
function handOver(texts, name) {
  const address = URL.createObjectURL(new Blob(texts, { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** @param {string} name */
function fileName(name) {
  return name.replaceAll(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 80) || "run";
}
