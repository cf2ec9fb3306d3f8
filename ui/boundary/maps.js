// Maps of values across the plane: levels, sent as text, are painted as pixels in a theme's colors.

import { bytes, pixels } from "../parts/pixels.js";

const NO_VALUE = 255; // a level that stays without color
const CORNERS = [[0, 0], [4, 45], [4, 0], [3, 0], [3, 180], [6, 0]]; // of each class's marker, and its rotation

export const clamp = (value, limit) => Math.min(Math.max(value, -limit), limit);
export const floats = (text) => new Float32Array(bytes(text).buffer);
export const classes = (colors) => Array.from({ length: 6 }, (_, index) => colors[`--mlp-class-${index}`]);

// The corners of a class's marker, around its middle, one unit away from it; those of a circle are none.
export function cornersOf(kind) {
  const [count, turned] = CORNERS[kind];
  const angles = Array.from({ length: count }, (_, corner) => (2 * Math.PI * corner) / count + (Math.PI * (turned - 90)) / 180);
  return angles.map((angle) => [Math.cos(angle), Math.sin(angle)]);
}

// Leaves a gap between areas of different colors, which may be one gray to a printer or to an eye.
export function parted(levels, side, table) {
  const color = (place) => table[levels[place]];
  return levels.map((level, place) => {
    const next = [(place + 1) % side ? place + 1 : place, place + side < levels.length ? place + side : place];
    return next.some((other) => color(other) !== color(place)) ? NO_VALUE : level;
  });
}

// Draws levels as pixels of a canvas; the first row is the lowest.
export function paint(canvas, side, levels, table) {
  if (canvas.width !== side) canvas.width = canvas.height = side;
  canvas.getContext("2d").putImageData(pixels(levels, side, side, table, true), 0, 0);
}
