// Draws a control for each column of a table, and asks the server for the network's answer as they are moved.

import { Asking } from "../parts/asking.js";
import { Chart, loadPlotly } from "../parts/chart.js";
import { breakable, themeOf, write } from "../parts/plots.js";
import { awaitFinger } from "../parts/slider.js";
import { answerBox, showNumber, showProbabilities, warn } from "./answer.js";

const MARKUP = `<div class="layout">
${answerBox('<p class="truth"><span></span><button type="button" class="back">Undo all changes</button></p>')}
<div class="columns">
  <div class="controls first"></div>
  <details><summary></summary>
    <input type="search" aria-label="Find a column" placeholder="Find a column">
    <div class="controls found"></div>
  </details>
</div>
<figure class="curve"><figcaption><h3></h3><small></small></figcaption><div class="plot"><div></div></div></figure></div>`;

const FIRST = 12; // controls that are always there
const FEW_MORE = 4; // that are shown with them
const MOST_FOUND = 24; // at once, of the other columns

let last = {}; // what was changed last; kept while another tab of the page is open

export default function show({ data, parentElement }, plotting) {
  const root = parentElement.querySelector(".mlp-try");
  root.panel ??= new Panel(root, plotting);
  root.panel.receive(data);
}

class Panel {
  constructor(root, plotting) {
    root.innerHTML = MARKUP;
    this.root = root;
    this.asking = new Asking(root, () => [this.data.feed, this.question()], (reply) => this.hear(reply));
    this.chart = new Chart(this.find(".curve"), this.find(".plot > div"), () => this.drawChart());
    this.find("summary").addEventListener("click", () => this.showFound());
    this.find("[type=search]").addEventListener("input", () => this.showFound());
    this.find(".back").addEventListener("click", () => {
      last.values = [...this.data.values];
      this.changed();
    });
    loadPlotly(plotting).then(
      (loaded) => {
        this.plotly = loaded;
        this.drawChart();
      },
      (error) => this.hear({ error: error.message }),
    );
    this.observer = new ResizeObserver(() => this.drawChart());
    this.observer.observe(root);
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  receive(data) {
    const before = this.data;
    this.data = data;
    if (last.dataset !== data.dataset) last = { dataset: data.dataset, column: 0 };
    if (last.row !== data.row) Object.assign(last, { row: data.row, values: [...data.values] });
    if (before?.dataset !== data.dataset) this.build();
    const truth = data.regression ? `True ${data.names[0]} of the example: ${written(data.truth)}` : `True class of the example: ${data.truth}`;
    write(this.find(".truth span"), truth);
    this.changed();
  }

  build() {
    const { columns } = this.data;
    this.first = columns.length > FIRST + FEW_MORE ? FIRST : columns.length;
    this.find(".first").replaceChildren(...columns.slice(0, this.first).map((_, index) => this.control(index)));
    const others = columns.length - this.first;
    this.find("details").hidden = !others;
    write(this.find("summary"), `${others.toLocaleString("en")} more columns`);
    this.find(".found").replaceChildren();
  }

  // Shows the other columns whose names contain what is looked for.
  showFound() {
    const wanted = this.find("[type=search]").value.trim().toLowerCase();
    const found = [...this.data.columns.keys()].filter((index) => index >= this.first && this.data.columns[index].name.toLowerCase().includes(wanted));
    this.find(".found").replaceChildren(...found.slice(0, MOST_FOUND).map((index) => this.control(index)));
    this.showValues();
  }

  // ── Controls ───────────────────────────────────────────────────────────────────────────────────────────────────

  control(index) {
    const { name, choices, noValue, missing } = this.data.columns[index];
    const box = Object.assign(document.createElement("div"), { className: "control" });
    box.dataset.column = index;
    const title = Object.assign(document.createElement("b"), { textContent: breakable(name), title: name });
    box.append(title, ...(choices ? [this.select(index, choices, noValue)] : this.slider(index, missing)));
    for (const event of ["focusin", "pointerdown"]) box.addEventListener(event, () => this.turnTo(index));
    return box;
  }

  select(index, choices, noValue) {
    const select = document.createElement("select");
    select.ariaLabel = this.data.columns[index].name;
    select.append(...choices.map((choice, place) => new Option(choice, place)), new Option(noValue, ""));
    select.addEventListener("change", () => this.set(index, select.value === "" ? null : Number(select.value)));
    return select;
  }

  slider(index, missing) {
    const { name, low, high, step, date } = this.data.columns[index];
    const [exact, range] = ["text", "range"].map((type) => Object.assign(document.createElement("input"), { type, step }));
    exact.inputMode = date || low < 0 ? "text" : "decimal"; // a phone's keys for decimals may have no minus
    exact.classList.toggle("date", date);
    if (date) exact.title = "A date, such as 2021-03-31";
    exact.ariaLabel = `${name}, exact value`;
    exact.placeholder = "missing";
    range.ariaLabel = name;
    range.min = low;
    range.max = high;
    awaitFinger(range).addEventListener("input", () => this.set(index, tidy(range.valueAsNumber)));
    exact.addEventListener("change", () => {
      const value = typed(exact.value, date, step);
      if (value === undefined) this.showValues();
      else this.set(index, value);
    });
    exact.addEventListener("keydown", (event) => {
      const value = typed(exact.value, date, step);
      const more = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!more || !Number.isFinite(value)) return;
      event.preventDefault(); // the cursor would go to an end of the text
      this.set(index, tidy(value + more));
    });
    exact.addEventListener("dblclick", () => exact.select()); // a browser's word is what is before or after the point
    if (!missing) return [exact, range];
    const label = Object.assign(document.createElement("label"), { innerHTML: "<input type='checkbox'> missing" });
    const box = label.firstChild;
    box.ariaLabel = `${name} is missing`;
    box.addEventListener("change", () => this.set(index, box.checked ? null : (this.data.values[index] ?? tidy(range.valueAsNumber))));
    return [exact, range, label];
  }

