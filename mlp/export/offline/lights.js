// Draws the network from the inside: every unit is a light, and lines show what contributes most to an answer.

const MOST_LINKS = 30; // between two layers
const MOST_NAMED = 16; // inputs or outputs with their names
const FEWEST_OF_COLUMN = 4; // letters of an input's column before one of its values
const ROOM_BELOW = 24; // for the layers' sizes
const TITLE = 20; // above a picture
const GAP = 10; // between pictures
const DASHES = [6, 6]; // of a line that lowers a value
const EASE = 0.3; // of the way, in each frame

class Lights {
  // `choose` is called with {layer, unit} or, if nothing is chosen any more, with undefined.
  constructor(canvas, page, network, choose) {
    Object.assign(this, { canvas, page, network, choose });
    this.shown = network.sizes.map((units) => new Float64Array(units)); // the values that are drawn
    this.brightest = network.sizes.map(() => 1e-9);
    new ResizeObserver(() => this.redraw()).observe(canvas);
    canvas.addEventListener("click", (event) => this.choose(this.unitAt(event.offsetX, event.offsetY)));
    canvas.addEventListener("pointermove", (event) => {
      canvas.style.cursor = this.unitAt(event.offsetX, event.offsetY) ? "pointer" : "";
    });
    canvas.addEventListener("keydown", (event) => this.walk(event));
  }

  // `values` are what to draw for each layer; `links` and `gradient` come from Network.explain.
  show({ values, links, gradient, target, chosen, picture }) {
    Object.assign(this, { values, links, gradient, target, chosen, picture });
    values.forEach((layer, index) => layer.forEach((value) => (this.brightest[index] = Math.max(this.brightest[index], Math.abs(value)))));
    this.redraw();
  }

  redraw() {
    this.frame ??= withNextFrame(() => {
      this.frame = undefined;
      if (!this.values || !this.canvas.clientWidth) return;
      this.draw();
      if (this.ease()) this.redraw();
    });
  }

  // Moves what is drawn toward what is. Returns whether there is more to move.
  ease() {
    let most = 0;
    this.shown.forEach((layer, index) =>
      layer.forEach((value, unit) => {
        const rest = this.values[index][unit] - value;
        layer[unit] += rest * (STILL.matches ? 1 : EASE);
        most = Math.max(most, Math.abs(rest) / this.brightest[index]);
      }),
    );
    return most > 0.004;
  }

  // ── Where everything is ────────────────────────────────────────────────────────────────────────────────────────

  // Returns for each layer a function from a unit to its middle, and the size of its cells.
  layout(pen, width, height) {
    const { sizes } = this.network;
    const last = sizes.length - 1;
    const room = height - ROOM_BELOW;
    const largest = Math.min(44, Math.max(20, room / 13));
    const named = (names) => names.length <= MOST_NAMED && width > 260;
    const inNames = this.page.kind !== "images" && named(this.page.inputNames) ? this.page.inputNames : undefined;
    const outNames = named(this.page.names) ? this.page.names : undefined;
    pen.font = this.font(14, true); // the winner's
    const widthOf = (names) => (names ? Math.min(0.2 * width, Math.max(...names.map((name) => pen.measureText(name).width))) + 10 : 0);
    const [left, right] = [widthOf(inNames), widthOf(outNames)];
    this.side = this.page.kind === "images" ? Math.min(0.28 * width, (room - 2 * TITLE - GAP) / 2) : 0;

    const first = this.page.kind === "images" ? undefined : grid(sizes[0], inNames ? largest : 0.14 * width, room, largest, inNames ? 1 : 0);
    const end = grid(sizes[last], outNames ? largest : 0.12 * width, room, largest, outNames ? 1 : 0);
    const from = this.side || left + first.width;
    const slot = (width - right - end.width - from) / Math.max(last - 1, 1);
    const places = sizes.map((units, index) => {
      if (index === last) return at(end, width - right - end.width, room);
      if (index > 0) {
        const cells = grid(units, 0.46 * slot, room, largest, 0);
        return at(cells, from + (index - 0.5) * slot - cells.width / 2, room);
      }
      return first ? at(first, left, room) : this.pixels(room);
    });
    return { places, inNames, outNames };
  }

