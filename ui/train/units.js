// Draws units as pictures of their weights; pressing one selects it.

import { bytes, levelColors, penOn, picture } from "../parts/pixels.js";
import { themeOf } from "../parts/plots.js";

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
  const pictures = picture(bytes(levels), columns, count * rows, levelColors(theme.diverging)); // in one column
  const pen = penOn(box.querySelector("canvas"), clientWidth, clientHeight);
  [...box.querySelectorAll("button")].forEach(({ offsetLeft, offsetTop, offsetWidth, offsetHeight }, index) => {
    const place = [offsetLeft + FRAME, offsetTop + FRAME, offsetWidth - 2 * FRAME, offsetHeight - 2 * FRAME];
    pen.drawImage(pictures, 0, index * rows, columns, rows, ...place);
  });
}
