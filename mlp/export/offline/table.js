// Controls for the columns of a table: numbers and dates have sliders, categories have menus.

const FIRST = 12; // controls that are always there
const FEW_MORE = 4; // that are shown with them
const MOST_FOUND = 24; // at once, of the other columns
const DAY = 86_400_000; // milliseconds

class TableInput {
  constructor(root, page, changed) {
    Object.assign(this, { root, page, changed });
    const { columns } = page;
    this.values = columns.map((column) => (column.categories ? 0 : column.median));
    const first = columns.length > FIRST + FEW_MORE ? FIRST : columns.length;
    this.shown = [];
    root.append(element("div", { className: "controls" }, ...columns.slice(0, first).map((_, index) => this.control(index))));
    if (first < columns.length) this.addSearch(first);
  }

  addSearch(first) {
    const count = this.page.columns.length - first;
    const search = element("input", { type: "search", placeholder: "Find a column", ariaLabel: "Find a column" });
    const found = element("div", { className: "controls" });
    const details = element("details", {}, element("summary", {}, `${count.toLocaleString("en")} more columns`), search, found);
    const fill = () => {
      const wanted = search.value.trim().toLowerCase();
      const names = [...this.page.columns.entries()].slice(first);
      const matching = names.filter(([, { name }]) => name.toLowerCase().includes(wanted)).slice(0, MOST_FOUND);
      this.shown.length = first;
      found.replaceChildren(...matching.map(([index]) => this.control(index)));
      this.showValues();
    };
    search.addEventListener("input", fill);
    details.addEventListener("toggle", fill);
    this.root.append(details);
  }

  load(example) {
    this.example = example;
    this.values = [...example.values];
    this.update();
  }

  read() {
    return this.values;
  }

  get truth() {
    const same = this.example?.values.every((value, place) => value === this.values[place]);
    return same ? this.example.truth : undefined;
  }

  // ── Controls ───────────────────────────────────────────────────────────────────────────────────────────────────

  control(index) {
    const column = this.page.columns[index];
    const parts = column.categories ? this.menu(index, column) : this.slider(index, column);
    const box = element("div", { className: "control" }, element("b", { title: column.name }, column.name), ...parts.nodes);
    this.shown.push(() => {
      parts.show(this.values[index]);
      box.classList.toggle("changed", Boolean(this.example) && this.values[index] !== this.example.values[index]);
    });
    return box;
  }

  menu(index, { name, categories, other, no_value: noValue }) {
    const choices = [...categories, ...(other ? ["other"] : [])];
    const select = element("select", { ariaLabel: name }, ...choices.map((choice, place) => new Option(choice, place)), new Option(noValue, ""));
    select.addEventListener("change", () => this.set(index, select.value === "" ? null : Number(select.value)));
    return { nodes: [select], show: (value) => (select.value = value === null ? "" : Math.min(value, choices.length - 1)) };
  }

  slider(index, { name, low, high, step, flag, is_date: isDate }) {
    const range = element("input", { type: "range", min: low, max: high, step, ariaLabel: name });
    const exact = element("input", { type: isDate ? "date" : "text", placeholder: "missing", ariaLabel: `${name}, exact value` });
    exact.inputMode = low < 0 ? "text" : "decimal"; // a phone's keys for decimals may have no minus
    const missing = element("input", { type: "checkbox", ariaLabel: `${name} is missing` });
    const typed = () => (isDate ? chosenDate(exact) : typedNumber(exact.value, step));
    awaitFinger(range).addEventListener("input", () => this.set(index, tidy(range.valueAsNumber)));
    exact.addEventListener("change", () => {
      const value = typed();
      if (value === undefined) this.showValues();
      else this.set(index, value);
    });
    exact.addEventListener("blur", () => this.showValues()); // takes back a date of which only a part was entered
    exact.addEventListener("keydown", (event) => {
      const value = typed();
      const more = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (isDate || !more || !Number.isFinite(value)) return;
      event.preventDefault(); // the cursor would go to an end of the text
      this.set(index, tidy(value + more));
    });
    exact.addEventListener("dblclick", () => exact.select()); // a browser's word is what is before or after the point
    missing.addEventListener("change", () => this.set(index, missing.checked ? null : tidy(range.valueAsNumber)));
    const show = (value) => {
      const written = value === null ? "" : isDate ? isoDate(value) : `${Number.isInteger(value) ? value : Number(value.toPrecision(7))}`;
      if (!isDate || document.activeElement !== exact) exact.value = written;
      range.min = Math.min(low, value ?? low);
      range.max = Math.max(high, value ?? high);
      if (value !== null && tidy(range.valueAsNumber) !== value) range.value = value;
      range.disabled = missing.checked = value === null;
      range.setAttribute("aria-valuetext", written || "missing");
    };
    return { nodes: [exact, range, ...(flag ? [element("label", {}, missing, " missing")] : [])], show };
  }

  set(index, value) {
    this.values[index] = value;
    this.update();
  }

  update() {
    this.showValues();
    this.changed();
  }

  showValues() {
    this.shown.forEach((show) => show());
  }
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const THOUSANDS = /^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/;

// The value that a text means: null if it is missing, undefined if it is no number. A comma is a decimal comma, except
// between thousands. Which one 1,234 has is known by the step of the column's slider.
function typedNumber(written, step) {
  const text = written.trim().replace("−", "-");
  if (!text) return null;
  const thousands = THOUSANDS.test(text) && (Number.isInteger(step) || /,.*[,.]/.test(text));
  const plain = thousands ? text.replaceAll(",", "") : text.replace(",", ".");
  const value = NUMBER.test(plain) ? Number(plain) : NaN;
  return Number.isFinite(value) ? value : undefined;
}

// The day that is chosen: null if none is, undefined while only a part of the date is entered.
function chosenDate({ validity, value, valueAsNumber }) {
  if (validity.badInput) return undefined;
  return value ? valueAsNumber / DAY : null;
}

const isoDate = (days) => new Date(Math.floor(days) * DAY).toISOString().slice(0, 10);
const tidy = (value) => Number(value.toPrecision(12)); // 0.1 + 0.2 is 0.3