  pixels(room) {
    const [rows, columns] = this.page.shape;
    const scale = this.side / Math.max(rows, columns);
    const [left, top] = [(this.side - columns * scale) / 2, (room - 2 * this.side - 2 * TITLE - GAP) / 2 + TITLE + (this.side - rows * scale) / 2];
    const middle = (pixel) => [left + ((pixel % columns) + 0.5) * scale, top + (Math.floor(pixel / columns) + 0.5) * scale];
    return { middle, cell: 0, left, top, width: columns * scale, height: rows * scale };
  }

  // ── Drawing ────────────────────────────────────────────────────────────────────────────────────────────────────

  font(size, bold = false) {
    const scale = Math.min(1.5, Math.max(0.8, this.canvas.clientWidth / 640));
    return `${bold ? 700 : 400} ${Math.round(size * scale)}px ${getComputedStyle(this.canvas).fontFamily}`;
  }

  draw() {
    const { pen, width, height } = penOn(this.canvas);
    const { places, inNames, outNames } = (this.now = this.layout(pen, width, height));
    if (this.side) this.drawPictures(pen, places[0]);
    this.drawLinks(pen, places);
    places.forEach((place, layer) => (layer > 0 || !this.side) && this.drawUnits(pen, place, layer));
    if (inNames) this.drawNames(pen, places[0], inNames, "right");
    if (outNames) this.drawNames(pen, places.at(-1), outNames, "left");
    this.drawSizes(pen, places, height);
    if (this.chosen) this.drawRing(pen, places[this.chosen.layer], this.chosen.unit);
  }

  drawPictures(pen, { left, top, width, height }) {
    const below = top + this.side + GAP + TITLE;
    const most = this.gradient?.reduce((one, other) => Math.max(one, Math.abs(other)), 1e-12);
    const drawn = [
      [this.picture && exampleImage(this.page, this.picture), top],
      [this.gradient && imageOf(...this.page.shape, (place) => [...rgb(shadeOf(this.gradient[place] / most)), 255]), below],
    ];
    for (const [image, y] of drawn) {
      pen.fillStyle = theme.unlit;
      pen.fillRect(left, y, width, height);
      if (image) pen.drawImage(image, left, y, width, height);
    }
    pen.fillStyle = theme.quiet;
    pen.font = this.font(12);
    pen.textAlign = "left";
    pen.fillText("what it sees", left, top - 6);
    pen.fillText(`effect of more ${this.page.gray ? "light" : "ink"}`, left, below - 6, this.side);
  }

  drawLinks(pen, places) {
    pen.lineCap = "round";
    this.links.forEach((links, index) => {
      const [from, to] = [places[index], places[index + 1]];
      const most = Math.abs(links[0]?.value ?? 1);
      for (const link of links.toReversed()) {
        const [x0, y0] = from.middle(link.from);
        const [x1, y1] = to.middle(link.to);
        const share = (Math.abs(link.value) / most) ** 0.7;
        const bend = (x1 - x0) / 2;
        pen.strokeStyle = link.value < 0 ? theme.negative : theme.positive;
        pen.setLineDash(link.value < 0 ? DASHES : []);
        pen.globalAlpha = 0.12 + 0.68 * share;
        pen.lineWidth = 0.6 + 2.6 * share;
        pen.beginPath();
        pen.moveTo(x0 + from.cell / 2, y0);
        pen.bezierCurveTo(x0 + bend, y0, x1 - bend, y1, x1 - to.cell / 2, y1);
        pen.stroke();
      }
    });
    pen.globalAlpha = 1;
    pen.setLineDash([]);
  }

  drawUnits(pen, { middle, cell }, layer) {
    const radius = Math.max(cell / 2 - (cell > 7 ? 1.5 : 0.5), 0.5);
    this.shown[layer].forEach((value, unit) => {
      const [x, y] = middle(unit);
      const share = value / this.brightest[layer];
      const color = shadeOf(share);
      if (cell > 9 && Math.abs(share) > 0.5) {
        pen.globalAlpha = 0.5 * (Math.abs(share) - 0.5);
        disk(pen, x, y, radius * 1.6, color);
        pen.globalAlpha = 1;
      }
      if (cell > 6) disk(pen, x, y, radius, color);
      else {
        pen.fillStyle = color;
        pen.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
      }
    });
  }

