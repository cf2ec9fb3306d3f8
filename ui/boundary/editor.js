// One unit's weights on the Boundary page, to be set by hand.

import { floats } from "./maps.js";
import { nameOf } from "./net.js";
import { write } from "../parts/plots.js";

export function showEditor(panel) {
  const { content } = panel;
  const editor = panel.find(".editor");
  const [layer, number] = (panel.pinned ?? "0.0").split(".").map(Number);
  editor.hidden = !content || layer === 0;
  if (editor.hidden) return;
  const inputs = content.sizes[layer - 1];
  const units = content.sizes[layer];
  const last = layer === content.sizes.length - 1;
  const words = `${nameOf(panel, layer, number)}: ${last ? (content.classes ? "before softmax, " : "") : `${content.activation} of `}the sum of`;
  write(editor.querySelector("h3"), words);
  const list = editor.querySelector(".weights");
  if (list.dataset.of !== `${panel.pinned} ${inputs}`) {
    list.dataset.of = `${panel.pinned} ${inputs}`;
    list.replaceChildren(...Array.from({ length: inputs + 1 }, (_, row) => weight(panel, layer, row < inputs ? row : -1, number)));
  }
  let start = 0;
  for (let before = 1; before < layer; before++) start += (content.sizes[before - 1] + 1) * content.sizes[before];
  const weights = floats(content.parameters);
  for (const input of list.querySelectorAll("input")) {
    const row = Number(input.dataset.row);
    const weight = row < 0 ? weights[start + inputs * units + number] : weights[start + row * units + number];
    input.current = `${Number(weight.toPrecision(3))}`;
    if (!input.held && input.awaits !== panel.data && input.value !== input.current) input.value = input.current;
  }
}

function weight(panel, layer, row, unit) {
  const label = document.createElement("label");
  const input = Object.assign(document.createElement("input"), { type: "text", autocomplete: "off" }); // a phone's keys for decimals may have no minus
  input.dataset.row = row;
  const source = row < 0 ? "bias" : `× ${layer === 1 ? panel.content.inputs[row] : `unit ${row + 1}`}`;
  input.setAttribute("aria-label", row < 0 ? "Bias" : `Weight of ${nameOf(panel, layer - 1, row)}`);
  // What is in the field is the person's from the first touch until it is left, or the page has answered what was entered,
  // even while the network trains.
  const hold = () => (input.held = true);
  const release = () => {
    input.held = false;
    panel.redraw();
  };
  for (const touch of ["focus", "pointerdown", "keydown", "input"]) input.addEventListener(touch, hold);
  input.addEventListener("change", () => {
    if (input.value !== input.current || input.awaits === panel.data) {
      input.awaits = panel.data; // which the page's answer replaces
      panel.trigger("did", { weight: [layer, row, unit, input.value] });
    }
    release();
  });
  input.addEventListener("blur", release);
  input.addEventListener("dblclick", () => input.select()); // with its minus, which is no part of a browser's word
  input.addEventListener("keydown", (event) => {
    event.stopPropagation(); // letters are not shortcuts here
    if (event.key !== "Escape") return;
    input.value = input.current; // takes back what was typed, before the field loses the focus and is entered
    panel.find(`.unit[data-layer="${layer}"][data-number="${unit}"]`).focus();
    panel.pin(undefined);
  });
  label.append(input, Object.assign(document.createElement("span"), { textContent: source }));
  return label;
}
