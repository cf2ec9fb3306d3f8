// The top of the live panel: the run's status, its numbers, its progress, and sentences about it.

import { write } from "../parts/plots.js";
import { SILENCE } from "../parts/poll.js";
import { STATUS, showNumbers, showStatus } from "../parts/status.js";

export const HEADER = `<header>
    ${STATUS}
    <div class="strip"><dl class="numbers"></dl><p class="promise"></p></div>
    <div class="progress" role="progressbar" aria-label="Progress of the run" aria-valuemin="0" aria-valuemax="100">
      <i></i>
    </div>
    <p class="message" role="alert" hidden></p>
    <p class="trouble" role="alert" hidden></p>
    ${SILENCE}
  </header>`;

const RUNNING = { train: "train (running)", "train loss": "loss (running)" };
const SCHEDULED = { "learning rate": "learning rate now" };
const RATE = { "learning rate": "At the step that is shown. A schedule, if one is set, makes it smaller than the setting" };
const EXPLAINED = {
  ...RATE,
  validation: "Measured on the whole validation set, at the last point of its curve; with weight averaging, of the averaged weights",
  train: "Running: the mean over the latest mini-batches, each measured just before the network learned from it",
  "train loss": "Cross-entropy, lower is better. Running: the mean over the latest mini-batches",
};
const REGRESSION = { validation: "validation R²", train: "train R²", "train loss": "train RMSE" };
const EXPLAINED_REGRESSION = {
  ...RATE,
  validation: "1: all predictions are exact. 0: no better than always predicting the mean",
  train: "As for validation, of the examples that the network learned from",
  "train loss": "Root mean squared error: how far predictions are off, in the target's own unit",
};

// Its words, which change at once.
export function showHeader(panel, { kind, word, promise, message }, { time, trouble, advice = "" }) {
  showStatus(panel, time.at === null ? kind : "past", word, { message, trouble, advice });
  write(panel.querySelector(".promise"), promise);
  panel.querySelector(".advice").title = advice;
}

// Its numbers, which all belong to one step.
export function showReached(panel, { numbers, running, regression, scheduled, progress }) {
  const labels = { ...(regression ? REGRESSION : running && RUNNING), ...(scheduled && SCHEDULED) };
  showNumbers(panel, numbers, { explained: regression ? EXPLAINED_REGRESSION : EXPLAINED, labels });
  const bar = panel.querySelector(".progress");
  bar.setAttribute("aria-valuenow", Math.round(100 * progress));
  bar.firstElementChild.style.transform = `scaleX(${progress})`;
}
