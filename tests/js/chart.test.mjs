// A chart finds its axes itself unless they are given, also after they were.

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
