// Updates a board of charts. Each call gets everything to show; only what was drawn is remembered.

import { Chart, loadPlotly } from "./chart.js";
import { FONT_SIZE, TITLE } from "./fit.js";
import { SILENCE, every, get, poll } from "./poll.js";
import { themeOf } from "./plots.js";

const TICK_MS = 1000;
const IDLE_MS = 300; // after which charts out of sight are drawn, too

const whenIdle = (then) => (window.requestIdleCallback ? requestIdleCallback(then, { timeout: IDLE_MS }) : setTimeout(then));

export default function show({ data, parentElement, setTriggerValue }, plotting) {
  const root = parentElement.querySelector(".mlp-board");
  root.board ??= new Board(root, plotting);
  root.board.show(data);
  root.board.follow(data, (states) => setTriggerValue("states", states));
}

class Board {
  constructor(root, plotting) {
    root.innerHTML = SILENCE;
    this.root = root;
    this.charts = new Map(); // name → chart
    loadPlotly(plotting).then(
      (loaded) => {
        this.plotly = loaded;
        this.redraw();
      },
      (error) => root.append(error.message),
    );
    this.observer = new ResizeObserver(() => this.redraw());
    this.observer.observe(root);
  }

  show(data) {
    this.data = data;
    this.root.classList.toggle("small", Boolean(data.small));
    this.redraw();
  }

  // While one of the runs trains, asks the server for updates once a second. If a run has started or stopped, or the
  // server failed, the page's script has to show that.
  follow({ feed, version, running, states }, report) {
    this.following?.abort();
    if (!feed || !running) return;
    const { signal } = (this.following = new AbortController());
    const hear = (news) => {
      if (news?.states !== states) {
        report(news?.states ?? "unknown");
        return false;
      }
      ({ version } = news);
      this.show(news);
      return true;
    };
    poll({ root: this.root, signal, due: every(TICK_MS), ask: (signal) => get(feed, { seen: version }, signal), hear });
  }

  // Draws only the latest data, once per frame: a slow machine or a hidden tab skips updates and never lags behind.
  redraw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.theme = themeOf(this.root);
      if (!this.data || !this.theme) return;
      const specs = this.data.charts;
      for (const name of this.charts.keys()) if (!(name in specs)) this.remove(name);
      // All are placed before the first is drawn: the width of one depends on how many there are.
      for (const [name, { layout }] of Object.entries(specs)) if (!this.charts.has(name)) this.add(name, layout);
      const later = [];
      for (const name of Object.keys(specs)) {
        if (inSight(this.charts.get(name).figure)) this.draw(name);
        else later.push(name);
      }
      this.drawLater(later);
    });
  }

  // Draws what is out of sight when the browser is idle, so that what is in sight appears sooner.
  drawLater([name, ...others]) {
    const turn = (this.turn = {});
    if (name === undefined) return;
    whenIdle(() => {
      if (this.turn !== turn || !this.root.isConnected) return;
      this.draw(name);
      this.drawLater(others);
    });
  }

  add(name, layout) {
    const figure = document.createElement("figure");
    figure.dataset.chart = name;
    figure.innerHTML = "<figcaption><h3></h3><small></small></figcaption><div class='plot'><div></div></div>";
    const plot = figure.querySelector(".plot > div");
    plot.style.height = `${(layout.height - TITLE) / FONT_SIZE}em`; // until it is drawn
    this.root.append(figure);
    this.charts.set(name, new Chart(figure, plot, () => this.redraw()));
  }

  remove(name) {
    this.charts.get(name).clear(this.plotly);
    this.charts.get(name).figure.remove();
    this.charts.delete(name);
  }

  draw(name) {
    const chart = this.charts.get(name);
    const first = chart.key === undefined;
    if (!chart.draw(this.plotly, this.data.charts[name], this.theme) || !first) return;
    chart.plot.on("plotly_hover", ({ points }) => this.peek(chart.figure, points[0]));
    chart.plot.on("plotly_unhover", () => this.peek(chart.figure));
  }

  // Shows the picture of the example under the pointer, if a chart's points are examples.
  peek(figure, point) {
    let picture = figure.querySelector(".peek");
    const { pictures: address, gray } = this.data.charts[figure.dataset.chart]?.layout.meta ?? {};
    if (!point || !address || point.customdata === undefined) {
      picture?.remove();
      return;
    }
    if (!picture) {
      picture = Object.assign(document.createElement("i"), { className: "peek" });
      picture.append(Object.assign(document.createElement("i"), { className: "ink" }));
      picture.classList.toggle("gray", gray);
      figure.append(picture);
    }
    const place = new URL(address + (point.customdata - 1), document.baseURI).href; // rows are counted from 0
    picture.firstChild.style.setProperty("--pictures", `url(${place})`);
    const box = figure.getBoundingClientRect();
    const plot = figure.querySelector(".plot > div").getBoundingClientRect();
    picture.style.left = `${Math.max(plot.left - box.left + point.bbox.x0 - 104, 0)}px`;
    picture.style.top = `${Math.max(plot.top - box.top + point.bbox.y0 - 104, 0)}px`;
  }
}

function inSight(figure) {
  const { top, bottom } = figure.getBoundingClientRect();
  return bottom > 0 && top < window.innerHeight;
}
