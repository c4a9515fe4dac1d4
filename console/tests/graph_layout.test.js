import assert from "node:assert/strict";
import { test } from "node:test";
import { layOut, SIZES } from "../src/parts/graph_layout.js";

const nodes = (/** @type {string} */ names) => [...names].map((id) => ({ id }));
const edges = (/** @type {string} */ text) =>
  text
    .split(" ")
    .filter(Boolean)
    .map(([from = "", to = ""]) => ({ from, to }));
/** @param {ReturnType<typeof layOut>} graph */
const layers = (graph) => Object.fromEntries(graph.nodes.map(({ id, layer }) => [id, layer]));

test("each node is in the layer after the last of those that lead to it", () => {
  const graph = layOut(nodes("abcde"), edges("ab bc ac cd ad"));
  assert.deepEqual(layers(graph), { a: 0, b: 1, c: 2, d: 3, e: 0 });
  for (const { from, to } of graph.edges) {
    const x = Object.fromEntries(graph.nodes.map((node) => [node.id, node.x]));
    assert.ok((x[from] ?? 0) + SIZES.width < (x[to] ?? 0));
  }
});

test("edges that can be drawn without a crossing do not cross", () => {
  const graph = layOut(nodes("abcdxyzw"), edges("aw bz cy dx"));
  const row = Object.fromEntries(graph.nodes.map((node) => [node.id, node.row]));
  assert.deepEqual([row.w, row.z, row.y, row.x], [row.a, row.b, row.c, row.d]);
});

test("no two nodes lie on each other, and all lie within the drawing", () => {
  const graph = layOut(nodes("abcdefghij"), edges("ab ac ad ae bf cf df ef fg fh gi hi ij"));
  const places = new Set(graph.nodes.map(({ x, y }) => `${x} ${y}`));
  assert.equal(places.size, 10);
  for (const { x, y } of graph.nodes) {
    assert.ok(x >= 0 && y >= 0 && x + SIZES.width <= graph.width && y + SIZES.height <= graph.height);
  }
});

test("circles, loops, repeated edges and edges of unknown nodes do no harm", () => {
  const graph = layOut(nodes("abcd"), edges("ab bc ca cc ab xa ax cd"));
  assert.equal(graph.nodes.length, 4);
  assert.equal(graph.edges.length, 4);
  assert.deepEqual(layers(layOut(nodes("abc"), edges("ab ba bc"))), { a: 0, b: 1, c: 2 });
});

test("an empty graph has a size", () => {
  assert.deepEqual(layOut([], []), { nodes: [], edges: [], width: 8, height: 8 });
});

test("a chain and a fan of thousands are laid out at once", () => {
  const many = Array.from({ length: 5000 }, (_, i) => ({ id: String(i) }));
  const chain = many.slice(1).map(({ id }, i) => ({ from: String(i), to: id }));
  const fan = many.slice(1).map(({ id }) => ({ from: "0", to: id }));
  assert.equal(layOut(many, chain).nodes.at(-1)?.layer, 4999);
  assert.equal(layOut(many, fan).nodes.at(-1)?.layer, 1);
});
