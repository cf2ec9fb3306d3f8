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

test("panels, evenly spaced points and spreads", () => {
  const data = [
    { name: "now", x0: -1, dx: 0.5, y: [1, 2] },
    { name: "now", xaxis: "x2", x: [0], y: [4], error_y: { array: packed([0.25]) } },
  ];
  assert.equal(csvOf({ data }), "panel,series,x,y,spread\n1,now,-1,1,\n1,now,-0.5,2,\n2,now,0,4,0.25\n");
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
