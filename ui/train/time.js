// The time slider goes back to any kept step of the run, on the scale of the curves above it.

import { wait, write } from "../parts/plots.js";
import { awaitFinger } from "../parts/slider.js";

const MOVES = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, Home: -Infinity, End: Infinity };

export const TIME = `<div class="time">
  <input type="range" step="any" aria-label="Step">
  <div class="tools">
    <button type="button" class="play"></button>
    <select aria-label="Playback speed">
      <option value="1">1 step/s</option><option value="2">2 steps/s</option>
      <option value="4" selected>4 steps/s</option><option value="10">10 steps/s</option>
    </select>
    <output role="alert"></output>
    <button type="button" class="best">Best</button>
    <button type="button" class="now">Now</button>
    <button type="button" class="fork" title="Continue from this step, with the settings on the left, as a new run">
      <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M4 1a2 2 0 0 1 1 3.7V6a2 2 0 0 0 2 2h2a2 2 0 0 0 2-2V4.7a2 2 0 1 1
      2 0V6a4 4 0 0 1-4 4v1.3a2 2 0 1 1-2 0V10a4 4 0 0 1-4-4V4.7A2 2 0 0 1 4 1z"/></svg>Fork here
    </button>
  </div>
</div>`;

const clamp = (share) => Math.min(Math.max(share, 0), 1);

export class TimeSlider {
  // `panel` has the data, and looks at a step.
  constructor(panel) {
    this.panel = panel;
    this.box = panel.find(".time");
    const slider = awaitFinger(this.find("input"));
    slider.addEventListener("input", () => {
      const { places, steps } = this.panel.data.time;
      const off = places.map((place) => Math.abs(place - slider.valueAsNumber));
      this.go(steps[off.indexOf(Math.min(...off))]); // none for the last place, the present
    });
    slider.addEventListener("keydown", (event) => {
      const move = MOVES[event.key];
      if (!move) return;
      event.preventDefault();
      event.stopPropagation(); // the arrow keys may mean something else to the page
      const { steps } = this.panel.data.time;
      const here = this.panel.at === undefined ? steps.length : steps.findLastIndex((step) => step <= this.panel.at);
      this.go(steps[Math.min(Math.max(here + move, 0), steps.length)]);
    });
    this.find(".best").addEventListener("click", () => this.go(this.panel.data.time.best));
    this.find(".now").addEventListener("click", () => this.go(undefined));
    this.find(".fork").addEventListener("click", () => {
      this.stop();
      this.panel.trigger("fork", { step: this.panel.at ?? null });
    });
    this.find(".play").addEventListener("click", () => (this.playing ? this.go(this.panel.at) : this.play()));
    this.stop();
  }

  find(selector) {
    return this.box.querySelector(selector);
  }

  go(step) {
    this.stop();
    this.panel.view(step);
  }

  stop() {
    this.playing = undefined;
    this.showPlaying();
  }

  showPlaying() {
    const button = this.find(".play");
    write(button, this.playing ? "❚❚" : "▶\uFE0E");
    button.setAttribute("aria-label", this.playing ? "Stop playback" : "Play the run back");
    button.title = button.getAttribute("aria-label");
  }

  // Goes through the kept steps, from the one that is shown, or from the first, up to the present.
  async play() {
    const { panel } = this;
    const turn = (this.playing = {});
    this.showPlaying();
    for (let step = panel.at ?? -1; this.playing === turn && this.box.isConnected; ) {
      const begun = performance.now();
      step = panel.data.time.steps.find((kept) => kept > step);
      await panel.view(step);
      await new Promise(requestAnimationFrame); // in which it is drawn: none is skipped
      if (step === undefined) this.go();
      else await wait(begun + 1000 / Number(this.find("select").value) - performance.now());
    }
  }

  // `zoomed` is the part of the axis that the chart above shows, if it is not all.
  show({ steps, places, end, at, best, judged, words }, zoomed) {
    this.box.classList.toggle("empty", steps.length === 0); // its room is kept
    const slider = this.find("input");
    const [low, high] = zoomed ?? [0, end];
    slider.min = low;
    slider.max = high;
    slider.style.setProperty("--reached", clamp((places.at(-1) - low) / (high - low)));
    const place = at === null ? places.at(-1) : places[steps.indexOf(at)];
    // Under the finger it stays where it is.
    if (at === (this.panel.at ?? null) && slider.valueAsNumber !== place) slider.value = place;
    slider.setAttribute("aria-valuetext", words);
    write(this.find("output"), "");
    this.find(".now").disabled = at === null;
    this.find(".best").title = `The step after the epoch with the best validation ${judged}`;
    this.find(".best").disabled = best === null || best === at;
  }

  // Says why a step can't be shown.
  refuse(words) {
    write(this.find("output"), words);
  }
}
