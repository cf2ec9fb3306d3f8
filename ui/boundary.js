// Updates the boundary panel. Each call gets everything to show; only what was drawn is remembered.

import { between, rgb, themeOf, wait, write } from "./plots.js";

const MARKUP = `<div class="frame">
  <header>
    <p class="state" role="status"></p>
    <dl class="numbers"></dl>
    <p class="message" role="alert" hidden></p>
  </header>
  <div class="stage">
    <div class="net" role="group" aria-label="The network, unit by unit">
      <svg class="links" aria-hidden="true"></svg>
      <div class="columns"></div>
      <p class="key">
        <span>Lines: weights. Wider: larger; dashed: negative.</span>
        <span class="outputs">Squares: output at each point, <i></i> from negative (dark) to positive (light).</span>
      </p>
    </div>
    <figure class="plane">
      <div class="picture">
        <canvas class="heat" role="img"></canvas>
        <canvas class="dots" aria-hidden="true"></canvas>
        <button type="button" class="spot"><i hidden></i></button>
      </div>
      <figcaption><span class="words"></span><span class="legend"></span></figcaption>
      <fieldset class="adding">
        <legend>Click to add a point:</legend>
        <button type="button" data-remove="last">Remove last added point</button>
        <button type="button" data-remove="all">Remove all added points</button>
      </fieldset>
    </figure>
  </div>
  <section class="editor" aria-live="polite" hidden><h3></h3><div class="weights"></div></section>
</div>`;

const TICK_MS = 150;
const MEASURED = "Current weights, all points.";
const NO_VALUE = 255;
const HIGHEST = 254;
const STEP = 0.05; // by which an arrow key moves the cross
const CORNERS = [[0, 0], [4, 45], [4, 0], [3, 0], [3, 180], [6, 0]]; // of each class's marker, and its rotation
const WIDEST = 6; // pixels, for the largest weight
const DASHES = "7 5"; // of a negative weight's line

export default function show({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".mlp-boundary");
  root.panel ??= new Panel(root);
  root.panel.receive(data, setTriggerValue);
}

