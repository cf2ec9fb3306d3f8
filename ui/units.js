// Draws units as pictures of their weights; pressing one chooses it.

import { between, rgb, themeOf } from "./plots.js";

const FRAME = 4; // pixels of a button around its picture

export default function show({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".mlp-units");
  const buttons = box.querySelector("div");
  const { shape, levels, first, chosen } = data;
  const [count, rows, columns] = shape;
  while (buttons.children.length > count) buttons.lastChild.remove();
  while (buttons.children.length < count) buttons.append(Object.assign(document.createElement("button"), { type: "button" }));
  [...buttons.children].forEach((button, index) => {
    button.setAttribute("aria-label", `Unit ${first + index}`);
    button.title = `Unit ${first + index}`;
    button.setAttribute("aria-pressed", first + index === chosen);
    button.style.aspectRatio = `${columns} / ${rows}`;
    button.onclick = () => setTriggerValue("pressed", first + index);
  });

  box.paint = () => paint(box, data);
  if (box.observer) box.paint();
  else (box.observer = new ResizeObserver(() => box.paint())).observe(box); // which has it painted at once
}

// All pictures on one canvas under the buttons: the browser keeps and lays out each canvas by itself.
function paint(box, { shape: [count, rows, columns], levels }) {
  const { clientWidth, clientHeight } = box;
  const theme = themeOf(box);
  if (!theme || !clientWidth) return;
  const diverging = theme.diverging.map(rgb);
  const colours = Uint32Array.from({ length: 255 }, (_, level) => between(diverging, level / 254));
  const bytes = Uint8Array.from(atob(levels), (letter) => letter.charCodeAt(0));
  const pictures = new ImageData(columns, count * rows); // one below the other
  const pixels = new Uint32Array(pictures.data.buffer);
  for (let place = 0; place < pixels.length; place++) pixels[place] = colours[((bytes[place] << 24) >> 24) + 127];
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
