import { millis } from "../../parts/times.js";
import { PARTS, piecesOf } from "./numbers.js";

const SIZE = { width: 960, height: 140 };
const HOURS = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAYS = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });

/**
 * How many runs were created in each hour or day, and how they stand now: as bars, and as a table.
 * @param {{buckets: any[], byDay: boolean}} props
 */
export function Plot({ buckets, byDay }) {
  const { pieces, top, step } = piecesOf(buckets, SIZE);
  const label = (/** @type {any} */ bucket) => (byDay ? DAYS : HOURS).format(millis(bucket.start));
  const every = Math.ceil(buckets.length / 8);
  return (
    <figure class="plot">
      <figcaption>
        Runs by the {byDay ? "day (UTC)" : "hour"} of their creation{" "}
        {PARTS.map(([name, kind, title]) => (
          <span key={name} class={`key ${kind}`}>
            {title}
          </span>
        ))}
      </figcaption>
      <svg
        role="img"
        aria-label={`Runs by ${byDay ? "day" : "hour"}; the table below has the numbers`}
        viewBox={`-44 -12 ${SIZE.width + 48} ${SIZE.height + 34}`}
      >
        {[0, 0.5, 1].map((share) => (
          <g key={share}>
            <line x1="0" x2={SIZE.width} y1={SIZE.height * (1 - share)} y2={SIZE.height * (1 - share)} />
            {(top > 1 || share !== 0.5) && (
              <text x="-6" y={SIZE.height * (1 - share) + 4} text-anchor="end">
                {(top * share).toLocaleString()}
              </text>
            )}
          </g>
        ))}
        {pieces.map(({ key, kind, ...place }) => (
          <rect key={key} class={kind} {...place} />
        ))}
        {buckets.map((bucket, at) => (
          <g key={bucket.start}>
            <rect class="hover" x={at * step} y="0" width={step} height={SIZE.height}>
              <title>{`${label(bucket)}: ${bucket.runs} runs, ${bucket.failed} failed`}</title>
            </rect>
            {at % every === 0 && (
              <text x={(at + 0.5) * step} y={SIZE.height + 18} text-anchor="middle">
                {label(bucket)}
              </text>
            )}
          </g>
        ))}
      </svg>
      <Numbers buckets={buckets} label={label} />
    </figure>
  );
}

/** @param {{buckets: any[], label: (bucket: any) => string}} props */
function Numbers({ buckets, label }) {
  return (
    <details>
      <summary>As a table</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section class="scroll" tabIndex={0} aria-label="Numbers of the plot">
        <table>
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">All</th>
              {PARTS.map(([name, , title]) => (
                <th key={name} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {buckets.map((bucket) => (
              <tr key={bucket.start}>
                <th scope="row">{label(bucket)}</th>
                <td>{bucket.runs}</td>
                {PARTS.map(([name]) => (
                  <td key={name}>{bucket[name]}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
