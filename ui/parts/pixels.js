// Draws values, sent as text in a few levels, as pixels in a theme's colors.

import { between, rgb } from "./plots.js";

export const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

export const HIGHEST = 254; // level of a byte; 127 is zero, and 255 has no value

// The colors of `count` levels along a list of colors, as the numbers of canvas pixels.
export function levelColors(colors, count = HIGHEST + 1) {
  const stops = colors.map(rgb);
  return Uint32Array.from({ length: count }, (_, level) => between(stops, level / (count - 1)));
}

// Levels as pixels; the first row is on top or, `upward`, below. A level without a color stays transparent.
export function pixels(levels, columns, rows, colors, upward = false) {
  const image = new ImageData(columns, rows);
  const all = new Uint32Array(image.data.buffer);
  for (let place = 0; place < all.length; place++) {
    const row = Math.floor(place / columns);
    const from = upward ? place + (rows - 1 - 2 * row) * columns : place;
    all[place] = colors[levels[from]];
  }
  return image;
}

// Levels as a picture, the first row on top.
export function picture(levels, columns, rows, colors) {
  const canvas = new OffscreenCanvas(columns, rows);
  canvas.getContext("2d").putImageData(pixels(levels, columns, rows, colors), 0, 0);
  return canvas;
}

// Empties a canvas of this size on the page. Returns a pen that draws pictures on it, every pixel sharp.
export function penOn(canvas, width, height) {
  const sharpness = window.devicePixelRatio;
  for (const [side, length] of [["width", width], ["height", height]]) {
    const pixels = Math.round(length * sharpness);
    if (canvas[side] !== pixels) canvas[side] = pixels;
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(sharpness, 0, 0, sharpness, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.imageSmoothingEnabled = false;
  return pen;
}
