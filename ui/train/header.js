// The top of the live panel: the run's status, its numbers, its progress, and sentences about it.

import { write } from "../parts/plots.js";
import { STATUS, showNumbers, showStatus } from "../parts/status.js";

export const HEADER = `<header>
    ${STATUS}
    <div class="strip"><dl class="numbers"></dl><p class="promise"></p></div>
    <div class="progress" role="progressbar" aria-label="Progress of the run" aria-valuemin="0" aria-valuemax="100">
      <i></i>
    </div>
    <p class="message" role="alert" hidden></p>
    <p class="trouble" role="alert" hidden></p>
  </header>`;

const RUNNING = { train: "train (running)", "train loss": "loss (running)" };
const EXPLAINED = {
  validation: "Measured on the whole validation set, at the last point of its curve",
  train: "Running: the mean over the latest mini-batches, each measured just before the network learned from it",
  "train loss": "Cross-entropy, lower is better. Running: the mean over the latest mini-batches",
};
const REGRESSION = { validation: "validation R²", train: "train R²", "train loss": "train RMSE" };
const EXPLAINED_REGRESSION = {
  validation: "1: all predictions are exact. 0: no better than always predicting the mean",
  train: "As for validation, of the examples that the network learned from",
  "train loss": "Root mean squared error: how far predictions are off, in the target's own unit",
};

// Of the numbers, only those that are `due`.
export function showHeader(panel, status, { time, trouble, advice = "" }, due) {
  const { kind, word, promise, message, progress } = status;
  showStatus(panel, time.at === null ? kind : "past", word, { message, trouble, advice });
  showDue(panel, status, due);
  write(panel.querySelector(".promise"), promise);
  const bar = panel.querySelector(".progress");
  bar.setAttribute("aria-valuenow", Math.round(100 * progress));
  bar.firstElementChild.style.transform = `scaleX(${progress})`;
  panel.querySelector(".advice").title = advice;
}

export function showDue(panel, { numbers, running, regression }, due) {
  const labels = regression ? REGRESSION : running ? RUNNING : {};
  showNumbers(panel, numbers, { explained: regression ? EXPLAINED_REGRESSION : EXPLAINED, labels, due });
}
