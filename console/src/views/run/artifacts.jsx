import { change } from "../../app/route.js";
import { Code } from "../../parts/copy.jsx";
import { webAddress } from "../../parts/links.js";
import { Link, Markdown } from "../../parts/markdown/markdown.jsx";
import { Time } from "../../parts/time.jsx";

/**
 * What tasks have published: links, Markdown, and other data as JSON.
 * @param {{artifacts: any[], empty: string, linked?: boolean}} props
 */
export function Artifacts({ artifacts, empty, linked = true }) {
  if (artifacts.length === 0) return <p class="faint">{empty}</p>;
  return (
    <>
      {artifacts.map((artifact) => (
        <article key={artifact.id} class="artifact">
          <p class="row faint">
            <span class="long">{artifact.kind}</span>
            <Time at={artifact.created} />
            {linked && (
              <button type="button" class="plain" onClick={() => change({ task_run: artifact.task_run_id })}>
                Its task run
              </button>
            )}
          </p>
          <Content artifact={artifact} />
        </article>
      ))}
    </>
  );
}

/** @param {{artifact: any}} props */
function Content({ artifact: { kind, data } }) {
  if (kind === "link" && webAddress(data?.link)) return <Link address={data.link}>{String(data.link)}</Link>;
  if (kind === "markdown" && typeof data?.markdown === "string") return <Markdown text={data.markdown} />;
  return <Code label="Data of the artifact" text={JSON.stringify(data, null, 2)} />;
}
