// Draws a confusion matrix. A click presses a cell; so does Enter, once the arrow keys have reached it.

import { write } from "../parts/plots.js";

const HINT = "Choose a cell to see its examples.";
const OFTEN = 0.5; // share of a class from which a cell stands out
const MOST_NUMBERS = 15; // classes: with more, cells are squares of color without numbers,
const MOST_NAMES = 30; // and with more, not each row and column has its name written
const TINT_POWER = 0.35; // a single mistake among a thousand answers must still be seen
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export default function show({ data, parentElement, setTriggerValue }) {
  const figure = parentElement.querySelector(".mlp-confusion");
  const table = figure.querySelector("table");
  const { names, counts, percent, chosen, caption } = data;
  const shares = counts.map((row) => {
    const all = row.reduce((sum, count) => sum + count, 0);
    return row.map((count) => count / Math.max(all, 1));
  });
  write(figure.querySelector("small"), caption);
  if (table.rows.length !== names.length + 1) build(figure, names.length);
  figure.data = { ...data, shares };
  figure.press = (cell) => data.pressable && setTriggerValue("pressed", cell);
  table.classList.toggle("pressable", data.pressable);

  const dense = names.length > MOST_NUMBERS;
  table.classList.toggle("upright", dense || names.some((name) => name.length > 3));
  table.classList.toggle("dense", dense);
  table.style.setProperty("--count", names.length);
  const every = Math.ceil(names.length / MOST_NAMES);
  names.forEach((name, index) => {
    const written = index % every ? "" : name;
    write(table.rows[0].cells[index + 1].firstChild, written);
    write(table.rows[index + 1].cells[0], written);
  });
  eachCell(table, (cell, truth, answer) => {
    const count = counts[truth][answer], share = shares[truth][answer];
    const often = share >= OFTEN;
    write(cell, count && !dense ? (percent ? (100 * share).toFixed(1) : count.toLocaleString("en")) : "");
    cell.style.setProperty("--tint", `${often ? 80 + 20 * share : 40 * (share / OFTEN) ** TINT_POWER}%`);
    cell.classList.toggle("right", truth === answer);
    cell.classList.toggle("often", often);
    cell.ariaLabel = words(figure.data, truth, answer);
    cell.ariaSelected = chosen?.[0] === truth && chosen[1] === answer;
  });
  describe(figure, figure.described); // its numbers may have changed
}

function build(figure, count) {
  const table = figure.querySelector("table");
  const heads = "<th scope='col'><span></span></th>".repeat(count);
  const cells = "<td role='gridcell' tabindex='-1'></td>".repeat(count);
  table.innerHTML =
    `<tr><th class="corner"><i>true ↓</i><i>predicted →</i></th>${heads}</tr>` +
    `<tr><th scope="row"></th>${cells}</tr>`.repeat(count);
  table.querySelector("td").tabIndex = 0;
  figure.described = undefined;

  const place = (event) => {
    const cell = event.target.closest?.("td");
    return cell && [cell.parentElement.rowIndex - 1, cell.cellIndex - 1];
  };
  // Keyboard navigation scrolls the page, which moves another cell under the pointer.
  const point = (event) => table.querySelector(":focus-visible") || describe(figure, place(event));
  table.onpointerover = table.onpointerleave = point;
  table.addEventListener("focusout", () => describe(figure));
  table.addEventListener("focusin", (event) => {
    for (const cell of table.querySelectorAll("[tabindex='0']")) cell.tabIndex = -1;
    event.target.tabIndex = 0; // where the next Tab returns to
    describe(figure, place(event));
  });
  table.onclick = (event) => place(event) && figure.press(place(event));
  table.onkeydown = (event) => {
    const cell = place(event), move = MOVES[event.key];
    if (!cell || !(move || event.key === "Enter" || event.key === " ")) return;
    event.preventDefault();
    if (!move) return figure.press(cell);
    const next = table.rows[cell[0] + move[0] + 1]?.cells[cell[1] + move[1] + 1];
    if (next?.matches("td")) next.focus();
  };
}

function describe(figure, cell) {
  figure.described = cell;
  write(figure.querySelector("p"), cell ? words(figure.data, ...cell) : figure.data.pressable ? HINT : "");
}

function eachCell(table, visit) {
  [...table.rows].slice(1).forEach((row, truth) => {
    [...row.cells].slice(1).forEach((cell, answer) => visit(cell, truth, answer));
  });
}

function words({ names, counts, shares }, truth, answer) {
  const count = counts[truth][answer];
  const [is, said] = [names[truth], names[answer]];
  const times = count === 1 ? "once" : `${count.toLocaleString("en")} times`;
  const share = `${(100 * shares[truth][answer]).toFixed(2)}\u202f% of all ${is}`;
  if (truth === answer) return `${is} predicted correctly: ${times}, ${share}`;
  return count ? `${is} predicted as ${said}: ${times}, ${share}` : `No ${is} was predicted as ${said}`;
}
