// Maps of values across the plane: levels, sent as text, are painted as pixels in a theme's colors.

import { bytes, pixels } from "../parts/pixels.js";

export const clamp = (value, limit) => Math.min(Math.max(value, -limit), limit);
export const floats = (text) => new Float32Array(bytes(text).buffer);
export const classes = (colors) => Array.from({ length: 6 }, (_, index) => colors[`--mlp-class-${index}`]);

// Draws levels as pixels of a canvas; the first row is the lowest.
export function paint(canvas, side, levels, table) {
  if (canvas.width !== side) canvas.width = canvas.height = side;
  canvas.getContext("2d").putImageData(pixels(levels, side, side, table, true), 0, 0);
}
