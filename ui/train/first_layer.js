// Draws the weights of the first layer's units as pictures.

import { between, rgb, write } from "../parts/plots.js";

export const GAP = 4; // between pictures
const LEVELS = 7; // of a weight, on each side of zero

export function showFirstLayer(figure, layer, theme) {
  figure.hidden = !layer;
  if (!layer) return;
  const { shape, levels, limit, names, of } = layer;
  const [count, rows, columns] = shape;
  write(figure.querySelector("small"), names ? "one template per class" : `${count} of ${of} units`);
  const [low, high] = figure.querySelectorAll(".scale span");
  write(low, `−${limit}`);
  write(high, `+${limit}`);

  const box = figure.querySelector(".units");
  const { clientWidth: width, clientHeight: height } = box;
  const key = [levels, theme.key, width, height].join();
  if (box.key === key || !width || !height) return;
  box.key = key;
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", `Weights of ${count} first-layer units as pictures, from −${limit} to ${limit}`);

  // One canvas for all: for each canvas the browser would keep and lay out a layer.
  const caption = names ? 1.3 * parseFloat(getComputedStyle(box).fontSize) : 0;
  const { across, size } = tile(count, width, height, caption);
  const left = (width - across * size - (across - 1) * GAP) / 2;
  const top = (height - Math.ceil(count / across) * (size + caption + GAP) + GAP) / 2;
  const canvas = box.querySelector("canvas");
  const pen = canvas.getContext("2d");
  const sharpness = window.devicePixelRatio;
  for (const [side, length] of [["width", width], ["height", height]]) {
    const pixels = Math.round(length * sharpness);
    if (canvas[side] !== pixels) canvas[side] = pixels;
    canvas.style[side] = `${length}px`;
  }
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingEnabled = false;
  const bytes = Uint8Array.from(atob(levels), (letter) => letter.charCodeAt(0));
  const picture = new ImageData(columns, rows);
  const pixels = new Uint32Array(picture.data.buffer);
  const sheet = new OffscreenCanvas(columns, rows);
  box.querySelectorAll("span").forEach((label) => label.remove());
  for (let unit = 0; unit < count; unit++) {
    for (let index = 0; index < pixels.length; index++) {
      pixels[index] = theme.weights[levelAt(bytes, unit * pixels.length + index)];
    }
    sheet.getContext("2d").putImageData(picture, 0, 0);
    const x = Math.round(left + (unit % across) * (size + GAP));
    const y = Math.round(top + Math.floor(unit / across) * (size + caption + GAP));
    pen.drawImage(sheet, x * sharpness, y * sharpness, size * sharpness, size * sharpness);
    if (!names) continue;
    const label = Object.assign(document.createElement("span"), { textContent: names[unit] });
    Object.assign(label.style, { left: `${x}px`, top: `${y + size}px`, width: `${size}px` });
    box.append(label);
  }
}

// One of the levels, of which two fit in a byte.
export const levelAt = (bytes, place) => (place & 1 ? bytes[place >> 1] & 15 : bytes[place >> 1] >> 4);

// The number of columns, and the size, with which `count` squares with a caption fill a box best.
export function tile(count, width, height, caption) {
  let best = { across: 1, size: 8 };
  for (let across = 1; across <= count; across++) {
    const down = Math.ceil(count / across);
    const size = Math.floor(
      Math.min((width - GAP * (across - 1)) / across, (height - GAP * (down - 1)) / down - caption),
    );
    if (size > best.size) best = { across, size };
  }
  return best;
}

// The theme, with the colors of the 16 levels of a weight.
export function withWeights(theme, panel) {
  const stops = theme.diverging.map(rgb);
  const weights = new Uint32Array(16); // the last, for NaN, stays transparent
  for (let level = 0; level <= 2 * LEVELS; level++) weights[level] = between(stops, level / (2 * LEVELS));
  const [red, green, blue] = rgb(theme.colors["--mlp-background"]);
  panel.dataset.theme = 0.299 * red + 0.587 * green + 0.114 * blue < 128 ? "dark" : "light";
  return { ...theme, weights };
}
