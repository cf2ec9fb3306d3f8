// A chart leaves the page: a small menu on it saves it as a picture, light whatever the theme, or its numbers as CSV.

import { csvOf } from "./plotted.js";
import { colored } from "./plots.js";

const WIDTH = 800, HEIGHT = 420; // pixels, at least
const ROOM = { l: 12, r: 28 }; // pixels more on both sides: elsewhere there may be no letters as narrow as the page's
const ICON = '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M7 2h2v6h3l-4 4-4-4h3zM2 13h12v1.6H2z"/></svg>';
const MARK = "\ufeff"; // by which Excel knows that letters are in UTF-8
const FORMATS = { svg: "image/svg+xml", png: "image/png", csv: "text/csv" };

// `chart` has the description of what it shows, `spec`, in names for colors, which `light` has, and `plotly`.
export function offerFigure(figure, chart) {
  const menu = Object.assign(document.createElement("details"), { className: "mlp-save" });
  const buttons = Object.keys(FORMATS).map((format) => `<button type="button" value="${format}">${format.toUpperCase()}</button>`);
  menu.innerHTML = `<summary title="Save this chart">${ICON}</summary><div>${buttons.join("")}</div>`;
  const chosen = ({ target }) => target.closest("button")?.value; // a translation is an element in the button
  menu.addEventListener("click", async (event) => {
    const format = chosen(event);
    if (!format) return;
    menu.open = false;
    menu.firstChild.focus();
    const { title, meta } = chart.spec.layout;
    save(await content(chart, format), `${slug(title.text ?? meta.summary)}.${format}`);
  });
  // In Safari a pressed button takes the focus from the menu and does not get it: the menu would close before the click.
  menu.addEventListener("mousedown", (event) => chosen(event) && event.preventDefault());
  menu.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") menu.open = false;
  });
  menu.addEventListener("focusout", ({ relatedTarget }) => {
    if (!menu.contains(relatedTarget)) menu.open = false;
  });
  figure.querySelector("figcaption").append(menu);
  return menu;
}

async function content({ spec, plotly, light }, format) {
  if (format === "csv") return `data:text/csv;charset=utf-8,${encodeURIComponent(MARK + csvOf(spec))}`;
  const figure = JSON.parse(colored(spec, light));
  const { layout } = figure;
  const { caption, least } = layout.meta;
  layout.paper_bgcolor = light["--mlp-background"];
  for (const side of "lr") layout.margin[side] += ROOM[side];
  if (caption) layout.title.text += ` <span style="font-size: 13px">${caption.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</span>`;
  const width = Math.max(WIDTH, least ?? 0), height = Math.max(HEIGHT, layout.height ?? 0);
  return plotly.toImage(figure, { format, width, height, scale: format === "png" ? 2 : 1 });
}

function save(href, download) {
  Object.assign(document.createElement("a"), { href, download }).click();
}

function slug(text) {
  const ascii = text.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return ascii.slice(0, 60).replace(/^-|-$/g, "") || "chart";
}
