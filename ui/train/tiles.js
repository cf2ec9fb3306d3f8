// Draws the network's predictions for some examples, one tile each. A tile opens its example.

import { write } from "../parts/plots.js";

const PARTS = "<i class='image ink'></i><b></b><span></span><i class='sure'></i><button type='button'></button>";
const WAYS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -5, ArrowDown: 5 };

// `open` is given the row of an example.
export function showPredictions(figure, predictions, open) {
  figure.hidden = !predictions;
  if (!predictions) return;
  const { images, cells, right, longNames } = predictions;
  write(figure.querySelector("small"), `${right} of ${cells.length} correct`);
  const list = figure.querySelector("ol");
  list.classList.toggle("long-names", longNames);
  if (list.images !== images) {
    list.images = images;
    list.style.setProperty("--pictures", `url(${images})`);
    list.replaceChildren(
      ...cells.map((_, index) => {
        const cell = Object.assign(document.createElement("li"), { innerHTML: PARTS });
        cell.firstChild.style.setProperty("--at", `${(100 * index) / (cells.length - 1)}%`);
        cell.lastChild.tabIndex = index ? -1 : 0; // one stop for all: the arrow keys go from tile to tile
        return cell;
      }),
    );
    list.style.setProperty("--count", cells.length);
    listen(list);
  }
  list.open = (index) => open(cells[index].row);
  cells.forEach(({ answer, truth, wrong, sure }, index) => {
    const [, said, share, bar, button] = list.children[index].children;
    const percent = sure === null ? "–" : `${Math.round(100 * sure)}\u2009%`;
    list.children[index].className = wrong ? "wrong" : "right";
    const words = wrong ? `actually ${truth}, predicted ${answer}` : `${answer}, correct`;
    button.setAttribute("aria-label", `${words}: ${percent}. Open in Mistakes`);
    write(said, wrong ? `${truth}${longNames ? "\n" : "\u2009"}→\u2009${answer}` : answer);
    write(share, percent);
    bar.style.transform = `scaleX(${sure ?? 0})`;
  });
}

function listen(list) {
  const place = ({ target }) => [...list.children].indexOf(target.closest("li"));
  // Set when it is wanted: a title that changes makes the browser check the rules that depend on it.
  list.onpointerover = ({ target }) => {
    const button = target.closest("button");
    if (button) button.title = button.getAttribute("aria-label");
  };
  list.onclick = (event) => {
    if (event.target.closest("button")) list.open(place(event));
  };
  list.onkeydown = (event) => {
    const next = list.children[place(event) + WAYS[event.key]]?.lastChild;
    if (!next) return;
    event.preventDefault();
    event.stopPropagation(); // the arrow keys may mean something else to the page
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  };
}
