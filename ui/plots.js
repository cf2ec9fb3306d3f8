// What the panel and the boards share: Plotly itself, zoom that stays, and the theme's colours.

// Nothing leaves the classroom: no upload to a cloud.
export const LEFT_OUT = [
  "sendChartToCloud", "select2d", "lasso2d", "autoScale2d", "resetScale2d", "zoomIn2d", "zoomOut2d",
];

let plotly; // one promise for the page

export function loadPlotly(address) {
  plotly ??= new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: address, async: true });
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error(`The charts need ${address}, which the server did not give.`));
    document.head.append(script);
  });
  return plotly;
}

export const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// A text that changes stays the same node: Streamlit's `:has()` rules look anew at all around a node that is new.
export function write(node, text) {
  if (node.textContent === text) return;
  if (node.firstChild?.nodeType === Node.TEXT_NODE && !node.firstChild.nextSibling) node.firstChild.data = text;
  else node.textContent = text;
}

// Keeps a chart's zoom while its axes grow with the curves: Plotly's uirevision would keep it only as long as the whole
// axis rests. `forget` is called when the zoom is given up.
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

// What the style makes of Streamlit's theme, by the names that charts call their colours.
export function readColours(element) {
  const style = getComputedStyle(element);
  const names = ["train", "validation", "right", "wrong", "text", "quiet", "background", "grid"];
  const colours = Object.fromEntries(names.map((name) => [`--mlp-${name}`, style.getPropertyValue(`--mlp-${name}`).trim()]));
  const classes = style.getPropertyValue("--st-chart-categorical-colors").split(",");
  classes.forEach((colour, index) => (colours[`--mlp-class-${index}`] = colour.trim()));
  return colours;
}

// A chart as text, in the theme's colours.
export function coloured(chart, colours) {
  return JSON.stringify(chart).replace(/var\((--mlp-[\w-]+)\)/g, (_, colour) => colours[colour]);
}

// Letters and margins that were laid out for one size of type, for another; and a quiet bar of tools.
export function scaleLayout(layout, scale) {
  layout.modebar = { bgcolor: "rgba(0,0,0,0)", color: layout.font.color, activecolor: layout.font.color };
  layout.font.size *= scale;
  for (const side of "lrtb") layout.margin[side] *= scale;
  for (const note of layout.annotations ?? []) {
    if (note.font.size) note.font.size *= scale;
    if (note.xshift) note.xshift *= scale;
    if (note.yshift) note.yshift *= scale;
  }
}

// The colour a share of the way along a list of them, each [red, green, blue], as the number a canvas keeps a pixel in.
export function between(colours, share) {
  const place = share * (colours.length - 1);
  const left = Math.min(Math.floor(place), colours.length - 2);
  const [from, to] = colours.slice(left);
  const [red, green, blue] = from.map((value, part) => Math.round(value + (place - left) * (to[part] - value)));
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

// Any CSS colour as [red, green, blue]: the browser itself reads it.
export function rgb(colour) {
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  return [...pen.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}