  set(index, value) {
    last.values[index] = value;
    last.column = index;
    this.changed();
  }

  turnTo(index) {
    if (last.column === index) return;
    last.column = index;
    this.changed();
  }

  changed() {
    this.showValues();
    this.asking.ask();
  }

  showValues() {
    const { columns, values } = this.data;
    for (const box of this.root.querySelectorAll(".control")) {
      const index = Number(box.dataset.column);
      const value = last.values[index];
      box.classList.toggle("current", index === last.column);
      box.classList.toggle("changed", value !== values[index]);
      if (columns[index].choices) {
        box.querySelector("select").value = value ?? "";
        continue;
      }
      const [exact, range, missing] = box.querySelectorAll("input");
      const text = value === null ? "" : columns[index].date ? dateOf(value) : `${value}`;
      exact.value = text;
      const shown = value ?? columns[index].low;
      range.min = Math.min(columns[index].low, shown);
      range.max = Math.max(columns[index].high, shown);
      if (tidy(range.valueAsNumber) !== value) range.value = shown;
      range.disabled = value === null;
      range.ariaValueText = text || "missing";
      if (missing) missing.checked = value === null;
    }
    this.find(".back").disabled = !this.changes().length;
  }

  changes() {
    return [...last.values.entries()].filter(([index, value]) => value !== this.data.values[index]);
  }

  question() {
    return JSON.stringify({ row: last.row, changed: Object.fromEntries(this.changes()), column: last.column });
  }

  // ── The network's answer ───────────────────────────────────────────────────────────────────────────────────────

  hear({ error = "", answers, chart, step, running }) {
    warn(this.root, ".trouble", error);
    this.showAnswer(answers ?? []);
    this.root.dataset.step = step ?? "";
    this.spec = chart ?? this.spec;
    this.drawChart();
    this.asking.follow(running);
  }

  showAnswer(answers) {
    const { names, regression } = this.data;
    if (!regression) showProbabilities(this.root, names, answers, "–");
    else if (answers.length) showNumber(this.root, written(answers[0]), `predicted ${names[0]}`);
    else showNumber(this.root, "–", "");
  }

  drawChart() {
    const theme = themeOf(this.root);
    if (this.spec && theme) this.chart.draw(this.plotly, this.spec, theme);
  }
}

const DAY = 86_400_000; // milliseconds
const DATE = /^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const THOUSANDS = /^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/;

// The value that a text means: null if it is missing, undefined if it is no number or no date.
export function typed(written, date, step) {
  const text = written.trim();
  if (!text) return null;
  if (!date) return numberIn(text.replace("−", "-"), step);
  const at = DATE.test(text) ? Date.parse(text.length > 10 ? `${text.replace(" ", "T")}Z` : text) : NaN;
  return Number.isNaN(at) ? undefined : at / DAY;
}

// A comma is a decimal comma, except between thousands. Which one 1,234 has is known by the step of the column's slider.
function numberIn(text, step) {
  const thousands = THOUSANDS.test(text) && (Number.isInteger(step) || /,.*[,.]/.test(text));
  const plain = thousands ? text.replaceAll(",", "") : text.replace(",", ".");
  const value = NUMBER.test(plain) ? Number(plain) : NaN;
  return Number.isFinite(value) ? value : undefined;
}

// The date that is this many days after January 1, 1970, as NumberColumn.text writes it.
function dateOf(days) {
  const text = new Date(Math.round(days * 86_400) * 1000).toISOString();
  return days % 1 ? text.slice(0, 19).replace("T", " ") : text.slice(0, 10);
}

const tidy = (value) => Number(value.toPrecision(12)); // 0.1 + 0.2 is 0.3
const written = (value) => value.toLocaleString("en", { maximumSignificantDigits: 15 }).replace("-", "−"); // the server rounds it
