// Draws the live panel's charts in turns, so that a slow machine keeps its processors for the training.

import { Chart, loadPlotly } from "../parts/chart.js";
import { showReached } from "./header.js";

export const TICK_MS = 200; // between two updates of the panel
// While a network trains, drawing charts may take this share of the browser's time: on a slow machine they take turns,
// and the training keeps its processors.
const DRAWING_SHARE = 0.06;
const LONGEST_REST_MS = 600;
const SLOW_MS = 250; // without news: then every step is to be seen, and the training needs few processors
const TURNS = [["accuracy", "loss"], ["weights"], ["decisions"], ["fit"], ["architecture"]]; // the charts of one turn show the same step

export class Turns {
  // `panel` has the data and the theme.
  constructor(panel, plotting) {
    this.panel = panel;
    const charts = [...panel.root.querySelectorAll("[data-chart]")].map((figure) => [
      figure.dataset.chart,
      new Chart(figure, figure.querySelector(".plot"), () => panel.redraw()),
    ]);
    this.charts = new Map(charts); // by name
    this.drawnAt = new Map(); // chart name → when
    this.restUntil = 0;
    loadPlotly(plotting).then(
      (loaded) => {
        this.plotly = loaded;
        panel.redraw();
      },
      (error) => panel.find(".course").append(error.message),
    );
  }

  // Whether the charts should leave the processors to the training for now, or to the answer of a control.
  resting() {
    const restUntil = Math.max(this.panel.waited < SLOW_MS ? this.restUntil : 0, this.panel.awaitedUntil);
    return this.panel.data?.status.kind === "running" && performance.now() < restUntil && !this.hurry;
  }

  // Draws the latest charts once the frame is on the screen.
  begin() {
    const { charts, ends } = this.panel.data;
    if (this.afterFrame) this.again = true; // charts are being drawn, from older data or for another size or theme
    else this.afterFrame = setTimeout(() => this.showCharts(charts, ends));
  }

  // One chart at a time: a person's action in between is answered before the next chart.
  showCharts(charts, ends) {
    for (const name of TURNS.flat()) this.panel.find(`[data-chart="${name}"]`).hidden = !charts[name];
    this.panel.find(".curves").hidden = !charts.accuracy;
    // First the charts that have waited longest. Weights change slowly: their wait counts half.
    const waited = ([first]) => (performance.now() - (this.drawnAt.get(first) ?? 0)) * (first === "weights" ? 0.5 : 1);
    const turns = [...TURNS].sort((one, other) => waited(other) - waited(one));
    const { hurry } = this;
    this.hurry = false;
    const waiting = []; // charts of a turn that has begun: they show the same step
    const next = () => {
      for (let drew = false; turns.length || waiting.length; ) {
        if (!waiting.length) waiting.push(...this.due(turns.shift(), charts, ends, hurry));
        else drew = this.showChart(waiting.shift(), charts);
        if (!drew || hurry) continue;
        // Twice, so that events that came in while this chart was drawn are handled first.
        this.afterFrame = setTimeout(() => setTimeout(next, this.panel.awaitedUntil - performance.now()));
        return;
      }
      this.afterFrame = undefined;
      if (this.again) this.panel.redraw();
      this.again = false;
    };
    next();
  }

  // Returns which charts of a turn may be drawn now.
  due(turn, charts, ends, hurry) {
    const resting = !hurry && this.resting();
    const due = turn.filter((name) => !(resting && charts[name] && this.charts.get(name).key !== undefined));
    if (charts.accuracy && due.includes("accuracy")) {
      const { status } = this.panel.data;
      if (status.kind === "running" || status === ends.status) showReached(this.panel.panel, ends.status);
      this.panel.time.show(ends.time, this.charts.get("loss").zoom?.xaxis?.range);
    }
    return due;
  }

  // Returns whether there was something to draw.
  showChart(name, charts) {
    const chart = this.charts.get(name);
    if (!charts[name]) {
      chart.clear(this.plotly); // the next run starts over
      return false;
    }
    const begun = performance.now();
    if (!chart.draw(this.plotly, charts[name], this.panel.theme, true)) return false;
    const ended = performance.now();
    this.drawnAt.set(name, ended);
    // Plotly's first drawing takes long, and so do all charts at once; the next one need not wait for that.
    const rested = Math.max(this.restUntil, begun - TICK_MS) + (ended - begun) / DRAWING_SHARE;
    this.restUntil = Math.min(rested, ended + LONGEST_REST_MS);
    return true;
  }
}
