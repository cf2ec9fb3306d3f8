// Fits a chart to its room: letters grow with those of the page, and what has no room beside the chart goes below it.

export const FONT_SIZE = 14; // for which charts are laid out
export const TITLE = 26; // pixels of a chart's height that its title takes; on a page, the title is a heading above
const NARROW = 520; // pixels of width: below this there is no room for a key beside a chart,
const NARROWEST = 380; // nor for the words at lines of changed settings
const NUMBER = 40; // pixels of width for each number below a chart: with less, every other one is left out
const LEGEND_ROW = 20; // pixels

// `scale` is the size of the page's letters, 1 for 14 pixels; `width` the room's, in pixels.
export function fit(chart, scale, family, width) {
  const { layout, data } = chart;
  const { margin } = layout;
  delete layout.title;
  const { font, hoverlabel } = layout.template.layout;
  font.family = hoverlabel.font.family = family;
  const top = Math.max(margin.t - TITLE, 8);
  layout.height += top - margin.t;
  margin.t = top;
  if (layout.yaxis?.scaleanchor) layout.height = Math.min(layout.height, width / scale); // equal scales need no more
  if (width < NARROWEST) leaveOutWords(layout);
  const { tickmode, tickvals } = layout.xaxis ?? {};
  if (tickmode === "array" && width < NUMBER * scale * tickvals.length) layout.xaxis.tickvals = tickvals.filter((_, at) => at % 2 === 0);
  const keyed = layout.shapes?.some(({ name }) => name === "key");
  const beside = layout.showlegend && !(layout.legend.y > 1); // above there is room
  if (width < NARROW * scale && (keyed || beside)) putKeyBelow(layout, data, keyed);
  scaleAll(layout, data, scale);
  return chart;
}

// The labels of the step that is looked at take the place of those at the curves' ends.
function leaveOutWords(layout) {
  const then = layout.annotations?.filter(({ name }) => name === "then") ?? [];
  for (const label of then) Object.assign(label, { xanchor: "left", xshift: Math.abs(label.xshift) });
  layout.annotations = layout.annotations?.filter(({ name }) => name !== "change" && !(then.length && name === "end"));
  if (layout.xaxis?.nticks) layout.xaxis.nticks = Math.min(layout.xaxis.nticks, 4); // long decimals must not collide
}

function putKeyBelow(layout, data, keyed) {
  const { margin } = layout;
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

function scaleAll(layout, data, scale) {
  const { font } = layout.template.layout;
  layout.modebar = { bgcolor: "rgba(0,0,0,0)", color: font.color, activecolor: font.color };
  font.size *= scale;
  layout.height *= scale;
  for (const side of "lrtb") layout.margin[side] *= scale;
  for (const axis of [layout.xaxis, layout.yaxis]) if (axis?.title?.font?.size) axis.title.font.size *= scale;
  for (const note of layout.annotations ?? []) {
    if (note.font.size) note.font.size *= scale;
    if (note.xshift) note.xshift *= scale;
    if (note.yshift) note.yshift *= scale;
  }
  for (const shape of layout.shapes ?? []) {
    shape.line.width *= scale;
    if (shape.xsizemode === "pixel") Object.assign(shape, { x0: shape.x0 * scale, x1: shape.x1 * scale });
  }
  for (const { marker, line, textfont } of data) {
    if (marker?.size) marker.size = marker.size.map?.((size) => size * scale) ?? marker.size * scale;
    if (line?.width) line.width *= scale;
    if (textfont) textfont.size *= scale;
  }
}
