// One chart in its figure: drawn by Plotly in the theme's colors, fitted to its room, and updated in place.

import { offerFigure } from "./figure.js";
import { fit, FONT_SIZE } from "./fit.js";
import { colored, write } from "./plots.js";

// Nothing leaves the classroom: no upload to a cloud. The menu of figure.js saves charts.
const LEFT_OUT = ["sendChartToCloud", "toImage", "select2d", "lasso2d", "autoScale2d", "resetScale2d", "zoomIn2d", "zoomOut2d"];

let plotly; // one promise for the page
const cameras = new Map(); // by chart: how it was last rotated, which stays while its next version is computed
let light; // colors by the names that charts call them

// `plotting` is what component.py gives to each component: Plotly's address, and the colors of pictures.
export function loadPlotly(plotting) {
  ({ light } = plotting);
  const address = plotting.plotly;
  plotly ??= new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: address, async: true });
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error(`The charts need ${address}, which the server did not deliver.`));
    document.head.append(script);
  });
  return plotly;
}

export class Chart {
  // `plot` is the element in the figure that Plotly draws in. `redraw` is called when the zoom was reset.
  constructor(figure, plot, redraw) {
    Object.assign(this, { figure, plot, redraw });
    this.menu = offerFigure(figure, this);
    // A finger scrolls the page, and a tap shows values as a mouse does. Plotly would keep each touch, even where it has no use for it.
    const keep = (event) => event.target.closest(".draglayer") && event.stopPropagation();
    plot.addEventListener("touchstart", keep, { capture: true, passive: true });
  }

  // Draws the chart as high as it wants to be or, with `fills`, as its element is. Returns whether anything was drawn.
  draw(plotly, chart, theme, fills = false) {
    const { plot, figure } = this;
    const { title, meta } = chart.layout;
    Object.assign(this, { spec: chart, plotly, light });
    write(figure.querySelector("h3"), title.text);
    this.menu.hidden = !plotly;
    this.menu.firstChild.setAttribute("aria-label", `Save the chart ${title.text}`);
    const caption = figure.querySelector("small");
    if (caption) write(caption, meta.caption ?? "");
    plot.setAttribute("role", "group");
    plot.setAttribute("aria-label", meta.summary);
    const { clientWidth, clientHeight } = fills ? plot : plot.parentElement;
    if (!plotly || !clientWidth || (fills && !clientHeight)) return false;
    const style = getComputedStyle(figure);
    const scale = parseFloat(style.fontSize) / FONT_SIZE;
    const width = Math.max(clientWidth, scale * (meta.least ?? 0));
    const text = colored(chart, theme.colors);
    const key = [width, fills && clientHeight, scale, text].join(" ");
    if (this.key === key) return false;
    const { data, layout } = fit(JSON.parse(text), scale, style.fontFamily, width);
    layout.width = width;
    if (fills) layout.height = clientHeight;
    else Object.assign(plot.style, { width: `${width}px`, height: `${layout.height}px` });
    const zoomable = !(layout.xaxis?.fixedrange && layout.yaxis?.fixedrange);
    this.keepZoom(layout);
    this.keepCamera(layout);
    // `react` updates the chart in place.
    plotly.react(plot, data, layout, {
      displaylogo: false,
      // A chart's tools appear under the pointer. On a touch screen they would always cover it, so it has none.
      displayModeBar: zoomable && window.matchMedia("(hover: hover)").matches ? "hover" : false,
      doubleClick: "reset",
      modeBarButtonsToRemove: LEFT_OUT,
      staticPlot: fills && !zoomable,
    });
    if (this.key === undefined) this.listen();
    this.key = key;
    return true;
  }

  // Keeps the zoom while the axes grow with the curves: Plotly's uirevision would keep it only while the whole axis is
  // unchanged.
  listen() {
    this.plot.on("plotly_relayout", (change) => {
      if (change["scene.camera"]) cameras.set(this.figure.dataset.chart, change["scene.camera"]);
      for (const axis of ["xaxis", "yaxis"]) {
        const low = change[`${axis}.range[0]`];
        if (low === undefined) continue;
        const of = this.plot.layout[axis].uirevision;
        this.zoom = { ...this.zoom, [axis]: { of, range: [low, change[`${axis}.range[1]`]] } };
      }
    });
    this.plot.on("plotly_doubleclick", () => {
      this.zoom = undefined;
      this.key = "";
      this.redraw();
    });
  }

  // Unless the step that is looked at lies outside the part that was zoomed to.
  keepZoom(layout) {
    const shown = (axis, place) => !this.zoom?.[axis] || (this.zoom[axis].range[0] <= place && place <= this.zoom[axis].range[1]);
    const then = (layout.annotations ?? []).filter(({ name }) => name === "then");
    if (then.every(({ x, y }) => shown("xaxis", x) && shown("yaxis", y))) {
      for (const [axis, { of, range }] of Object.entries(this.zoom ?? {})) {
        // A zoom into epochs means nothing on an axis of seconds.
        if (layout[axis]?.uirevision === of) layout[axis].range = range;
      }
    } else {
      layout.uirevision = layout.xaxis.uirevision = layout.yaxis.uirevision = null; // nor does Plotly keep it
    }
    // After a range that was given, Plotly would else not look at the points.
    for (const axis of [layout.xaxis, layout.yaxis]) if (axis && !axis.range) axis.autorange ??= true;
  }

  // A chart in three dimensions keeps its rotation even if it was away meanwhile.
  keepCamera({ scene }) {
    const camera = scene && cameras.get(this.figure.dataset.chart);
    if (camera) scene.camera = camera;
  }

  // Forgets what is drawn: the next chart is a new one.
  clear(plotly) {
    if (this.key === undefined) return;
    plotly.purge(this.plot);
    this.key = this.zoom = undefined;
  }
}
