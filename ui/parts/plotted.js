// The numbers that a chart shows, as CSV: one row for each point, with the series that it belongs to.

const ARRAYS = { f4: Float32Array, f8: Float64Array, i1: Int8Array, i2: Int16Array, i4: Int32Array, u1: Uint8Array, u2: Uint16Array, u4: Uint32Array };
const FORMULA = /(^\s*|[;|\t\r\n"]\s*)([=+@\-＝＋＠－])/g; // as in mlp/text.py
const MARKS = { "&lt;": "<", "&gt;": ">", "&amp;": "&", "<br>": " ", "\u00a0": " " }; // in Plotly's texts

// Of a chart whose series have names, the others only repeat them: a large dot at a curve's end, a band around it.
export function csvOf({ data }) {
  const named = data.some(({ name }) => name);
  const panels = data.some(({ xaxis }) => (xaxis ?? "x") !== "x");
  const rows = data.flatMap((trace, index) => {
    if (named && !trace.name) return [];
    const panel = panels ? Number(trace.xaxis?.slice(1)) || 1 : undefined;
    const points = pointsOf(trace).filter(({ x }) => !Number.isNaN(x)); // without the gaps between lines
    const series = typeof trace.text === "string" ? trace.text : trace.name; // in full, or shortened for the legend
    return points.map((point) => ({ panel, series: series ?? index + 1, ...point }));
  });
  const columns = [...new Set(rows.flatMap(Object.keys))].filter((column) => rows.some((row) => row[column] !== undefined));
  return [columns, ...rows.map((row) => columns.map((column) => cell(row[column])))].map((cells) => `${cells.join()}\n`).join("");
}

// What a trace draws may be places or shades for other numbers: then `meta` has these, by column.
function pointsOf({ x, y, z, x0 = 0, dx = 1, error_x, error_y, meta = {} }) {
  const drawn = { x, y, z, spread: (error_y ?? error_x)?.array, ...meta };
  const columns = Object.fromEntries(Object.entries(drawn).map(([column, values]) => [column, unpacked(values)]));
  if (Array.isArray(columns.z?.[0])) return placesOf(columns);
  columns.x ??= columns.y.map((_, index) => x0 + index * dx);
  return columns.y.map((_, index) => Object.fromEntries(Object.entries(columns).map(([column, values]) => [column, values?.[index]])));
}

function placesOf({ x, y, z, levels, classes }) {
  const shown = (value) => (classes ? decided(value, levels, classes) : { z: value });
  return z.flatMap((row, i) => row.map((value, j) => ({ x: x?.[j] ?? j, y: y?.[i] ?? i, ...shown(value) })));
}

// On a decision map, each class has as many levels, from unsure to certain.
function decided(value, levels, classes) {
  const sureness = (value % levels) / (levels - 1);
  const confidence = (1 + sureness * (classes.length - 1)) / classes.length;
  return { predicted: classes[Math.floor(value / levels)], confidence: Number(confidence.toPrecision(4)) };
}

// Plotly's {dtype, bdata, shape} as arrays.
function unpacked(array) {
  if (!array?.bdata) return array;
  const bytes = Uint8Array.from(atob(array.bdata), (letter) => letter.charCodeAt(0));
  let numbers = [...new ARRAYS[array.dtype](bytes.buffer)];
  if (array.dtype === "f4") numbers = numbers.map((number) => Number(number.toPrecision(7)));
  if (!array.shape) return numbers;
  const [height, width] = String(array.shape).split(",").map(Number);
  return Array.from({ length: height }, (_, row) => numbers.slice(row * width, (row + 1) * width));
}

function cell(value) {
  if (value === undefined || value === null || Number.isNaN(value)) return "";
  if (typeof value === "number") return String(value);
  const plain = String(value).replace(/&(lt|gt|amp);|<br>|\u00a0/g, (mark) => MARKS[mark]);
  const text = plain.replace(FORMULA, "$1'$2");
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
