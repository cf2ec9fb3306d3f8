// What the panel and the boards share: Plotly itself, zoom that stays, and the theme's colors.

// Nothing leaves the classroom: no upload to a cloud.
export const LEFT_OUT = [
  "sendChartToCloud", "select2d", "lasso2d", "autoScale2d", "resetScale2d", "zoomIn2d", "zoomOut2d",
];

let plotly; // one promise for the page

export function loadPlotly(address) {
  plotly ??= new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: address, async: true });
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error(`The charts need ${address}, which the server did not deliver.`));
    document.head.append(script);
  });
  return plotly;
}

// A chart's tools appear under the pointer. On a touch screen they would always cover the chart, so it has none.
export const toolsWhere = (zoomable) => (zoomable && window.matchMedia("(hover: hover)").matches ? "hover" : false);

export const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Changes a text without replacing its node: around a new node, the browser checks Streamlit's `:has()` rules again.
export function write(node, text) {
  if (node.textContent === text) return;
  if (node.firstChild?.nodeType === Node.TEXT_NODE && !node.firstChild.nextSibling) node.firstChild.data = text;
  else node.textContent = text;
}

// Keeps a chart's zoom while its axes grow with the curves: Plotly's uirevision would keep it only while the whole axis
// is unchanged. `forget` is called when the zoom is reset.
export function holdZoom(plot, forget) {
  plot.on("plotly_relayout", (change) => rememberZoom(plot, change));
  plot.on("plotly_doubleclick", () => {
    plot.zoom = undefined;
    forget();
  });
}

function rememberZoom(plot, change) {
  for (const axis of ["xaxis", "yaxis"]) {
    const low = change[`${axis}.range[0]`];
    if (low === undefined) continue;
    const of = plot.layout[axis].uirevision;
    plot.zoom = { ...plot.zoom, [axis]: { of, range: [low, change[`${axis}.range[1]`]] } };
  }
}

export function keepZoom(plot, layout) {
  for (const [axis, { of, range }] of Object.entries(plot.zoom ?? {})) {
    // A zoom into epochs means nothing on an axis of seconds.
    if (layout[axis]?.uirevision === of) layout[axis].range = range;
  }
}

// Streamlit's colors by their meaning; plots.css has the same list for styles. Streamlit puts them on the element around
// a component in the same moment as the component itself, so they never have to be waited for as a style sheet has.
const MEANINGS = {
  train: "blue",
  validation: "orange",
  right: "green",
  wrong: "red",
  text: "text",
  quiet: "gray",
  background: "background",
  grid: "dataframe-border",
};

// The theme's colors: `colors` by the names that charts call them, `diverging` from negative to positive, and a `key`
// that changes with them. Undefined for an element that is not on the page: the browser knows no colors for it, and
// Plotly would draw in its own. So draw nothing then; an element that comes back is resized, and drawn.
export function themeOf(element) {
  if (!element.isConnected) return undefined;
  const style = getComputedStyle(element);
  const read = (name) => {
    const value = style.getPropertyValue(name).trim();
    if (!value) throw new Error(`The theme has no ${name}.`);
    return value;
  };
  const colors = Object.fromEntries(
    Object.entries(MEANINGS).map(([meaning, name]) => [`--mlp-${meaning}`, read(`--st-${name}-color`)]),
  );
  const classes = read("--st-chart-categorical-colors").split(",");
  classes.forEach((color, index) => (colors[`--mlp-class-${index}`] = color.trim()));
  const diverging = read("--st-chart-diverging-colors").split(",");
  return { colors, diverging, key: [...Object.values(colors), ...diverging].join() };
}

// A chart as text, in the theme's colors. A color that the theme lacks is an error, never Plotly's own.
export function colored(chart, colors) {
  return JSON.stringify(chart).replace(/var\((--[\w-]+)\)/g, (_, name) => {
    if (!colors[name]) throw new Error(`The theme has no ${name}.`);
    return colors[name];
  });
}

// Scales letters and margins that were laid out for one font size; and makes the bar of tools quiet.
export function scaleLayout(layout, scale) {
  layout.modebar = { bgcolor: "rgba(0,0,0,0)", color: layout.font.color, activecolor: layout.font.color };
  layout.font.size *= scale;
  for (const side of "lrtb") layout.margin[side] *= scale;
  for (const axis of [layout.xaxis, layout.yaxis]) if (axis?.title?.font?.size) axis.title.font.size *= scale;
  for (const note of layout.annotations ?? []) {
    if (note.font.size) note.font.size *= scale;
    if (note.xshift) note.xshift *= scale;
    if (note.yshift) note.yshift *= scale;
  }
}

// The color at a share of the way along a list of colors, each [red, green, blue], as the number of a canvas pixel.
export function between(colors, share) {
  const place = share * (colors.length - 1);
  const left = Math.min(Math.floor(place), colors.length - 2);
  const [from, to] = colors.slice(left);
  const [red, green, blue] = from.map((value, part) => Math.round(value + (place - left) * (to[part] - value)));
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

let pen;

// Any CSS color as [red, green, blue]: the browser itself parses it.
export function rgb(color) {
  pen ??= document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  pen.fillStyle = color;
  pen.fillRect(0, 0, 1, 1);
  return [...pen.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}
