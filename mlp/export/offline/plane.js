// The plane of points: colored by the network's answer everywhere, with a point that a person moves.

const MAP_WORK = 3e7; // multiplications for a map
const [FEWEST, MOST_SIDE] = [24, 120]; // points of a map along each side

class PlaneInput {
  constructor(root, page, changed) {
    Object.assign(this, { root, page, changed });
    this.point = [0, 0];
    this.canvas = element("canvas");
    this.canvas.setAttribute("role", "img");
    this.sheet = element("div", { className: "sheet" }, this.canvas);
    this.sliders = ["x", "y"].map((name, axis) => {
      const range = element("input", { type: "range", min: -page.reach, max: page.reach, step: 0.01, ariaLabel: name });
      awaitFinger(range).addEventListener("input", () => this.move(axis ? [this.point[0], range.valueAsNumber] : [range.valueAsNumber, this.point[1]]));
      return range;
    });
    const labels = this.sliders.map((range, axis) => element("label", {}, "xy"[axis], range, element("span")));
    root.append(this.sheet, element("div", { className: "tools" }, ...labels));
    const follow = (event) => {
      const { reach } = page;
      const share = [event.offsetX / this.canvas.clientWidth, 1 - event.offsetY / this.canvas.clientHeight];
      this.move(share.map((part) => Math.min(reach, Math.max(-reach, tidy(Math.round(100 * (2 * part - 1) * reach) / 100)))));
    };
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      follow(event);
    });
    this.canvas.addEventListener("pointermove", (event) => event.buttons && follow(event));
    new ResizeObserver(() => this.redraw()).observe(this.canvas);
  }

  move(point) {
    this.point = point;
    this.changed();
  }

  read() {
    return this.point;
  }

  get truth() {
    return undefined;
  }

  // Shows the point, and what the map is about: a class, a hidden unit, or, if nothing is chosen, the answer.
  show(network, chosen) {
    const key = chosen && chosen.layer < network.last ? `${chosen.layer} ${chosen.unit}` : "answer";
    if (this.key !== key) {
      this.key = key;
      this.map = mapOf(this.page, network, key === "answer" ? undefined : chosen);
      this.image = undefined;
      const what = chosen && key !== "answer" ? `output of unit ${chosen.unit + 1} in layer ${chosen.layer}` : "network's answer";
      this.canvas.ariaLabel = `The ${what} everywhere in the plane, and ${this.page.examples.points.length} validation points`;
    }
    this.sliders.forEach((range, axis) => {
      range.value = this.point[axis];
      range.nextSibling.textContent = this.point[axis].toFixed(2).replace("-", "−");
    });
    this.redraw();
  }

  recolor() {
    this.image = undefined;
    this.redraw();
  }

  redraw() {
    this.frame ??= withNextFrame(() => {
      this.frame = undefined;
      const { pen, width, height } = penOn(this.canvas);
      if (!width || !this.map) return;
      this.image ??= imageOf(this.map.side, this.map.side, this.map.colorAt);
      pen.imageSmoothingEnabled = true;
      pen.drawImage(this.image, 0, 0, width, height);
      const { reach, regression, examples } = this.page;
      const place = ([x, y]) => [((x / reach + 1) / 2) * width, ((1 - y / reach) / 2) * height];
      examples.points.forEach((point, index) => {
        const truth = examples.truth[index];
        pen.fillStyle = regression ? shadeOf(truth / this.map.most) : theme.classes[truth];
        pen.strokeStyle = theme.background;
        symbol(pen, ...place(point), regression ? 0 : truth);
      });
      const [x, y] = place(this.point);
      for (const [color, thickness] of [[theme.background, 6], [theme.text, 2.5]]) {
        pen.strokeStyle = color;
        pen.lineWidth = thickness;
        pen.beginPath();
        pen.arc(x, y, 2.2 * POINT, 0, 7);
        pen.stroke();
      }
    });
  }
}

function mapOf(page, network, unit) {
  const work = network.sizes.reduce((one, units, index) => one + units * (network.sizes[index + 1] ?? 0), 0);
  const side = Math.round(Math.min(MOST_SIDE, Math.max(FEWEST, Math.sqrt(MAP_WORK / work))));
  const along = (place) => ((2 * place + 1) / side - 1) * page.reach;
  const passes = Array.from({ length: side * side }, (_, place) => {
    const pass = network.forward(inputsOf(page, [along(place % side), -along(Math.floor(place / side))]));
    return unit ? pass[unit.layer].outputs[unit.unit] : answerOf(page, pass.at(-1).outputs);
  });
  const values = unit || page.regression ? passes.map((value) => (unit ? value : value[0])) : undefined;
  const most = values ? values.reduce((one, value) => Math.max(one, Math.abs(value)), 1e-9) : 1;
  const colorAt = (place) => {
    if (values) return [...rgb(mix(theme.background, shadeOf(values[place] / most), 0.7)), 255];
    const shares = passes[place];
    const share = Math.max(...shares);
    const certain = (share - 1 / shares.length) / (1 - 1 / shares.length);
    return [...rgb(mix(theme.background, theme.classes[shares.indexOf(share)], 0.08 + 0.42 * certain)), 255];
  };
  return { side, colorAt, most };
}
