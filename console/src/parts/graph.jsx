import { useMemo } from "preact/hooks";
import { layOut, SIZES } from "./graph_layout.js";

const MOST = 1000;

/**
 * A node: its name, the kind of its colour (as of `kindOf`, "" for none), a longer title, and where it leads.
 * @typedef {{id: string, name: string, kind?: string, title?: string, href?: string, mark?: string}} GraphNode
 */

/**
 * A drawing of nodes in layers from left to right, joined by edges. It scrolls by itself.
 * @param {{label: string, nodes: GraphNode[], edges: import("./graph_layout.js").Edge[], zoom?: number}} props
 */
export function Graph({ label, nodes, edges, zoom = 1 }) {
  const shown = nodes.slice(0, MOST);
  // The places follow from the ids alone, so that a change of a state moves nothing and costs no layout.
  const given = JSON.stringify([shown.map(({ id }) => ({ id })), edges]);
  const graph = useMemo(() => laidOut(given), [given]);
  const places = new Map(graph.nodes.map((place) => [place.id, place]));
  return (
    <>
      {nodes.length > MOST && (
        <p class="faint">
          The first {MOST} of {nodes.length} are drawn.
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section class="scroll graph" tabIndex={0} aria-label={label}>
        {/* biome-ignore lint/a11y/noSvgWithoutTitle: the region has the name, and each node its own */}
        <svg
          width={graph.width * zoom}
          height={graph.height * zoom}
          viewBox={`0 0 ${graph.width} ${graph.height}`}
        >
          <g class="edges">
            {graph.edges.map(({ from, to, path }) => (
              <path key={`${from} ${to}`} d={path} />
            ))}
          </g>
          {shown.map((node) => (
            <Node key={node.id} node={node} place={places.get(node.id)} />
          ))}
        </svg>
      </section>
    </>
  );
}

/** @param {string} given  the nodes and the edges as JSON */
function laidOut(given) {
  const [nodes, edges] = JSON.parse(given);
  return layOut(nodes, edges);
}

/**
 * @param {{node: GraphNode, place?: import("./graph_layout.js").Placed}} props
 */
function Node({ node, place }) {
  if (!place) return null;
  const { width, height } = SIZES;
  // The inner drawing clips a name that is too long.
  const drawn = (
    <>
      <title>{node.title ?? node.name}</title>
      <rect x={place.x} y={place.y} width={width} height={height} rx="5" />
      <svg x={place.x + 10} y={place.y} width={width - 16} height={height} aria-hidden="true">
        <text y={height / 2} dominant-baseline="central">
          {node.mark ? `${node.mark} ` : ""}
          {node.name.slice(0, 200)}
        </text>
      </svg>
    </>
  );
  return (
    <g class={`node ${node.kind ?? ""}`}>
      {node.href ? (
        <a href={node.href} aria-label={node.title ?? node.name}>
          {drawn}
        </a>
      ) : (
        drawn
      )}
    </g>
  );
}
