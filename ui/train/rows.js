// A line for each example of a table: its values, its class, what the network predicts, and how confident it is.

import { breakable, write } from "../parts/plots.js";

export const LIST = ".rows tbody";
export const ACROSS = 1;
const ANSWER = "<td></td><td><b></b></td><td><span></span><i class='sure'></i><button type='button'></button></td>";

export function make(figure, { columns, cells }) {
  const box = figure.querySelector(".rows");
  box.style.setProperty("--count", cells.length);
  const headings = [...columns, { name: "true" }, { name: "predicted" }].map(({ name, number }) =>
    cell("th", breakable(name), number),
  );
  headings.at(-1).colSpan = 2; // the class, and how confident the network is
  box.querySelector("thead tr").replaceChildren(...headings);
  const widths = Array.from({ length: headings.length + 1 }, () => document.createElement("col"));
  box.querySelector("colgroup").replaceChildren(...widths);
  return cells.map((_, index) => {
    const row = Object.assign(document.createElement("tr"), { innerHTML: ANSWER });
    row.prepend(...columns.map(({ values, number }) => cell("td", values[index], number)));
    return row;
  });
}

export function show(row, { answer, truth }, percent) {
  const [share, predicted, actual] = [...row.children].reverse();
  write(actual, truth);
  write(predicted.firstChild, answer);
  write(share.firstChild, percent);
}

function cell(tag, textContent, number) {
  return Object.assign(document.createElement(tag), { textContent, className: number ? "number" : "" });
}
