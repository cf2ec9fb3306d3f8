// Draws the network's predictions for some examples: a tile for each picture, or a line for each row of a table.

import { write } from "../parts/plots.js";
import * as rows from "./rows.js";
import * as tiles from "./tiles.js";

// `open` is given the row of an example.
export function showPredictions(figure, predictions, open) {
  figure.hidden = !predictions;
  if (!predictions) return;
  const { cells, right, columns, of } = predictions;
  const some = columns && columns.length < of ? ` · ${columns.length} of ${of} columns` : "";
  write(figure.querySelector("small"), `${right} of ${cells.length} correct${some}`);
  const kind = columns ? rows : tiles;
  figure.querySelector(".cells").hidden = kind !== tiles;
  figure.querySelector(".rows").hidden = kind !== rows;
  const list = figure.querySelector(kind.LIST);
  const examples = columns ? JSON.stringify(columns) : predictions.images;
  if (list.examples !== examples) {
    list.examples = examples;
    list.replaceChildren(...kind.make(figure, predictions));
    // One stop for all: the arrow keys go from one to the next.
    buttons(list).forEach((button, index) => (button.tabIndex = index ? -1 : 0));
    listen(list, kind.ACROSS);
  }
  list.open = (index) => open(cells[index].row);
  cells.forEach((cell, index) => {
    const percent = cell.sure === null ? "–" : `${Math.round(100 * cell.sure)}\u2009%`;
    const element = list.children[index];
    element.className = cell.wrong ? "wrong" : "right";
    const words = cell.wrong ? `actually ${cell.truth}, predicted ${cell.answer}` : `${cell.answer}, correct`;
    element.querySelector("button").setAttribute("aria-label", `${words}: ${percent}. Open in Mistakes`);
    kind.show(element, cell, percent, predictions);
    element.querySelector(".sure").style.transform = `scaleX(${cell.sure ?? 0})`;
  });
}

const buttons = (list) => [...list.querySelectorAll("button")];

function listen(list, across) {
  const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across };
  const place = ({ target }) => [...list.children].findIndex((child) => child.contains(target));
  // Set when it is wanted: a title that changes makes the browser check the rules that depend on it.
  list.onpointerover = ({ target }) => {
    const button = target.closest("button");
    if (button) button.title = button.getAttribute("aria-label");
  };
  list.onclick = (event) => {
    if (event.target.closest("button")) list.open(place(event));
  };
  list.onkeydown = (event) => {
    const next = buttons(list)[place(event) + moves[event.key]];
    if (!next) return;
    event.preventDefault();
    event.stopPropagation(); // the arrow keys may mean something else to the page
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  };
}
