// A chart finds its axes itself unless they are given, also after they were, and keeps its zoom and its rotation.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Chart } from "../../ui/parts/chart.js";

const axes = (range, zoom) => {
  const layout = { uirevision: "zoom stays", xaxis: { range: [0, 9] }, yaxis: { ...(range && { range }), uirevision: "loss" } };
  Chart.prototype.keepZoom.call({ zoom }, layout);
  return layout;
};

test("an axis without a range fits its points, though the last one had a range", () => {
  assert.equal(axes().yaxis.autorange, true);
  assert.equal(axes([0, 5]).yaxis.autorange, undefined);
  assert.equal(axes([0, 5]).xaxis.autorange, undefined);
});

test("an axis that was zoomed keeps its zoom", () => {
  const { yaxis } = axes(undefined, { yaxis: { of: "loss", range: [1, 2] } });
  assert.deepEqual(yaxis.range, [1, 2]);
  assert.equal(yaxis.autorange, undefined);
});

test("a chart that comes back has the rotation that it was left with, and another one its own", () => {
  const chart = (name) => {
    const figure = { dataset: { chart: name } };
    let turn;
    const plot = { on: (event, act) => (turn = event === "plotly_relayout" ? act : turn) };
    Chart.prototype.listen.call({ figure, plot });
    const scene = {};
    Chart.prototype.keepCamera.call({ figure }, { scene });
    return { turn, camera: scene.camera };
  };
  chart("turned").turn({ "scene.camera": "from above" });
  assert.equal(chart("turned").camera, "from above");
  assert.equal(chart("other").camera, undefined);
  Chart.prototype.keepCamera.call({ figure: { dataset: { chart: "turned" } } }, {}); // flat by now
});
