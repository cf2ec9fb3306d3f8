// The numbers of a chart as CSV.

import assert from "node:assert/strict";
import test from "node:test";
import { csvOf } from "../../ui/parts/plotted.js";

const packed = (numbers, type = Float32Array, dtype = "f4", shape) => ({
  dtype,
  bdata: Buffer.from(new type(numbers).buffer).toString("base64"),
  ...(shape && { shape }),
});

test("a row for each point of each named series, in as few digits as the numbers have", () => {
  const data = [
    { name: "train", x: packed([0, 0.1]), y: packed([2.5, NaN]) },
    { x: [0.1], y: [7] }, // the dot at the end
    { name: "validation", x: [0, 1], y: [3, null] },
  ];
  assert.equal(csvOf({ data }), "series,x,y\ntrain,0,2.5\ntrain,0.1,\nvalidation,0,3\nvalidation,1,\n");
});

test("a series whose name was shortened for the legend has it in full", () => {
  const data = [{ name: "a long n…", text: "a long name", x: [0], y: [1] }, { name: "b", text: ["first"], x: [0], y: [2] }];
  assert.equal(csvOf({ data }), "series,x,y\na long name,0,1\nb,0,2\n");
});

test("panels, evenly spaced points and spreads", () => {
  const data = [
    { name: "now", x0: -1, dx: 0.5, y: [1, 2] },
    { name: "now", xaxis: "x2", x: [0], y: [4], error_y: { array: packed([0.25]) } },
  ];
  assert.equal(csvOf({ data }), "panel,series,x,y,spread\n1,now,-1,1,\n1,now,-0.5,2,\n2,now,0,4,0.25\n");
});

test("a mean has its band in columns of its own, and no gap between lines is a row", () => {
  const data = [
    { x: [0, 1, 1, 0], y: [4, 5, 1, 2], fill: "toself" },
    { name: "SGD", x: [0, 1], y: [3, 3], meta: { low: packed([2, 1]), high: packed([4, 5]) } },
    { name: "pruned", x: packed([1, NaN, 1]), y: packed([7, NaN, 8]), meta: { trial: packed([1, 1, 2], Int32Array, "i4") } },
  ];
  const rows = "series,x,y,low,high,trial\nSGD,0,3,2,4,\nSGD,1,3,1,5,\npruned,1,7,,,1\npruned,1,8,,,2\n";
  assert.equal(csvOf({ data }), rows);
});

test("a map has a row for each place", () => {
  const z = packed([1, 2, 3, 4], Uint8Array, "u1", "2, 2");
  assert.equal(csvOf({ data: [{ x: [10, 20], y: [5, 6], z }] }), "series,x,y,z\n1,10,5,1\n1,20,5,2\n1,10,6,3\n1,20,6,4\n");
});

test("a point in space has three numbers", () => {
  assert.equal(csvOf({ data: [{ x: [1], y: packed([2]), z: packed([3]) }] }), "series,x,y,z\n1,1,2,3\n");
});

test("names are no formulas and keep their commas", () => {
  assert.equal(csvOf({ data: [{ name: "=1+1", x: ['a "b", c'], y: [-1] }] }), 'series,x,y\n\'=1+1,"a ""b"", c",-1\n');
});

test("numbers that are drawn as places or shades are those that they stand for", () => {
  const lines = { name: "a &lt; b<br>c", x: [0, 1], y: [0, 0.5], meta: { run: ["r", "r"], x: ["Learning rate", "Loss"], y: [0.1, 2] } };
  assert.equal(csvOf({ data: [lines] }), "series,x,y,run\na < b c,Learning rate,0.1,r\na < b c,Loss,2,r\n");
  const shades = { x: [1, 2], y: [3], z: [[-1, 2]], meta: { z: packed([0.1, 100], Float32Array, "f4", "1, 2") } };
  assert.equal(csvOf({ data: [shades] }), "series,x,y,z\n1,1,3,0.1\n1,2,3,100\n");
});

test("a decision map has the predicted class at each place, and how sure that is", () => {
  const levels = 21845;
  const z = packed([levels - 1, levels, 3 * levels - 1, 1.5 * levels - 0.5], Uint16Array, "u2", "2, 2");
  const map = { name: "decision map", x: [0, 1], y: [5, 6], z, meta: { levels, classes: ["A", "B", "C"] } };
  const points = { name: "A", x: [0.5], y: [5.5] };
  assert.equal(
    csvOf({ data: [map, points, { x: [9], y: [9] }] }),
    "series,x,y,predicted,confidence\n" +
      "decision map,0,5,A,1\ndecision map,1,5,B,0.3333\ndecision map,0,6,C,1\ndecision map,1,6,B,0.6667\nA,0.5,5.5,,\n",
  );
});
