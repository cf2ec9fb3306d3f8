// Beside the predictions for examples: a canvas, so that a person sees the answer to a drawing change as the run trains.

import { sheetIn } from "./draw.js";

export const CHOICE = `<div class="choice" role="group" aria-label="Show predictions for">
  <button type="button" aria-pressed="true">Examples</button>
  <button type="button" aria-pressed="false">Draw your own</button>
</div>`;

// Lets a person choose between the two; `redraw` shows what was chosen.
export function listenToChoice(figure, redraw) {
  const [examples, own] = figure.querySelectorAll(".choice button");
  for (const button of [examples, own]) {
    button.addEventListener("click", () => {
      figure.classList.toggle("drawing", button === own);
      examples.setAttribute("aria-pressed", button === examples);
      own.setAttribute("aria-pressed", button === own);
      redraw();
    });
  }
}

// Brings the canvas up to date, if it is shown: with the network of now, or of the step that is looked at.
export function showCanvas(figure, feed, { predictions, time, status, mark }) {
  if (figure.hidden || !figure.classList.contains("drawing")) return;
  const { names, shape } = predictions;
  const running = time.at === null && status.kind === "running";
  // While the run trains, the canvas keeps asking. Otherwise it asks again when another network is shown.
  const network = running ? "" : mark;
  const place = time.at === null ? feed : `${feed}?at=${time.at}`;
  sheetIn(figure.querySelector(".mlp-draw")).receive({ feed: place, running, names, shape, network });
}
