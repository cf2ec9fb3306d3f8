// Weights and maps are sent as text, a level each: they are unpacked, colored, and laid out as large as fits.

import assert from "node:assert/strict";
import { test } from "node:test";

import { answerAt, clamp, cornersOf, floats, inWords, paint, parted } from "../../ui/boundary/maps.js";
import { bytes } from "../../ui/parts/pixels.js";
import { between, colored } from "../../ui/parts/plots.js";
import { GAP, halves, tile } from "../../ui/train/first_layer.js";
import { columns } from "../../ui/train/units.js";

const text = (array) => Buffer.from(array.buffer).toString("base64");
const pixel = (red, green, blue) => (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;

test("bytes and numbers come back as they were sent", () => {
  assert.deepEqual([...bytes(text(Uint8Array.of(0, 127, 254, 255)))], [0, 127, 254, 255]);
  assert.deepEqual([...floats(text(Float32Array.of(-0.5, 1e30, NaN)))], [-0.5, Math.fround(1e30), NaN]);
});

test("two levels fit in a byte, the first in its upper half", () => {
  assert.deepEqual([...halves(Uint8Array.of(0x1e, 0xf0))], [1, 14, 15, 0]);
});

test("a map's first row is drawn at the bottom", () => {
  globalThis.ImageData = class {
    constructor(width, height) {
      this.data = new Uint8ClampedArray(4 * width * height);
    }
  };
  let drawn;
  const canvas = { getContext: () => ({ putImageData: ({ data }) => (drawn = [...new Uint32Array(data.buffer)]) }) };
  paint(canvas, 2, [0, 1, 2, 3], [10, 11, 12, 13]);
  assert.deepEqual(drawn, [12, 13, 10, 11]);
  assert.deepEqual([canvas.width, canvas.height], [2, 2]);
});

test("a gap parts what has different colors", () => {
  assert.deepEqual(parted(Uint8Array.of(0, 0, 1, 0, 0, 1, 1, 2, 2), 3, [5, 6, 6]), Uint8Array.of(0, 255, 1, 255, 255, 1, 1, 2, 2));
});

test("each class's marker has another shape", () => {
  const shapes = [0, 1, 2, 3, 4, 5].map((kind) => cornersOf(kind).map((place) => place.map((part) => part.toFixed(2)).join()));
  assert.deepEqual(shapes[0], []);
  assert.deepEqual(shapes[1], ["0.71,-0.71", "0.71,0.71", "-0.71,0.71", "-0.71,-0.71"]);
  assert.equal(new Set(shapes.map(String)).size, 6);
});

test("a map of predictions is put into words: the classes' areas, and the prediction at a place", () => {
  const names = ["A", "B"]; // 127 levels each
  const levels = Uint8Array.of(0, 126, 253, 127); // from below: A as good as B, A for certain; B for certain, B as good as A
  assert.equal(inWords(levels, names), "A on 50 %, B on 50 %");
  assert.equal(inWords(Uint8Array.of(0, 126, 253, 1), names), "A on 75 %, B on 25 %");
  assert.equal(inWords(new Uint8Array(1000).fill(253, 0, 3), names), "A on 100 %, B on under 1 %");
  const places = [[0, 0], [1, 0], [0.3, 0.9], [1, 1]];
  assert.deepEqual(places.map((place) => answerAt(levels, 2, names, place)), ["A, 50 %", "A, 100 %", "B, 100 %", "B, 50 %"]);
});

test("of heights, the range is put into words; what diverged is unknown", () => {
  const levels = Uint8Array.of(127, 254, 0, 255);
  assert.equal(inWords(levels, false), "from −1 or below to 1 or above");
  assert.equal(inWords(Uint8Array.of(127, 190, 64), false), "from −0.50 to 0.50");
  assert.equal(inWords(Uint8Array.of(255), false), "unknown");
  assert.deepEqual([[0, 0], [1, 1]].map((place) => answerAt(levels, 2, false, place)), ["0.00", "unknown"]);
});

test("a share of the way along colors is a pixel between its neighbors", () => {
  const colors = [[0, 0, 200], [100, 100, 100], [255, 0, 0]];
  assert.equal(between(colors, 0), pixel(0, 0, 200));
  assert.equal(between(colors, 0.25), pixel(50, 50, 150));
  assert.equal(between(colors, 0.5), pixel(100, 100, 100));
  assert.equal(between(colors, 1), pixel(255, 0, 0));
});

test("a chart gets the theme's colors, whatever runs and classes are called", () => {
  const chart = { line: { color: "var(--mlp-train)" }, fill: "var(--mlp-class-0)", name: "var(--x), var(--mlp-x)" };
  const colors = { "--mlp-train": "#0072b2", "--mlp-class-0": "#009e73" };
  assert.deepEqual(JSON.parse(colored(chart, colors)), {
    line: { color: "#0072b2" },
    fill: "#009e73",
    name: "var(--x), var(--mlp-x)",
  });
});

test("what is too large is cut off on both sides", () => {
  assert.deepEqual([-7, -1, 0.5, 7].map((value) => clamp(value, 2)), [-2, -1, 0.5, 2]);
});

test("pictures are as large as fits, and all of them do", () => {
  for (const [count, width, height, caption] of [[64, 300, 200, 0], [10, 500, 120, 16], [1, 90, 200, 0], [7, 40, 400, 0]]) {
    const { across, size } = tile(count, width, height, caption);
    const fits = (columns, side) =>
      columns * (side + GAP) - GAP <= width && Math.ceil(count / columns) * (side + caption + GAP) - GAP <= height;
    assert.ok(fits(across, size), `${count} in ${width} × ${height}`);
    for (let other = 1; other <= count; other++) assert.ok(!fits(other, size + 1), `${other} columns of ${size + 1}`);
  }
});

test("no unit is left alone in the last row", () => {
  assert.equal(columns(64, 16), 16);
  assert.equal(columns(33, 16), 15);
  assert.equal(columns(9, 8), 7);
  assert.equal(columns(3, 2), 2, "but there are at least two columns");
});
