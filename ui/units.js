// Draws units as pictures of their weights; pressing one chooses it.

import { between } from "./plots.js";

export default function show({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".mlp-units");
  const { shape, levels, first, chosen } = data;
  const [count, rows, columns] = shape;
  while (box.children.length > count) box.lastChild.remove();
  while (box.children.length < count) {
    box.append(Object.assign(document.createElement("button"), { type: "button", innerHTML: "<canvas></canvas>" }));
  }
  const diverging = getComputedStyle(box).getPropertyValue("--st-chart-diverging-colors").split(",");
  const colours = Uint32Array.from({ length: 255 }, (_, level) => between(diverging, level / 254));
  const bytes = Uint8Array.from(atob(levels), (letter) => letter.charCodeAt(0));
  [...box.children].forEach((button, index) => {
    button.setAttribute("aria-label", `Unit ${first + index}`);
    button.title = `Unit ${first + index}`;
    button.setAttribute("aria-pressed", first + index === chosen);
    button.onclick = () => setTriggerValue("pressed", first + index);
    const canvas = button.firstChild;
    canvas.width = columns;
    canvas.height = rows;
    const picture = new ImageData(columns, rows);
    const pixels = new Uint32Array(picture.data.buffer);
    const start = index * rows * columns;
    for (let place = 0; place < pixels.length; place++) pixels[place] = colours[(((bytes[start + place] << 24) >> 24) + 127)];
    canvas.getContext("2d").putImageData(picture, 0, 0);
  });
}
