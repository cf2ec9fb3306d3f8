// Charts fit their room: letters as large as the page's, no key where there is no room for one.

import assert from "node:assert/strict";
import { test } from "node:test";

import { fit } from "../../ui/parts/fit.js";

const chart = (more = {}, data = [{ name: "train", line: { width: 2 } }, { name: "validation", marker: { size: [4, 6] } }]) => ({
  data,
  layout: {
    title: { text: "Accuracy" },
    height: 300,
    margin: { l: 40, r: 120, t: 50, b: 40 },
    template: { layout: { font: { size: 14, color: "#000" }, hoverlabel: { font: {} } } },
    legend: { y: 1 },
    ...more,
  },
});

test("a page's larger letters make all of the chart larger", () => {
  const { layout, data } = fit(chart({ annotations: [{ font: { size: 12 }, xshift: 4 }] }), 1.5, "Plex", 900);
  assert.equal(layout.template.layout.font.size, 21);
  assert.equal(layout.margin.l, 60);
  assert.equal(layout.height, 1.5 * (300 - 26), "without the title, which is a heading above");
  assert.deepEqual(layout.annotations[0], { font: { size: 18 }, xshift: 6 });
  assert.equal(data[0].line.width, 3);
  assert.deepEqual(data[1].marker.size, [6, 9]);
  assert.equal(layout.title, undefined);
});

test("a key beside the chart goes below it where there is no room, and the drawing keeps its height", () => {
  const drawing = ({ height, margin }) => height - margin.t - margin.b;
  const wide = fit(chart({ showlegend: true }), 1, "Plex", 800).layout;
  const narrow = fit(chart({ showlegend: true }), 1, "Plex", 400).layout;
  assert.equal(wide.margin.r, 120);
  assert.equal(narrow.margin.r, 20);
  assert.ok(narrow.legend.y < 0);
  assert.equal(drawing(narrow), drawing(wide));
  assert.ok(narrow.height >= wide.height + 2 * 20, "a row for each name");
});

test("names drawn into the chart become its legend on a narrow page", () => {
  const annotations = [{ font: {} }, { name: "key", font: {} }];
  const shapes = [{ name: "key", line: { width: 1 } }, { line: { width: 2 } }];
  const { layout } = fit(chart({ annotations, shapes }), 1, "Plex", 400);
  assert.deepEqual(layout.annotations.map(({ name }) => name), [undefined]);
  assert.equal(layout.shapes.length, 1);
  assert.equal(layout.showlegend, true);
});

test("a phone shows the lines of changed settings without their words, and one pair of labels", () => {
  const annotations = ["change", "end", "then"].map((name) => ({ name, font: {}, xshift: -6 }));
  const labels = (width) => fit(chart({ annotations: structuredClone(annotations), xaxis: { nticks: 8 } }), 1, "Plex", width).layout;
  assert.deepEqual(labels(600).annotations.map(({ name }) => name), ["change", "end", "then"]);
  assert.deepEqual(labels(330).annotations.map(({ name }) => name), ["then"]);
  assert.equal(labels(330).annotations[0].xshift, 6, "on the side where there is room");
  assert.equal(labels(330).xaxis.nticks, 4);
});

test("equal scales need no more height than width", () => {
  assert.equal(fit(chart({ yaxis: { scaleanchor: "x" } }), 1, "Plex", 200).layout.height, 200);
});
