// What all components share: the theme's colors, and a few lines for pages.

export const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const written = new WeakMap(); // by element: what it shows may be a translation of that

// Changes a text without replacing its node: around a new node, the browser checks Streamlit's `:has()` rules again.
export function write(node, text) {
  if (written.get(node) === text) return;
  written.set(node, text);
  if (node.firstChild?.nodeType === Node.TEXT_NODE && !node.firstChild.nextSibling) node.firstChild.data = text;
  else node.textContent = text;
}

// A name in which a line may end after each "_", not only where there is no room for the next letter.
export const breakable = (name) => name.replaceAll("_", "_\u200b");

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

// A chart as text, in the theme's colors. Anything else in it stays: a person may have named a run `var(--x)`.
export function colored(chart, colors) {
  return JSON.stringify(chart).replace(/var\((--mlp-[\w-]+)\)/g, (text, name) => colors[name] ?? text);
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
