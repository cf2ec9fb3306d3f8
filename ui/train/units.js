// Draws units as pictures of their weights; pressing one selects it.

import { between, rgb, themeOf } from "../parts/plots.js";

const FRAME = 4; // pixels of a button around its picture
const FEW = 8, MANY = 16; // units in a row: where there is less, and more room

export default function show({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".mlp-units");
  const buttons = box.querySelector("div");
  const { shape, levels, first, chosen } = data;
  const [count, rows, width] = shape;
  while (buttons.children.length > count) buttons.lastChild.remove();
  while (buttons.children.length < count) buttons.append(Object.assign(document.createElement("button"), { type: "button" }));
  [...buttons.children].forEach((button, index) => {
    const name = `Unit ${first + index + 1}`;
    button.setAttribute("aria-label", name);
    button.title = name;
    button.setAttribute("aria-pressed", first + index === chosen);
    button.style.aspectRatio = `${width} / ${rows}`;
    button.onclick = () => setTriggerValue("pressed", first + index);
  });

  box.style.setProperty("--few", columns(count, FEW));
  box.style.setProperty("--many", columns(count, MANY));
  box.paint = () => paint(box, data);
  if (box.observer) box.paint();
  else (box.observer = new ResizeObserver(() => box.paint())).observe(box); // which also paints it the first time
}

// As many columns as there may be, or a few less, so that no unit is left alone in the last row.
export function columns(count, most) {
  let found = most;
  while (found > 2 && count % found === 1) found--;
  return found;
}

// All pictures are on one canvas under the buttons, because the browser lays out each canvas separately.
function paint(box, { shape: [count, rows, columns], levels }) {
  const { clientWidth, clientHeight } = box;
  const theme = themeOf(box);
  if (!theme || !clientWidth) return;
  const diverging = theme.diverging.map(rgb);
  const colors = Uint32Array.from({ length: 255 }, (_, level) => between(diverging, level / 254));
  const bytes = Uint8Array.from(atob(levels), (letter) => letter.charCodeAt(0));
  const pictures = new ImageData(columns, count * rows); // one below the other
  const pixels = new Uint32Array(pictures.data.buffer);
  for (let place = 0; place < pixels.length; place++) pixels[place] = colors[((bytes[place] << 24) >> 24) + 127];
  const sheet = new OffscreenCanvas(pictures.width, pictures.height);
  sheet.getContext("2d").putImageData(pictures, 0, 0);

  const canvas = box.querySelector("canvas");
  const sharpness = window.devicePixelRatio;
  canvas.width = Math.round(clientWidth * sharpness);
  canvas.height = Math.round(clientHeight * sharpness);
  const pen = canvas.getContext("2d");
  pen.imageSmoothingEnabled = false;
  [...box.querySelectorAll("button")].forEach(({ offsetLeft, offsetTop, offsetWidth, offsetHeight }, index) => {
    const place = [offsetLeft + FRAME, offsetTop + FRAME, offsetWidth - 2 * FRAME, offsetHeight - 2 * FRAME];
    pen.drawImage(sheet, 0, index * rows, columns, rows, ...place.map((length) => length * sharpness));
  });
}