class Panel {
  constructor(root) {
    root.innerHTML = MARKUP;
    this.root = root;
    this.unit = undefined; // pointed at or focused
    this.pinned = undefined;
    this.cross = [0, 0];
    this.added = []; // points that the page has not confirmed yet, each with the time of its click
    this.listen();
    this.observer = new ResizeObserver(() => this.redraw());
    this.observer.observe(root);
    this.observer.observe(this.find(".picture"));
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  receive(data, tell) {
    this.data = data;
    this.tell = tell;
    this.added = this.added.filter(([time]) => time > data.options.confirmed);
    this.show(data.content);
    this.follow(data.content);
    if (data.content && this.wanted()) this.look(); // the page does not know which unit is pointed at
  }

  show(content) {
    this.content = content;
    this.redraw();
    // In the same frame, so that the curves always end at the panel's numbers.
    if (content?.curves) document.querySelector(".st-key-boundary_curves .mlp-board")?.board?.show(content.curves);
  }

  wanted() {
    return this.unit ?? this.pinned;
  }

  ask(signal) {
    const question = { seen: this.content?.mark ?? "", unit: this.wanted() ?? "" };
    const address = new URL(`${this.data.feed}?${new URLSearchParams(question)}`, document.baseURI);
    return fetch(address, { signal, cache: "no-store" });
  }

  // While the network trains, polls the server. A new status is for the page to show.
  async follow(content) {
    this.following?.abort();
    const { signal } = (this.following = new AbortController());
    for (let asked = performance.now(); content?.status.kind === "running"; ) {
      await wait(asked + TICK_MS - performance.now());
      if (signal.aborted || !this.root.isConnected) return;
      if (document.hidden) continue;
      asked = performance.now();
      try {
        const answer = await this.ask(signal);
        if (answer.status === 404) return;
        if (answer.status === 204) continue;
        const fresh = answer.ok ? await answer.json() : undefined;
        if (fresh?.status.kind === content.status.kind) {
          this.show(fresh);
        } else {
          this.tell("status", fresh?.status.kind ?? "unknown");
          await wait(1000);
        }
      } catch {
        await wait(1000); // no connection; Streamlit says so
      }
    }
  }

  // Fetches at once what is pointed at now.
  async look() {
    try {
      const answer = await this.ask();
      if (answer.status === 200) this.show(await answer.json());
    } catch {
      // no connection; Streamlit says so
    }
  }

  listen() {
    const spot = this.find(".spot");
    spot.addEventListener("click", (event) => {
      const box = spot.getBoundingClientRect();
      const across = (event.clientX - box.left) / box.width;
      const down = (event.clientY - box.top) / box.height;
      // A click made by a key has no position.
      if (event.detail) this.cross = [(2 * across - 1) * this.data.extent, (1 - 2 * down) * this.data.extent];
      this.add();
    });
    spot.addEventListener("keydown", (event) => {
      const move = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] }[event.key];
      if (!move) return;
      event.preventDefault();
      event.stopPropagation(); // the page may use the arrow keys for something else
      this.cross = this.cross.map((place, axis) => clamp(place + move[axis], this.data.extent));
      this.showCross();
    });
    spot.addEventListener("focus", () => spot.matches(":focus-visible") && this.showCross());
    spot.addEventListener("blur", () => (spot.firstElementChild.hidden = true));
    for (const button of this.root.querySelectorAll("[data-remove]")) {
      button.addEventListener("click", () => this.tell("did", { remove: button.dataset.remove }));
    }
    this.root.addEventListener("keydown", (event) => event.key === "Escape" && this.pin(undefined));
  }

  add() {
    const chosen = this.find(".adding input:checked");
    if (!chosen || chosen.value === "") return;
    const [x, y] = this.cross.map((place) => Math.round(100 * place) / 100);
    this.added.push([Math.max(Date.now(), 1 + (this.added.at(-1)?.[0] ?? 0)), x, y, Number(chosen.value)]);
    this.tell("did", { points: this.added });
  }

  showCross() {
    const cross = this.find(".spot i");
    cross.hidden = false;
    const [across, down] = this.cross.map((place) => 50 * (1 + place / this.data.extent));
    cross.style.left = `${across}%`;
    cross.style.bottom = `${down}%`;
    this.find(".spot").setAttribute("aria-label", this.spotWords());
  }

  spotWords() {
    const place = this.cross.map((part) => part.toFixed(2)).join(", ");
    return `The plane, at ${place}. Arrow keys move the cross; Enter adds a point.`;
  }

  point(unit) {
    if (this.unit === unit) return;
    this.unit = unit;
    this.redraw();
    if (this.content) this.look();
  }

  pin(unit, row) {
    this.pinned = unit;
    this.redraw(() => row !== undefined && this.find(`.editor [data-row="${row}"]`)?.select());
    if (this.content) this.look();
  }

  redraw(then) {
    this.after = then ?? this.after;
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      const theme = themeOf(this.root);
      if (!theme) return;
      this.takeTheme(theme);
      this.showStatus();
      this.showUnits();
      this.showPlane();
      this.showDots();
      this.showAdding();
      this.showLinks();
      this.showEditor();
      this.after?.();
      this.after = undefined;
    });
  }

  takeTheme({ colors, diverging, key }) {
    if (this.theme?.key === key) return;
    const table = (stops) => {
      const levels = new Uint32Array(256);
      for (let level = 0; level <= HIGHEST; level++) levels[level] = between(stops, level / HIGHEST);
      return levels;
    };
    const signed = table(diverging.map(rgb));
    // Only classes (and heights) have colors; all else has shades, from the darker of the theme's two to the lighter.
    const shades = ["--mlp-text", "--mlp-background"].map((name) => rgb(colors[name])).sort((one, other) => one[1] - other[1]);
    const gray = table(shades);
    ["low", "high"].forEach((end, index) => this.find(".frame").style.setProperty(`--${end}`, `rgb(${shades[index]})`));
    const shares = classes(colors).map((color) => table([colors["--mlp-background"], color].map(rgb)));
    this.theme = { key, colors, gray, signed, shares };
    classes(colors).forEach((color, index) => this.find(".frame").style.setProperty(`--class-${index}`, color));
    this.drawnDots = undefined;
  }

  showStatus() {
    const { content } = this;
    this.find(".frame").classList.toggle("empty", !content); // keeps room for the network
    if (!content) return;
    const { kind, word, message, numbers } = content.status;
    this.find(".frame").dataset.state = kind;
    write(this.find(".state"), word);
    const list = this.find(".numbers");
    const names = Object.keys(numbers).join();
    if (list.dataset.names !== names) {
      list.dataset.names = names;
      list.innerHTML = Object.keys(numbers).map((name) => `<div data-name="${name}" title="${MEASURED}"><dt>${name}</dt><dd></dd></div>`).join("");
    }
    for (const [name, value] of Object.entries(numbers)) write(list.querySelector(`[data-name="${name}"] dd`), value);
    write(this.find(".message"), message);
    this.find(".message").hidden = !message;
  }

  // ── The network ───────────────────────────────────────────────────────────────────────────────────────────────

  showUnits() {
    const { content } = this;
    const columns = this.find(".columns");
    if (!content) return;
    const structure = JSON.stringify([content.sizes, content.inputs, content.outputs]);
    if (columns.dataset.structure !== structure) {
      columns.dataset.structure = structure;
      this.find(".net").style.setProperty("--columns", content.sizes.length);
      this.find(".net").style.setProperty("--rows", Math.max(...content.sizes));
      columns.replaceChildren(...content.sizes.map((size, layer) => this.column(layer, size)));
      this.unit = this.pinned = undefined;
      this.places = undefined;
    }
    const small = bytes(content.small);
    const nodes = content.smallSide ** 2;
    columns.querySelectorAll(".unit").forEach((button, index) => {
      const { layer, number } = button.dataset;
      paint(button.firstElementChild, content.smallSide, small.subarray(index * nodes, (index + 1) * nodes), this.tableOf(Number(layer), number));
      const name = `${layer}.${number}`;
      button.setAttribute("aria-pressed", this.pinned === name);
    });
  }

  // The colors of a unit's map: an output's are its class's, or of a height those of heights.
  tableOf(layer, number) {
    const { content, theme } = this;
    if (layer < content.sizes.length - 1) return theme.gray;
    return content.classes ? theme.shares[number] : theme.signed;
  }

  column(layer, size) {
    const { content } = this;
    const last = content.sizes.length - 1;
    const column = Object.assign(document.createElement("div"), { className: "column" });
    const title = Object.assign(document.createElement("h4"), {
      textContent: layer === 0 ? "Inputs" : layer === last ? "Output" : last > 4 ? `${layer}` : `Layer ${layer}`,
    });
    const units = Object.assign(document.createElement("div"), { className: "stack" });
    for (let number = 0; number < size; number++) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "unit" });
      const named = layer === 0 ? content.inputs : layer === last ? content.outputs : undefined;
      const name = this.nameOf(layer, number);
      button.innerHTML = "<canvas></canvas>";
      if (named) button.append(Object.assign(document.createElement("span"), { textContent: named[number] }));
      Object.assign(button.dataset, { layer, number });
      button.setAttribute("aria-label", name);
      button.title = layer ? `${name}: click to show and edit its weights` : name;
      const id = `${layer}.${number}`;
      button.addEventListener("pointerenter", () => this.point(id));
      button.addEventListener("pointerleave", () => this.point(undefined));
      button.addEventListener("focus", () => button.matches(":focus-visible") && this.point(id));
      button.addEventListener("blur", () => this.point(undefined));
      button.addEventListener("click", (event) => {
        // With the keyboard, the focus goes on to the first weight.
        if (!event.detail) return this.pin(id, 0);
        button.blur();
        this.pin(this.pinned === id ? undefined : id);
      });
      units.append(button);
    }
    column.append(title, units);
    return column;
  }

  nameOf(layer, number) {
    const { content } = this;
    if (layer === 0) return `Input ${content.inputs[number]}`;
    if (layer === content.sizes.length - 1) return content.classes ? `Class ${content.outputs[number]}` : "Height";
    return `Layer ${layer}, unit ${number + 1}`;
  }

  // A line for every weight: the larger, the wider; dashed if it is negative.
  showLinks() {
    const { content } = this;
    const svg = this.find(".links");
    if (!content) {
      this.places = undefined;
      return svg.replaceChildren();
    }
    const net = this.find(".net");
    const box = net.getBoundingClientRect();
    if (!box.width) return;
    const key = `${this.find(".columns").dataset.structure} ${box.width} ${box.height}`;
    if (this.places !== key) {
      this.places = key;
      svg.replaceChildren(...this.links(box));
    }
    const weights = floats(content.parameters);
    const largest = 0.5 + weights.reduce((most, weight) => Math.max(most, Math.abs(weight) || 0), 0);
    let start = 0;
    let link = 0;
    for (let layer = 1; layer < content.sizes.length; layer++) {
      const [inputs, units] = [content.sizes[layer - 1], content.sizes[layer]];
      for (let index = 0; index < inputs * units; index++) {
        const weight = weights[start + index];
        const line = svg.children[link++];
        line.style.strokeWidth = `${Math.max((WIDEST * Math.abs(weight)) / largest, 0.4)}px`;
        line.style.strokeDasharray = weight < 0 ? DASHES : "none";
      }
      start += inputs * units + units;
    }
  }

  links(box) {
    const { sizes } = this.content;
    const edge = (layer, number, side) => {
      const canvas = this.find(`.unit[data-layer="${layer}"][data-number="${number}"] canvas`).getBoundingClientRect();
      return [canvas[side] - box.left, canvas.top + canvas.height / 2 - box.top];
    };
    const lines = [];
    for (let layer = 1; layer < sizes.length; layer++) {
      for (let row = 0; row < sizes[layer - 1]; row++) {
        const [x0, y0] = edge(layer - 1, row, "right");
        for (let unit = 0; unit < sizes[layer]; unit++) {
          const [x1, y1] = edge(layer, unit, "left");
          const middle = (x0 + x1) / 2;
          const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
          line.setAttribute("d", `M${x0},${y0}C${middle},${y0} ${middle},${y1} ${x1},${y1}`);
          line.addEventListener("click", () => this.pin(`${layer}.${unit}`, row));
          lines.push(line);
        }
      }
    }
    return lines;
  }

  // ── The plane ─────────────────────────────────────────────────────────────────────────────────────────────────

  showPlane() {
    const { content } = this;
    const heat = this.find(".heat");
    if (!content) {
      heat.width = heat.height = 1;
      heat.setAttribute("aria-label", "An empty plane");
      this.showCaption("There are no points yet. Choose a kind of point, then click the plane to add one.", "");
      return;
    }
    const { large } = content;
    const wanted = this.wanted();
    if (large && wanted === large.unit.join(".")) {
      const [layer, number] = large.unit;
      const share = layer === content.sizes.length - 1 && content.classes;
      paint(heat, content.side, bytes(large.map), this.tableOf(layer, number));
      const limit = large.limit.toPrecision(2);
      const [low, high] = layer === content.sizes.length - 1 ? ["orange", "blue"] : ["dark", "light"];
      this.showCaption(this.nameOf(layer, number), share ? "probability, from 0 to 1" : `${low}: −${limit}, ${high}: +${limit}`);
    } else {
      paint(heat, content.side, bytes(content.plane), this.planeTable());
      if (content.classes) this.showCaption("Color: predicted class. Stronger: more confident", "");
      else this.showCaption("Color: predicted height", "orange: −1, blue: +1");
    }
    const words = Object.entries(content.status.numbers).map(([name, value]) => `${name} ${value}`).join(", ");
    heat.setAttribute("aria-label", `The network's predictions across the plane. ${words}`);
  }

  showCaption(words, legend) {
    write(this.find(".words"), words);
    write(this.find(".legend"), legend);
  }

  // The colors of the plane's levels: each class has a range of them, from uncertain to confident.
  planeTable() {
    const { content, data, theme } = this;
    const { discrete } = data.options;
    if (!content.classes) {
      if (!discrete) return theme.signed;
      return theme.signed.map((_, level) => theme.signed[level === NO_VALUE ? level : level < HIGHEST / 2 ? 40 : HIGHEST - 40]);
    }
    const count = content.outputs.length;
    const stretch = Math.floor(255 / count);
    const table = new Uint32Array(256);
    for (let level = 0; level < count * stretch; level++) {
      const confidence = discrete ? 1 : (level % stretch) / (stretch - 1);
      table[level] = theme.shares[Math.floor(level / stretch)][Math.round(0.62 * confidence * HIGHEST)];
    }
    return table;
  }

  showDots() {
    const canvas = this.find(".dots");
    const side = Math.round(canvas.clientWidth * devicePixelRatio);
    const key = `${side} ${this.theme.key} ${this.data.options.validation} ${JSON.stringify(this.data.points)}`;
    if (this.drawnDots === key || !side) return;
    this.drawnDots = key;
    canvas.width = canvas.height = side;
    if (!this.data.points) return;
    const pen = canvas.getContext("2d");
    const radius = (side / 100) * 1.25;
    const paper = this.theme.colors["--mlp-background"];
    const inks = classes(this.theme.colors);
    const piles = this.data.options.validation ? ["train", "validation"] : ["train"];
    for (const pile of piles) {
      const { places, values } = this.data.points[pile];
      const numbers = floats(places);
      values.forEach((value, index) => {
        const [x, y] = [numbers[2 * index], numbers[2 * index + 1]].map((part) => part / this.data.extent);
        const ink = this.content?.classes === false ? number(this.theme.signed[Math.round(((clamp(value, 1) + 1) / 2) * HIGHEST)]) : inks[value];
        const kind = this.content?.classes === false ? 0 : value;
        outline(pen, (side * (1 + x)) / 2, (side * (1 - y)) / 2, radius, CORNERS[kind]);
        pen.lineWidth = radius * 0.45;
        pen.fillStyle = pile === "train" ? ink : paper;
        pen.strokeStyle = pile === "train" ? (kind || this.content?.classes ? paper : this.theme.colors["--mlp-quiet"]) : ink;
        pen.fill();
        pen.stroke();
      });
    }
  }

  showAdding() {
    const { answers } = this.data.options;
    const box = this.find(".adding");
    const key = JSON.stringify(answers);
    if (box.dataset.shown !== key) {
      box.dataset.shown = key;
      const before = box.querySelector("input:checked")?.value ?? (this.data.content ? "" : `${answers[0].value}`);
      box.querySelectorAll("label").forEach((label) => label.remove());
      for (const { label, value, color } of [{ label: "off", value: "" }, ...answers]) {
        const choice = document.createElement("label");
        const input = Object.assign(document.createElement("input"), { type: "radio", name: "adding", value: `${value}` });
        input.checked = input.value === before;
        input.addEventListener("change", () => this.redraw());
        choice.append(input);
        if (color) choice.append(Object.assign(document.createElement("i"), { style: `background: ${color}` }));
        choice.append(label);
        box.querySelector("button").before(choice);
      }
      if (!box.querySelector("input:checked")) box.querySelector("input").checked = true;
    }
    for (const button of box.querySelectorAll("button")) button.hidden = !this.data.options.own;
    if (!this.data.content && !this.empty) box.querySelectorAll("input")[1].checked = true; // there is nothing else to do
    this.empty = !this.data.content;
    const adding = box.querySelector("input:checked").value !== "";
    const spot = this.find(".spot");
    spot.disabled = !adding;
    spot.setAttribute("aria-label", this.spotWords());
  }

  // ── One unit's weights ────────────────────────────────────────────────────────────────────────────────────────

  showEditor() {
    const { content } = this;
    const editor = this.find(".editor");
    const [layer, number] = (this.pinned ?? "0.0").split(".").map(Number);
    editor.hidden = !content || layer === 0;
    if (editor.hidden) return;
    const inputs = content.sizes[layer - 1];
    const units = content.sizes[layer];
    const last = layer === content.sizes.length - 1;
    const words = `${this.nameOf(layer, number)}: ${last ? (content.classes ? "before softmax, " : "") : `${content.activation} of `}the sum of`;
    write(editor.querySelector("h3"), words);
    const list = editor.querySelector(".weights");
    if (list.dataset.of !== `${this.pinned} ${inputs}`) {
      list.dataset.of = `${this.pinned} ${inputs}`;
      list.replaceChildren(...Array.from({ length: inputs + 1 }, (_, row) => this.weight(layer, row < inputs ? row : -1, number)));
    }
    let start = 0;
    for (let before = 1; before < layer; before++) start += (content.sizes[before - 1] + 1) * content.sizes[before];
    const weights = floats(content.parameters);
    for (const input of list.querySelectorAll("input")) {
      const row = Number(input.dataset.row);
      const weight = row < 0 ? weights[start + inputs * units + number] : weights[start + row * units + number];
      const text = `${Number(weight.toPrecision(3))}`;
      if (!input.typing && input.value !== text) input.value = text;
    }
  }

  weight(layer, row, unit) {
    const label = document.createElement("label");
    const input = Object.assign(document.createElement("input"), { type: "text", inputMode: "decimal", autocomplete: "off" });
    input.dataset.row = row;
    const source = row < 0 ? "bias" : `× ${layer === 1 ? this.content.inputs[row] : `unit ${row + 1}`}`;
    input.setAttribute("aria-label", row < 0 ? "Bias" : `Weight of ${this.nameOf(layer - 1, row)}`);
    input.addEventListener("input", () => (input.typing = true));
    input.addEventListener("change", () => {
      this.tell("did", { weight: [layer, row, unit, input.value] });
      input.typing = false;
      this.redraw(); // shows the current weight until the page has processed this one
    });
    input.addEventListener("keydown", (event) => {
      event.stopPropagation(); // letters are not shortcuts here
      if (event.key !== "Escape") return;
      this.find(`.unit[data-layer="${layer}"][data-number="${unit}"]`).focus();
      this.pin(undefined);
    });
    label.append(input, Object.assign(document.createElement("span"), { textContent: source }));
    return label;
  }
}

