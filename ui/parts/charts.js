// Updates a board of charts. Each call gets everything to show; only what was drawn is remembered.

import { LEFT_OUT, colored, holdZoom, keepZoom, loadPlotly, scaleLayout, themeOf, toolsWhere, wait, write } from "./plots.js";

const FONT_SIZE = 14; // for which the charts are laid out
const TICK_MS = 1000;
const NARROW = 520; // pixels of width: below this there is no room for a key beside a chart
const LEGEND_ROW = 20; // pixels
const TITLE = 26; // pixels of a chart's height; here the title is above the chart
const IDLE_MS = 300; // after which charts out of sight are drawn, too

const whenIdle = (then) => (window.requestIdleCallback ? requestIdleCallback(then, { timeout: IDLE_MS }) : setTimeout(then));

export default function show({ data, parentElement, setTriggerValue }, plotlyAddress) {
  const root = parentElement.querySelector(".mlp-board");
  root.board ??= new Board(root, plotlyAddress);
  root.board.show(data);
  root.board.follow(data, (states) => setTriggerValue("states", states));
}

class Board {
  constructor(root, plotlyAddress) {
    this.root = root;
    this.drawn = new Map(); // plot → the text it was drawn from
    loadPlotly(plotlyAddress).then(
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

  // While one of the runs trains, asks the server for updates once a second. If a run has started or stopped, the page's
  // script has to show that.
  async follow({ feed, mark, running, states }, report) {
    this.following?.abort();
    if (!feed || !running) return;
    const { signal } = (this.following = new AbortController());
    while (true) {
      await wait(TICK_MS);
      if (signal.aborted || !this.root.isConnected) return;
      if (document.hidden) continue;
      try {
        const question = new URLSearchParams({ seen: mark });
        const answer = await fetch(new URL(`${feed}&${question}`, document.baseURI), { signal, cache: "no-store" });
        if (answer.status === 204) continue; // nothing new
        const data = answer.ok ? await answer.json() : undefined;
        if (data?.states === states) {
          ({ mark } = data);
          this.show(data);
        } else {
          report(data?.states ?? "unknown"); // if the server failed, the page's script meets the error, too, and shows it
          await wait(4 * TICK_MS); // by then the page has answered and replaced this loop
        }
      } catch {
        await wait(TICK_MS); // no connection; Streamlit says so
      }
    }
  }

  // Draws only the latest data, once per frame: a slow machine or a hidden tab skips updates and never lags behind.
  redraw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.theme = themeOf(this.root);
      if (!this.data || !this.theme) return;
      const { charts } = this.data;
      for (const figure of [...this.root.children]) {
        if (!(figure.dataset.chart in charts)) this.remove(figure);
      }
      // All are placed before the first is drawn: the width of one depends on how many there are.
      const places = Object.entries(charts).map(([name, chart]) => [this.figure(name, chart), chart]);
      const later = [];
      for (const [figure, chart] of places) {
        if (inSight(figure)) this.draw(figure, chart);
        else later.push([figure, chart]);
      }
      this.drawLater(later);
    });
  }

  // Draws what is out of sight when the browser is idle, so that what is in sight appears sooner.
  drawLater(places) {
    const turn = (this.turn = {});
    if (places.length === 0) return;
    whenIdle(() => {
      if (this.turn !== turn || !this.root.isConnected) return;
      const [[figure, chart], ...others] = places;
      this.draw(figure, chart);
      this.drawLater(others);
    });
  }

  figure(name, { layout }) {
    const found = this.root.querySelector(`[data-chart="${name}"]`);
    if (found) return found;
    const figure = document.createElement("figure");
    figure.dataset.chart = name;
    figure.innerHTML = "<figcaption><h3></h3><small></small></figcaption><div class='plot'><div></div></div>";
    figure.querySelector(".plot > div").style.height = `${(layout.height - TITLE) / FONT_SIZE}em`; // until it is drawn
    this.root.append(figure);
    return figure;
  }

  remove(figure) {
    const plot = figure.querySelector(".plot > div");
    this.plotly?.purge(plot);
    this.drawn.delete(plot);
    figure.remove();
  }

  // Shows the picture of the example under the pointer, if a chart's points are examples.
  peek(figure, event, point) {
    let picture = figure.querySelector(".peek");
    const address = this.data.charts[figure.dataset.chart]?.layout.meta.pictures;
    if (!point || !address || point.customdata === undefined) {
      picture?.remove();
      return;
    }
    if (!picture) {
      picture = Object.assign(document.createElement("i"), { className: "peek" });
      picture.append(Object.assign(document.createElement("i"), { className: "ink" }));
      figure.append(picture);
    }
    const place = new URL(address + point.customdata, document.baseURI).href;
    picture.firstChild.style.setProperty("--pictures", `url(${place})`);
    const box = figure.getBoundingClientRect();
    picture.style.left = `${Math.max(event.clientX - box.left - 108, 0)}px`;
    picture.style.top = `${Math.max(event.clientY - box.top - 108, 0)}px`;
  }

  draw(figure, chart) {
    const { title, meta } = chart.layout;
    write(figure.querySelector("h3"), title.text);
    write(figure.querySelector("small"), meta.caption ?? "");
    const plot = figure.querySelector(".plot > div");
    plot.setAttribute("role", "group");
    plot.setAttribute("aria-label", meta.summary);
    const { clientWidth } = plot.parentElement;
    if (!this.plotly || !clientWidth) return;
    const style = getComputedStyle(figure);
    const scale = parseFloat(style.fontSize) / FONT_SIZE;
    const width = Math.max(clientWidth, scale * (meta.least ?? 0));
    const text = colored(chart, this.theme.colors);
    const key = `${width} ${scale} ${text}`;
    if (this.drawn.get(plot) === key) return;
    const { data, layout } = fit(JSON.parse(text), scale, style.fontFamily, width);
    plot.style.width = `${width}px`;
    plot.style.height = `${layout.height}px`;
    keepZoom(plot, layout);
    const zoomable = !(layout.xaxis?.fixedrange && layout.yaxis?.fixedrange);
    // `react` updates the chart in place.
    this.plotly.react(plot, data, { ...layout, width }, {
      displaylogo: false,
      displayModeBar: toolsWhere(zoomable),
      doubleClick: "reset",
      modeBarButtonsToRemove: LEFT_OUT,
    });
    if (!this.drawn.has(plot)) {
      plot.on("plotly_hover", ({ event, points }) => this.peek(figure, event, points[0]));
      plot.on("plotly_unhover", () => this.peek(figure));
      holdZoom(plot, () => {
        this.drawn.set(plot, null);
        this.redraw();
      });
    }
    this.drawn.set(plot, key);
  }
}

