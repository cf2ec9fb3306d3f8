// The network on the Boundary page: a small map for every unit, and a line for every weight.

import { floats, paint } from "./maps.js";
import { bytes } from "../parts/pixels.js";

const WIDEST = 6; // pixels, for the largest weight
const DASHES = "7 5"; // of a negative weight's line

export function showUnits(panel) {
  const { content } = panel;
  const columns = panel.find(".columns");
  if (!content) return;
  const structure = JSON.stringify([content.sizes, content.inputs, content.outputs]);
  if (columns.dataset.structure !== structure) {
    columns.dataset.structure = structure;
    panel.find(".net").style.setProperty("--columns", content.sizes.length);
    panel.find(".net").style.setProperty("--rows", Math.max(...content.sizes));
    columns.replaceChildren(...content.sizes.map((size, layer) => column(panel, layer, size)));
    panel.unit = panel.pinned = undefined;
    panel.places = undefined;
  }
  const small = bytes(content.small);
  const nodes = content.smallSide ** 2;
  columns.querySelectorAll(".unit").forEach((button, index) => {
    const { layer, number } = button.dataset;
    paint(button.firstElementChild, content.smallSide, small.subarray(index * nodes, (index + 1) * nodes), tableOf(panel, Number(layer), number));
    const name = `${layer}.${number}`;
    button.setAttribute("aria-pressed", panel.pinned === name);
  });
}

// The colors of a unit's map: an output's are its class's, or of a height those of heights.
export function tableOf(panel, layer, number) {
  const { content, theme } = panel;
  if (layer < content.sizes.length - 1) return theme.gray;
  return content.classes ? theme.shares[number] : theme.signed;
}

function column(panel, layer, size) {
  const { content } = panel;
  const last = content.sizes.length - 1;
  const column = Object.assign(document.createElement("div"), { className: "column" });
  const title = Object.assign(document.createElement("h4"), {
    textContent: layer === 0 ? "Inputs" : layer === last ? "Output" : last > 4 ? `${layer}` : `Layer ${layer}`,
  });
  const units = Object.assign(document.createElement("div"), { className: "stack" });
  for (let number = 0; number < size; number++) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "unit" });
    const named = layer === 0 ? content.inputs : layer === last ? content.outputs : undefined;
    const name = nameOf(panel, layer, number);
    button.innerHTML = "<canvas></canvas>";
    if (named) button.append(Object.assign(document.createElement("span"), { textContent: named[number] }));
    Object.assign(button.dataset, { layer, number });
    button.setAttribute("aria-label", name);
    button.title = layer ? `${name}: click to show and edit its weights` : name;
    const id = `${layer}.${number}`;
    button.addEventListener("pointerenter", () => panel.point(id));
    button.addEventListener("pointerleave", () => panel.point(undefined));
    button.addEventListener("focus", () => button.matches(":focus-visible") && panel.point(id));
    button.addEventListener("blur", () => panel.point(undefined));
    button.addEventListener("click", (event) => {
      // With the keyboard, the focus goes on to the first weight.
      if (!event.detail) return panel.pin(id, 0);
      button.blur();
      panel.pin(panel.pinned === id ? undefined : id);
    });
    units.append(button);
  }
  column.append(title, units);
  return column;
}

export function nameOf(panel, layer, number) {
  const { content } = panel;
  if (layer === 0) return `Input ${content.inputs[number]}`;
  if (layer === content.sizes.length - 1) return content.classes ? `Class ${content.outputs[number]}` : "Height";
  return `Layer ${layer}, unit ${number + 1}`;
}

// A line for every weight: the larger, the wider; dashed if it is negative.
export function showLinks(panel) {
  const { content } = panel;
  const svg = panel.find(".links");
  if (!content) {
    panel.places = undefined;
    return svg.replaceChildren();
  }
  const net = panel.find(".net");
  const box = net.getBoundingClientRect();
  if (!box.width) return;
  const key = `${panel.find(".columns").dataset.structure} ${box.width} ${box.height}`;
  if (panel.places !== key) {
    panel.places = key;
    svg.replaceChildren(...links(panel, box));
  }
  const weights = floats(content.parameters);
  const largest = 0.5 + weights.reduce((most, weight) => Math.max(most, Math.abs(weight) || 0), 0);
  let start = 0;
  let link = 0;
  for (let layer = 1; layer < content.sizes.length; layer++) {
    const [inputs, units] = [content.sizes[layer - 1], content.sizes[layer]];
    for (let index = 0; index < inputs * units; index++) {
      const weight = weights[start + index];
      const line = svg.children[link++].firstChild;
      line.style.strokeWidth = `${Math.max((WIDEST * Math.abs(weight)) / largest, 0.4)}px`;
      line.style.strokeDasharray = weight < 0 ? DASHES : "none";
    }
    start += inputs * units + units;
  }
}

function links(panel, box) {
  const { sizes } = panel.content;
  const edge = (layer, number, side) => {
    const canvas = panel.find(`.unit[data-layer="${layer}"][data-number="${number}"] canvas`).getBoundingClientRect();
    return [canvas[side] - box.left, canvas.top + canvas.height / 2 - box.top];
  };
  const found = [];
  for (let layer = 1; layer < sizes.length; layer++) {
    for (let row = 0; row < sizes[layer - 1]; row++) {
      const [x0, y0] = edge(layer - 1, row, "right");
      for (let unit = 0; unit < sizes[layer]; unit++) {
        const [x1, y1] = edge(layer, unit, "left");
        const middle = (x0 + x1) / 2;
        const d = `M${x0},${y0}C${middle},${y0} ${middle},${y1} ${x1},${y1}`;
        const link = drawn("g");
        link.append(drawn("path", { d }), drawn("path", { d, class: "target" })); // a line is thin, and between its dashes nothing
        found.push(Object.assign(link, { unit: `${layer}.${unit}`, row }));
      }
    }
  }
  return found;
}

// Lights the line nearest to the pointer, of which a click opens the weight: the targets of several may overlap.
export function followPointer(panel) {
  const svg = panel.find(".links");
  let near;
  const light = (link) => {
    near?.classList.remove("near");
    near = link;
    near?.classList.add("near");
  };
  svg.addEventListener("pointermove", (event) => light(nearest(event)));
  svg.addEventListener("pointerleave", () => light(undefined));
  svg.addEventListener("click", (event) => {
    const { unit, row } = nearest(event) ?? {};
    if (unit) panel.pin(unit, row);
  });
}

function nearest({ clientX, clientY, currentTarget }) {
  const { left, top } = currentTarget.getBoundingClientRect();
  const distance = (link) => Math.min(...samples(link).map(({ x, y }) => Math.hypot(left + x - clientX, top + y - clientY)));
  const targets = document.elementsFromPoint(clientX, clientY).filter((each) => each.matches(".links .target"));
  const near = targets.map(({ parentNode }) => ({ link: parentNode, distance: distance(parentNode) }));
  return near.sort((a, b) => a.distance - b.distance)[0]?.link;
}

// The points along a line, a pixel from each other.
function samples(link) {
  const length = link.firstChild.getTotalLength();
  return (link.samples ??= Array.from({ length }, (_, place) => link.firstChild.getPointAtLength(place)));
}

function drawn(name, attributes = {}) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  return element;
}