  drawNames(pen, { middle, cell }, names, align) {
    pen.textAlign = align;
    pen.textBaseline = "middle";
    const { layer, unit: target } = this.target ?? {};
    names.forEach((name, unit) => {
      const [x, y] = middle(unit);
      const winner = align === "left" && layer === this.network.last && unit === target;
      pen.font = this.font(14, winner);
      pen.fillStyle = winner ? theme.text : theme.quiet;
      const start = x + (align === "left" ? 1 : -1) * (cell / 2 + 5);
      pen.fillText(cut(pen, name, align === "left" ? this.canvas.clientWidth - start : start), start, y);
    });
    pen.textBaseline = "alphabetic";
  }

  drawSizes(pen, places, height) {
    pen.font = this.font(12);
    pen.fillStyle = theme.quiet;
    this.network.sizes.forEach((units, layer) => {
      const { left, width } = places[layer];
      pen.textAlign = layer ? "center" : "left";
      const words = layer === 0 ? `${units.toLocaleString("en")} inputs` : units.toLocaleString("en");
      pen.fillText(words, layer ? left + width / 2 : 0, height - 6);
    });
  }

  drawRing(pen, { middle, cell }, unit) {
    const [x, y] = middle(unit);
    pen.strokeStyle = theme.text;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(x, y, cell / 2 + 2, 0, 7);
    pen.stroke();
  }

  // ── Choosing a unit ────────────────────────────────────────────────────────────────────────────────────────────

  unitAt(x, y) {
    let [found, nearest] = [undefined, Infinity];
    this.now?.places.forEach(({ middle, cell }, layer) => {
      if (layer === 0) return;
      for (let unit = 0; unit < this.network.sizes[layer]; unit++) {
        const [unitX, unitY] = middle(unit);
        const away = Math.hypot(unitX - x, unitY - y);
        if (away < nearest && away < Math.max(cell, 12)) [found, nearest] = [{ layer, unit }, away];
      }
    });
    return found;
  }

  // Up and down go through a layer's units, left and right from layer to layer; Escape lets go.
  walk(event) {
    const { last, sizes } = this.network;
    if (event.key === "Escape") return this.choose(undefined);
    const steps = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
    if (!steps[event.key] || !this.values) return;
    event.preventDefault();
    const [across, down] = steps[event.key];
    const { layer, unit } = this.chosen ?? this.target ?? { layer: last, unit: 0 };
    const next = Math.min(Math.max(layer + across, 1), last);
    const found = { layer: next, unit: (Math.min(unit, sizes[next] - 1) + down + sizes[next]) % sizes[next] };
    if (!this.chosen || found.layer !== layer || found.unit !== unit) this.choose(found);
  }
}

// The size of `units` cells, at most `largest`, that fill a box best, in this many columns or, for 0, in any number.
function grid(units, width, height, largest, columns) {
  let cell = largest;
  const across = (size) => columns || Math.ceil(units / Math.max(Math.floor(height / size), 1));
  while (cell > 1.5 && (across(cell) * cell > width + 1e-6 || Math.ceil(units / across(cell)) * cell > height)) cell -= 0.25;
  const rows = Math.ceil(units / across(cell));
  return { cell, rows, width: Math.ceil(units / rows) * cell, height: rows * cell };
}

// The cells of a grid, one column after the other, centered in the height.
function at({ cell, rows, width, height }, left, room) {
  const top = (room - height) / 2;
  const middle = (unit) => [left + (Math.floor(unit / rows) + 0.5) * cell, top + ((unit % rows) + 0.5) * cell];
  return { middle, cell, left, width, top, height };
}

function disk(pen, x, y, radius, color) {
  pen.fillStyle = color;
  pen.beginPath();
  pen.arc(x, y, radius, 0, 7);
  pen.fill();
}

// Words that fit a width: of an input, what its column's others don't have stays.
function cut(pen, words, width) {
  const fits = (text) => pen.measureText(text).width <= width;
  if (fits(words)) return words;
  let [, column, value] = words.match(/^(.+)( = .*| missing)$/) ?? ["", words, ""];
  while (column.length > (value ? FEWEST_OF_COLUMN : 0) && !fits(`${column}…${value}`)) column = column.slice(0, -1);
  if (fits(`${column}…${value}`)) return `${column}…${value}`;
  while (value && !fits(`${column}…${value}…`)) value = value.slice(0, -1);
  return `${column}…${value}…`;
}