const clamp = (value, limit) => Math.min(Math.max(value, -limit), limit);
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const floats = (text) => new Float32Array(bytes(text).buffer);
const classes = (colors) => Array.from({ length: 6 }, (_, index) => colors[`--mlp-class-${index}`]);
const number = (pixel) => `rgb(${pixel & 255}, ${(pixel >> 8) & 255}, ${(pixel >> 16) & 255})`;

// Draws levels as pixels of a canvas; the first row is the lowest.
function paint(canvas, side, levels, table) {
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const picture = new ImageData(side, side);
  const pixels = new Uint32Array(picture.data.buffer);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) pixels[(side - 1 - row) * side + column] = table[levels[row * side + column]];
  }
  canvas.getContext("2d").putImageData(picture, 0, 0);
}

// Adds a circle or a polygon to the pen's path.
function outline(pen, x, y, radius, [corners, turned]) {
  pen.beginPath();
  if (!corners) return pen.arc(x, y, radius, 0, 2 * Math.PI);
  for (let corner = 0; corner < corners; corner++) {
    const angle = (2 * Math.PI * corner) / corners + (Math.PI * (turned - 90)) / 180;
    pen.lineTo(x + 1.25 * radius * Math.cos(angle), y + 1.25 * radius * Math.sin(angle));
  }
  pen.closePath();
}
