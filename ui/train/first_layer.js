// Draws the weights of the first layer's units as pictures.

import { bytes, levelColors, penOn, picture } from "../parts/pixels.js";
import { write } from "../parts/plots.js";

export const GAP = 4; // between pictures
const LEVELS = 15; // of a weight; the middle one is zero

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
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  const pen = penOn(canvas, width, height);
  const pictures = picture(halves(bytes(levels)), columns, count * rows, theme.weights); // one below the other
  box.querySelectorAll("span").forEach((label) => label.remove());
  for (let unit = 0; unit < count; unit++) {
    const x = Math.round(left + (unit % across) * (size + GAP));
    const y = Math.round(top + Math.floor(unit / across) * (size + caption + GAP));
    pen.drawImage(pictures, 0, unit * rows, columns, rows, x, y, size, size);
    if (!names) continue;
    const label = Object.assign(document.createElement("span"), { textContent: names[unit] });
    Object.assign(label.style, { left: `${x}px`, top: `${y + size}px`, width: `${size}px` });
    box.append(label);
  }
}

// Two levels in each byte.
export function halves(packed) {
  const levels = new Uint8Array(2 * packed.length);
  packed.forEach((byte, index) => levels.set([byte >> 4, byte & 15], 2 * index));
  return levels;
}

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

// The theme, with the colors of a weight's levels; NaN has none.
export const withWeights = (theme) => ({ ...theme, weights: levelColors(theme.diverging, LEVELS) });
