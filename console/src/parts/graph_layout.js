/**
 * A place in a drawing: the layer counts from the left, the row from the top.
 * @typedef {{id: string, layer: number, row: number, x: number, y: number}} Placed
 * @typedef {{from: string, to: string}} Edge
 * @typedef {{width: number, height: number, gapX: number, gapY: number}} Sizes
 */

export const SIZES = { width: 190, height: 34, gapX: 50, gapY: 12 };
const MARGIN = 4;
const SWEEPS = 6;

/**
 * Place the nodes of a graph in layers from left to right, so that each edge leads to a later layer, and edges
 * cross little. An edge that closes a circle may lead back. Edges of unknown nodes are left out.
 * @param {{id: string}[]} nodes
 * @param {Edge[]} edges
 * @param {Sizes} [sizes]
 * @returns {{nodes: Placed[], edges: (Edge & {path: string})[], width: number, height: number}}
 */
export function layOut(nodes, edges, sizes = SIZES) {
  const kept = distinct(nodes, edges);
  const ordered = inOrder(layered(nodes, kept), kept);
  const tallest = Math.max(0, ...ordered.map((layer) => layer.length));
  const [stepX, stepY] = [sizes.width + sizes.gapX, sizes.height + sizes.gapY];
  const places = /** @type {Map<string, Placed>} */ (new Map());
  ordered.forEach((ids, layer) => {
    const top = MARGIN + ((tallest - ids.length) * stepY) / 2;
    ids.forEach((id, row) => {
      places.set(id, { id, layer, row, x: MARGIN + layer * stepX, y: top + row * stepY });
    });
  });
  return {
    nodes: nodes.flatMap(({ id }) => places.get(id) ?? []),
    edges: kept.map((edge) => ({ ...edge, path: curve(places, edge, sizes) })),
    width: 2 * MARGIN + Math.max(0, ordered.length * stepX - sizes.gapX),
    height: 2 * MARGIN + Math.max(0, tallest * stepY - sizes.gapY),
  };
}

/**
 * Return the edges between known nodes, each once, none from a node to itself.
 * @param {{id: string}[]} nodes
 * @param {Edge[]} edges
 */
function distinct(nodes, edges) {
  const known = new Set(nodes.map(({ id }) => id));
  const pairs = new Map(edges.map(({ from, to }) => [`${from} ${to}`, { from, to }]));
  return [...pairs.values()].filter(({ from, to }) => from !== to && known.has(from) && known.has(to));
}

/**
 * Return the ids by layer: each node is in the layer after the last of those that lead to it.
 * @param {{id: string}[]} nodes
 * @param {Edge[]} edges
 */
function layered(nodes, edges) {
  const next = neighbours(edges, "from", "to");
  const waits = new Map(nodes.map(({ id }) => [id, 0]));
  for (const { to } of edges) waits.set(to, (waits.get(to) ?? 0) + 1);
  const depth = new Map(nodes.map(({ id }) => [id, 0]));
  const done = /** @type {Set<string>} */ (new Set());
  const ready = nodes.map(({ id }) => id).filter((id) => waits.get(id) === 0);
  const all = nodes.values();
  while (done.size < depth.size) {
    // Where all that are left wait for each other, the first of them goes first.
    const id = ready.shift() ?? all.next().value?.id ?? "";
    if (done.has(id)) continue;
    done.add(id);
    for (const to of next.get(id) ?? []) {
      if (done.has(to)) continue;
      depth.set(to, Math.max(depth.get(to) ?? 0, (depth.get(id) ?? 0) + 1));
      waits.set(to, (waits.get(to) ?? 0) - 1);
      if (waits.get(to) === 0) ready.push(to);
    }
  }
  const layers = /** @type {string[][]} */ ([]);
  for (const [id, layer] of depth) {
    while (layers.length <= layer) layers.push([]);
    layers[layer]?.push(id);
  }
  return layers;
}

/**
 * Return the layers with their nodes ordered by the middle of their neighbours, to and fro.
 * @param {string[][]} layers
 * @param {Edge[]} edges
 */
function inOrder(layers, edges) {
  const before = neighbours(edges, "to", "from");
  const after = neighbours(edges, "from", "to");
  const rank = new Map(layers.flatMap((ids) => ids.map((id, row) => [id, row / ids.length])));
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const onwards = sweep % 2 === 0;
    for (const ids of onwards ? layers : layers.toReversed()) {
      const middle = new Map(ids.map((id) => [id, middleOf(id, onwards ? before : after, rank)]));
      ids.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0));
      ids.forEach((id, row) => {
        rank.set(id, (row + 0.5) / ids.length);
      });
    }
  }
  return layers;
}

/**
 * @param {string} id
 * @param {Map<string, string[]>} near
 * @param {Map<string, number>} rank
 */
function middleOf(id, near, rank) {
  const ids = near.get(id);
  if (!ids) return rank.get(id) ?? 0;
  return ids.reduce((sum, other) => sum + (rank.get(other) ?? 0), 0) / ids.length;
}

/**
 * @param {Edge[]} edges
 * @param {"from" | "to"} key
 * @param {"from" | "to"} value
 */
function neighbours(edges, key, value) {
  const found = /** @type {Map<string, string[]>} */ (new Map());
  for (const edge of edges) {
    const list = found.get(edge[key]);
    if (list) list.push(edge[value]);
    else found.set(edge[key], [edge[value]]);
  }
  return found;
}

/**
 * Return the curve of an edge, from the right side of a node to the left side of another.
 * @param {Map<string, Placed>} places
 * @param {Edge} edge
 * @param {Sizes} sizes
 */
function curve(places, { from, to }, { width, height }) {
  const [a, b] = [places.get(from), places.get(to)];
  if (!a || !b) return "";
  const [x1, y1, x2, y2] = [a.x + width, a.y + height / 2, b.x, b.y + height / 2];
  const bend = Math.max(20, Math.abs(x2 - x1) / 2);
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}
