// A tile for each example: its picture, what the network predicts, and how confident it is.

import { write } from "../parts/plots.js";

export const LIST = ".cells";
export const ACROSS = 5; // tiles in a row
const PARTS = "<i class='image ink'></i><b></b><span></span><i class='sure'></i><button type='button'></button>";

export function make(figure, { images, gray, cells, longNames }) {
  const list = figure.querySelector(LIST);
  list.classList.toggle("long-names", longNames);
  list.classList.toggle("gray", gray);
  list.style.setProperty("--pictures", `url(${images})`);
  list.style.setProperty("--count", cells.length);
  return cells.map((_, index) => {
    const tile = Object.assign(document.createElement("li"), { innerHTML: PARTS });
    tile.firstChild.style.setProperty("--at", `${(100 * index) / Math.max(cells.length - 1, 1)}%`);
    return tile;
  });
}

export function show(tile, { answer, truth, wrong }, percent, { longNames }) {
  const [, said, share] = tile.children;
  write(said, wrong ? `${truth}${longNames ? "\n→\u2009" : "→"}${answer}` : answer);
  write(share, percent);
}
