// The top of the live panel: the run's status, its numbers, and sentences about it.

import { write } from "../parts/plots.js";

export const HEADER = `<header>
    <p class="state" role="status"><svg viewBox="0 0 16 16" aria-hidden="true"><path/></svg><span></span></p>
    <div class="strip"><dl class="numbers"></dl><p class="promise"></p></div>
    <div class="progress" role="progressbar" aria-label="Progress of the run" aria-valuemin="0" aria-valuemax="100">
      <i></i>
    </div>
    <p class="message" role="alert" hidden></p>
    <p class="trouble" role="alert" hidden></p>
  </header>`;

const ICONS = {
  ready: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zm0 2a4 4 0 1 1 0 8 4 4 0 0 1 0-8z",
  running: "M4 2.5v11l9.5-5.5z",
  paused: "M4 3h3v10H4zm5 0h3v10H9z",
  finished: "M6.5 12.8 2 8.3l1.8-1.8 2.7 2.7 5.7-5.7L14 5.3z",
  diverged: "M8 1.5 15 14H1zM7 6v4.2h2V6zm0 5.2v1.6h2v-1.6z",
  past: "M8 3v10L2 8zm6 0v10L8 8z",
  failed: "m3.8 2 4.2 4.2L12.2 2 14 3.8 9.8 8l4.2 4.2-1.8 1.8L8 9.8 3.8 14 2 12.2 6.2 8 2 3.8z",
};

const RUNNING = { train: "train (running)", "train loss": "loss (running)" };
const EXPLAINED = {
  validation: "Measured on the whole validation set, at the last point of its curve",
  train: "Running: the mean over the latest mini-batches, each measured just before the network learned from it",
  "train loss": "Cross-entropy, lower is better. Running: the mean over the latest mini-batches",
};

export function showStatus(panel, { kind, word, promise, message, progress }, { time, trouble, advice = "" }) {
  const shown = time.at === null ? kind : "past";
  if (panel.dataset.state !== shown) {
    panel.dataset.state = shown;
    panel.querySelector(".state path").setAttribute("d", ICONS[shown]);
  }
  write(panel.querySelector(".state span"), word);
  write(panel.querySelector(".promise"), promise);
  const bar = panel.querySelector(".progress");
  bar.setAttribute("aria-valuenow", Math.round(100 * progress));
  bar.firstElementChild.style.transform = `scaleX(${progress})`;
  panel.querySelector(".advice").title = advice;
  for (const [name, words] of Object.entries({ message, trouble, advice })) {
    const banner = panel.querySelector(`.${name}`);
    write(banner.querySelector("button") ?? banner, words);
    banner.hidden = !words;
  }
}

// Brings the numbers up to date that are due or not on the page yet.
export function showNumbers(panel, { numbers, running }, due) {
  const list = panel.querySelector(".numbers");
  for (const [name, value] of Object.entries(numbers)) {
    let number = list.querySelector(`[data-name="${name}"]`);
    if (number && !due(name)) continue;
    if (!number) {
      number = Object.assign(document.createElement("div"), { innerHTML: "<dt></dt><dd></dd>" });
      number.dataset.name = name;
      number.title = EXPLAINED[name] ?? "";
      list.append(number);
    }
    write(number.firstChild, (running && RUNNING[name]) || name);
    write(number.lastChild, value);
    number.lastChild.style.minWidth = `${value.length}ch`; // a contained box does not grow with its content
  }
}