function inSight(figure) {
  const { top, bottom } = figure.getBoundingClientRect();
  return bottom > 0 && top < window.innerHeight;
}

// Scales sizes that are laid out for 14 pixels: a larger board has larger letters. The title is a heading above.
function fit(chart, scale, family, width) {
  const { layout, data } = chart;
  const { margin } = layout;
  delete layout.title;
  layout.font.family = layout.hoverlabel.font.family = family;
  layout.height -= margin.t;
  margin.t = Math.max(margin.t - TITLE, 8);
  layout.height += margin.t;
  const keyed = layout.shapes?.some(({ name }) => name === "key");
  if (layout.yaxis?.scaleanchor) layout.height = Math.min(layout.height, width / scale); // equal scales need no more
  const beside = layout.showlegend && !(layout.legend.y > 1); // above there is room
  if (width < NARROW * scale && (keyed || beside)) {
    // The names go below the chart.
    const named = data.filter(({ showlegend }) => showlegend !== false);
    const room = LEGEND_ROW * named.reduce((rows, { name }) => rows + (name ?? "").split("<br>").length, 0);
    const below = keyed ? 44 : layout.xaxis?.visible === false || layout.scene ? 16 : 64; // room for the axis
    if (keyed) {
      layout.annotations = layout.annotations.filter(({ name }) => name !== "key");
      layout.shapes = layout.shapes.filter(({ name }) => name !== "key");
      Object.assign(layout.annotations[0], { xanchor: "right", xshift: 0, yshift: -20 });
    }
    layout.showlegend = true;
    const y = -below / (layout.height - margin.t - margin.b);
    Object.assign(layout.legend, { orientation: "v", x: 0, y, yanchor: "top", maxheight: 2 * room });
    margin.r = 20;
    layout.height += below + room + 10 - margin.b;
    margin.b = below + room + 10;
  }
  scaleLayout(layout, scale);
  layout.height *= scale;
  for (const shape of layout.shapes ?? []) {
    shape.line.width *= scale;
    if (shape.xsizemode === "pixel") Object.assign(shape, { x0: shape.x0 * scale, x1: shape.x1 * scale });
  }
  for (const { marker, line, textfont } of data) {
    if (marker?.size) marker.size = marker.size.map?.((size) => size * scale) ?? marker.size * scale;
    if (line?.width) line.width *= scale;
    if (textfont) textfont.size *= scale;
  }
  return chart;
}

