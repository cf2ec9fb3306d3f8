// Draws what the network answers to some examples, a tile each.

import { write } from "./plots.js";

export function showPredictions(figure, predictions) {
  figure.hidden = !predictions;
  if (!predictions) return;
  const { images, cells, right, longNames } = predictions;
  write(figure.querySelector("small"), `${right} of ${cells.length} right`);
  const list = figure.querySelector("ol");
  list.classList.toggle("long-names", longNames);
  if (list.images !== images) {
    list.images = images;
    list.style.setProperty("--pictures", `url(${images})`);
    const parts = "<i class='image ink'></i><b></b><span></span><i class='sure'></i>";
    list.replaceChildren(
      ...cells.map((_, index) => {
        const cell = Object.assign(document.createElement("li"), { innerHTML: parts });
        cell.firstChild.style.setProperty("--at", `${(100 * index) / (cells.length - 1)}%`);
        return cell;
      }),
    );
    list.style.setProperty("--count", cells.length);
    // Set where it is wanted: a title that changes has the browser look for rules that go by it.
    list.onpointerover = ({ target }) => {
      const cell = target.closest("li");
      if (cell) cell.title = cell.getAttribute("aria-label");
    };
  }
  cells.forEach(({ answer, truth, wrong, sure }, index) => {
    const cell = list.children[index];
    const percent = sure === null ? "–" : `${Math.round(100 * sure)}\u2009%`;
    cell.className = wrong ? "wrong" : "right";
    cell.setAttribute("aria-label", `${wrong ? `is ${truth}, taken for ${answer}` : `${answer}, right`}: ${percent}`);
    write(cell.children[1], wrong ? `${truth}${longNames ? "\n" : "\u2009"}→\u2009${answer}` : answer);
    write(cell.children[2], percent);
    cell.children[3].style.transform = `scaleX(${sure ?? 0})`;
  });
}
