// Maps of values across the plane: levels, sent as text, are painted as pixels in a theme's colors.

import { HIGHEST, bytes, pixels } from "../parts/pixels.js";

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

// Levels of a class, from uncertain to confident; those of the next class follow. As in panel.py.
export const stretchOf = (classes) => Math.floor((HIGHEST + 1) / classes);

// What a map of predictions shows, in words. Of classes, `names` are given; without them, levels are heights.
export function inWords(levels, names) {
  const counts = new Uint32Array(NO_VALUE + 1);
  for (const level of levels) counts[level] += 1;
  const known = [...counts.keys()].filter((level) => counts[level] && level <= HIGHEST);
  if (!known.length) return "unknown";
  if (!names) return `from ${height(known[0])} to ${height(known.at(-1))}`;
  const areas = names.map(() => 0);
  for (const level of known) areas[Math.floor(level / stretchOf(names.length))] += counts[level];
  return names.map((name, index) => `${name} on ${percent(areas[index] / levels.length)}`).join(", ");
}

// The prediction at a place, [across, up] from 0 to 1: "B, 97 %", or a height.
export function answerAt(levels, side, names, place) {
  const [column, row] = place.map((share) => Math.round(share * (side - 1)));
  const level = levels[row * side + column];
  if (level > HIGHEST) return "unknown";
  if (!names) return height(level);
  const stretch = stretchOf(names.length);
  const confidence = (level % stretch) / (stretch - 1);
  return `${names[Math.floor(level / stretch)]}, ${percent((1 + confidence * (names.length - 1)) / names.length)}`;
}

const percent = (share) => (share > 0 && share < 0.005 ? "under 1 %" : `${Math.round(100 * share)} %`);

function height(level) {
  if (level === 0) return "−1 or below"; // larger ones have the colors of −1 and 1
  if (level === HIGHEST) return "1 or above";
  return ((2 * level) / HIGHEST - 1).toFixed(2).replace("-", "−");
}
