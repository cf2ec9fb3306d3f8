// The top of a panel that shows a run: its status, its numbers, and sentences about it.

import { write } from "./plots.js";

export const STATUS = '<p class="state" role="status"><svg viewBox="0 0 16 16" aria-hidden="true"><path/></svg><span></span></p>';

const ICONS = {
  ready: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zm0 2a4 4 0 1 1 0 8 4 4 0 0 1 0-8z",
  running: "M4 2.5v11l9.5-5.5z",
  paused: "M4 3h3v10H4zm5 0h3v10H9z",
  finished: "M6.5 12.8 2 8.3l1.8-1.8 2.7 2.7 5.7-5.7L14 5.3z",
  diverged: "M8 1.5 15 14H1zM7 6v4.2h2V6zm0 5.2v1.6h2v-1.6z",
  past: "M8 3v10L2 8zm6 0v10L8 8z",
  failed: "m3.8 2 4.2 4.2L12.2 2 14 3.8 9.8 8l4.2 4.2-1.8 1.8L8 9.8 3.8 14 2 12.2 6.2 8 2 3.8z",
};

// `kind` is a status, or "past" for a step that is viewed; `sentences` are by the classes of their elements.
export function showStatus(panel, kind, word, sentences) {
  if (panel.dataset.state !== kind) {
    panel.dataset.state = kind;
    panel.querySelector(".state path").setAttribute("d", ICONS[kind]);
  }
  write(panel.querySelector(".state span"), word);
  for (const [name, words] of Object.entries(sentences)) {
    const banner = panel.querySelector(`.${name}`);
    write(banner.querySelector("button") ?? banner, words);
    banner.hidden = !words;
  }
}

// Brings numbers by name up to date. `labels` and `explained` are by name, too.
export function showNumbers(panel, numbers, { explained = {}, labels = {} }) {
  const list = panel.querySelector(".numbers");
  const names = Object.keys(numbers);
  if (list.dataset.names !== names.join()) {
    list.dataset.names = names.join();
    list.replaceChildren(
      ...names.map((name) => {
        const number = Object.assign(document.createElement("div"), { innerHTML: "<dt></dt><dd translate='no'></dd>" });
        number.dataset.name = name;
        number.title = explained[name] ?? "";
        return number;
      }),
    );
  }
  Object.entries(numbers).forEach(([name, value], index) => {
    const [label, number] = list.children[index].children;
    write(label, labels[name] ?? name);
    write(number, value);
    number.style.minWidth = `${value.length}ch`; // a contained box does not grow with its content
  });
}
