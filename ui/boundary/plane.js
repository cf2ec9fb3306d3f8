// The plane on the Boundary page: predictions as colors, the points, and the choice of points to add.

import { clamp, classes, cornersOf, floats, inWords, paint, parted, stretchOf } from "./maps.js";
import { nameOf, tableOf } from "./net.js";
import { write } from "../parts/plots.js";
import { HIGHEST, bytes } from "../parts/pixels.js";

const POINTED = 1.25; // times as far as a circle's edge is a polygon's corner from the middle

const number = (pixel) => `rgb(${pixel & 255}, ${(pixel >> 8) & 255}, ${(pixel >> 16) & 255})`;

export function showPlane(panel) {
  const { content } = panel;
  const heat = panel.find(".heat");
  if (!content) {
    heat.width = heat.height = 1;
    heat.setAttribute("aria-label", "An empty plane");
    showCaption(panel, "There are no points yet. Choose a kind of point, then click the plane to add one.", "");
    return;
  }
  const { large } = content;
  const wanted = panel.wanted();
  if (large && wanted === large.unit.join(".")) {
    const [layer, number] = large.unit;
    const share = layer === content.sizes.length - 1 && content.classes;
    paint(heat, content.side, bytes(large.map), tableOf(panel, layer, number));
    const limit = large.limit.toPrecision(2);
    const [low, high] = layer === content.sizes.length - 1 ? ["orange", "blue"] : ["dark", "light"];
    showCaption(panel, nameOf(panel, layer, number), share ? "probability, from 0 to 1" : `${low}: −${limit}, ${high}: +${limit}`);
    heat.setAttribute("aria-label", `The output across the plane of: ${nameOf(panel, layer, number)}`);
  } else {
    const [levels, table] = [bytes(content.plane), planeTable(panel)];
    paint(heat, content.side, panel.data.options.discrete ? parted(levels, content.side, table) : levels, table);
    heat.setAttribute("aria-label", `Predictions across the plane: ${inWords(levels, content.classes && content.outputs)}`);
    if (content.classes) showCaption(panel, "Color: predicted class. Stronger: more confident", "");
    else showCaption(panel, "Color: predicted height", "orange: −1, blue: +1");
  }
}

function showCaption(panel, words, legend) {
  write(panel.find(".words"), words);
  write(panel.find(".legend"), legend);
}

// The colors of the plane's levels: each class has a range of them, from uncertain to confident.
function planeTable(panel) {
  const { content, data, theme } = panel;
  const { discrete } = data.options;
  if (!content.classes) {
    if (!discrete) return theme.signed;
    return theme.signed.map((_, level) => theme.signed[level < HIGHEST / 2 ? 40 : HIGHEST - 40]);
  }
  const count = content.outputs.length;
  const stretch = stretchOf(count);
  const table = new Uint32Array(256);
  for (let level = 0; level < count * stretch; level++) {
    const confidence = discrete ? 1 : (level % stretch) / (stretch - 1);
    table[level] = theme.shares[Math.floor(level / stretch)][Math.round(0.62 * confidence * HIGHEST)];
  }
  return table;
}

export function showDots(panel) {
  const canvas = panel.find(".dots");
  const side = Math.round(canvas.clientWidth * devicePixelRatio);
  const key = `${side} ${panel.theme.key} ${panel.data.options.validation} ${JSON.stringify(panel.data.points)}`;
  if (panel.drawnDots === key || !side) return;
  panel.drawnDots = key;
  canvas.width = canvas.height = side;
  if (!panel.data.points) return;
  const pen = canvas.getContext("2d");
  const radius = (side / 100) * 1.25;
  const paper = panel.theme.colors["--mlp-background"];
  const inks = classes(panel.theme.colors);
  const piles = panel.data.options.validation ? ["train", "validation"] : ["train"];
  for (const pile of piles) {
    const { places, values } = panel.data.points[pile];
    const numbers = floats(places);
    values.forEach((value, index) => {
      const [x, y] = [numbers[2 * index], numbers[2 * index + 1]].map((part) => part / panel.data.extent);
      const ink = panel.content?.classes === false ? number(panel.theme.signed[Math.round(((clamp(value, 1) + 1) / 2) * HIGHEST)]) : inks[value];
      const kind = panel.content?.classes === false ? 0 : value;
      outline(pen, (side * (1 + x)) / 2, (side * (1 - y)) / 2, radius, cornersOf(kind));
      pen.lineWidth = radius * 0.45;
      pen.fillStyle = pile === "train" ? ink : paper;
      pen.strokeStyle = pile === "train" ? (kind || panel.content?.classes ? paper : panel.theme.colors["--mlp-quiet"]) : ink;
      pen.fill();
      pen.stroke();
    });
  }
}

export function showAdding(panel) {
  const { answers } = panel.data.options;
  const box = panel.find(".adding");
  const key = JSON.stringify(answers);
  if (box.dataset.shown !== key) {
    box.dataset.shown = key;
    const before = box.querySelector("input:checked")?.value ?? (panel.data.content ? "" : `${answers[0].value}`);
    box.querySelectorAll("label").forEach((label) => label.remove());
    for (const { label, value, color } of [{ label: "off", value: "" }, ...answers]) {
      const choice = document.createElement("label");
      const input = Object.assign(document.createElement("input"), { type: "radio", name: "adding", value: `${value}` });
      input.checked = input.value === before;
      input.addEventListener("change", () => panel.redraw());
      choice.append(input);
      if (color) choice.append(swatch(color, cornersOf(value)));
      choice.append(label);
      box.querySelector("button").before(choice);
    }
    if (!box.querySelector("input:checked")) box.querySelector("input").checked = true;
  }
  for (const button of box.querySelectorAll("button")) button.hidden = !panel.data.options.own;
  if (!panel.data.content && !panel.empty) box.querySelectorAll("input")[1].checked = true; // there is nothing else to do
  panel.empty = !panel.data.content;
  const adding = box.querySelector("input:checked").value !== "";
  const spot = panel.find(".spot");
  spot.disabled = !adding;
  if (document.activeElement === spot) return; // its name would be read out again at each picture
  spot.setAttribute("aria-label", adding ? panel.spotWords() : "The plane. Choose what to add first.");
}

// A class's color in the shape of its points.
function swatch(color, corners) {
  const ends = corners.map((place) => place.map((part) => `${50 + 50 * part}%`).join(" "));
  const shape = corners.length ? `polygon(${ends})` : `circle(${50 / POINTED}%)`;
  return Object.assign(document.createElement("i"), { style: `background: ${color}; clip-path: ${shape}` });
}

// Adds a circle or a polygon to the pen's path.
function outline(pen, x, y, radius, corners) {
  pen.beginPath();
  if (!corners.length) return pen.arc(x, y, radius, 0, 2 * Math.PI);
  for (const [right, down] of corners) pen.lineTo(x + POINTED * radius * right, y + POINTED * radius * down);
  pen.closePath();
}
