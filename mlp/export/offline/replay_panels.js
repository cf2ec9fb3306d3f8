// Draws what the network is like at one step: its predictions, what its first layer looks for, its map of the plane.

const UNKNOWN = 255; // in place of a class or a probability: the weights were not numbers
const GAP = 4; // between pictures
const MIDDLE_LEVEL = 7; // of a weight: zero

class Predictions {
  constructor(figure, page) {
    const { predictions } = page;
    Object.assign(this, { page, predictions, note: figure.querySelector("small") });
    figure.hidden = false;
    this.answers = bytesOf(predictions.answers);
    this.shares = bytesOf(predictions.shares);
    this.items = predictions.columns ? this.makeRows(figure) : this.makeCells(figure);
  }

  makeCells(figure) {
    const { predictions, page } = this;
    const pixels = bytesOf(predictions.pixels);
    const size = predictions.shape[0] * predictions.shape[1];
    this.picture = (index) => exampleImage(predictions, pixels.subarray(index * size, (index + 1) * size));
    const items = predictions.truth.map(() => element("li", {}, element("canvas"), element("span"), element("i", { className: "sure" })));
    const list = element("ol", { className: "cells" }, ...items);
    list.classList.toggle("long-names", page.names.some((name) => name.length > 2));
    figure.append(list);
    return items.map((item) => ({ item, said: item.children[1] }));
  }

  makeRows(figure) {
    const { columns, truth } = this.predictions;
    const cell = (tag, text, number) => element(tag, { className: number ? "number" : "" }, text);
    const heading = (text, number) => Object.assign(cell("th", text, number), { scope: "col" });
    const headings = [...columns.map(({ name, number }) => heading(name, number)), heading("true"), heading("predicted")];
    headings.at(-1).colSpan = 2; // the class, and how confident the network is
    const items = truth.map((label, index) => {
      const said = element("b");
      const values = columns.map(({ values, number }) => cell("td", values[index], number));
      const sure = element("td", {}, element("i", { className: "sure" }));
      return { item: element("tr", {}, ...values, cell("td", this.page.names[label]), element("td", {}, said), sure), said };
    });
    figure.append(element("table", {}, element("thead", {}, element("tr", {}, ...headings)), element("tbody", {}, ...items.map(({ item }) => item))));
    return items;
  }

  // Pictures are drawn again when the colors change.
  recolor() {
    if (!this.picture) return;
    this.items.forEach(({ item }, index) => item.querySelector("canvas").replaceWith(this.picture(index)));
  }

  draw(at) {
    const { truth, columns, of } = this.predictions;
    const { names } = this.page;
    const count = truth.length;
    let right = 0;
    this.items.forEach(({ item, said }, index) => {
      const [answer, share] = [this.answers, this.shares].map((all) => all[at * count + index]);
      const known = answer !== UNKNOWN;
      const wrong = answer !== truth[index];
      right += !wrong;
      item.className = wrong ? "wrong" : "";
      const name = known ? names[answer] : "?";
      said.textContent = wrong && !columns ? `${names[truth[index]]}\u2009→\u2009${name}` : name;
      const sure = item.querySelector(".sure");
      sure.style.setProperty("--share", known ? share / 100 : 0);
      item.title = `${wrong ? `actually ${names[truth[index]]}, predicted ${name}` : `${name}, correct`}${known ? `: ${share} %` : ""}`;
    });
    const some = columns && columns.length < of ? ` · ${columns.length} of ${of} columns` : "";
    this.note.textContent = `${right} of ${count} correct${some}`;
  }
}

class FirstLayer {
  constructor(figure, page) {
    Object.assign(this, { layer: page.firstLayer, canvas: figure.querySelector("canvas"), note: figure.querySelector("small") });
    figure.hidden = false;
    this.levels = bytesOf(this.layer.levels);
  }

  draw(at) {
    const { pen, width, height } = penOn(this.canvas);
    const { shape, limits, names, of } = this.layer;
    const [count, rows, columns] = shape;
    const what = names ? "one template per class" : `${count} of ${of.toLocaleString("en")} units`;
    this.note.textContent = `${what} · orange −${limits[at]}, blue +${limits[at]}`;
    this.canvas.ariaLabel = `Weights of the first layer as pictures, from −${limits[at]} to ${limits[at]}: ${what}`;
    if (!width) return;
    const bytes = Math.ceil((count * rows * columns) / 2);
    const packed = this.levels.subarray(at * bytes, (at + 1) * bytes);
    const colors = Array.from({ length: 2 * MIDDLE_LEVEL + 1 }, (_, level) => [...rgb(shadeOf(level / MIDDLE_LEVEL - 1)), 255]);
    // All pictures below each other.
    const image = imageOf(count * rows, columns, (place) => colors[place % 2 ? packed[place >> 1] & 15 : packed[place >> 1] >> 4]);
    const caption = names ? 1.1 * rem() : 0;
    const { across, scale } = tile(count, width, height, rows, columns, caption);
    const [wide, tall] = [columns * scale, rows * scale];
    const left = (width - across * (wide + GAP) + GAP) / 2;
    const top = (height - Math.ceil(count / across) * (tall + caption + GAP) + GAP) / 2;
    pen.font = fontOf(this.canvas, 0.8);
    pen.fillStyle = theme.quiet;
    pen.textAlign = "center";
    for (let unit = 0; unit < count; unit++) {
      const x = Math.round(left + (unit % across) * (wide + GAP));
      const y = Math.round(top + Math.floor(unit / across) * (tall + caption + GAP));
      pen.drawImage(image, 0, unit * rows, columns, rows, x, y, wide, tall);
      if (names) pen.fillText(names[unit], x + wide / 2, y + tall + 0.85 * rem(), wide);
    }
  }
}

// The number of columns, and the scale, with which `count` pictures with a caption fill a box best.
function tile(count, width, height, rows, columns, caption) {
  let best = { across: 1, scale: 0.1 };
  for (let across = 1; across <= count; across++) {
    const down = Math.ceil(count / across);
    const scale = Math.min((width - GAP * (across - 1)) / across / columns, ((height - GAP * (down - 1)) / down - caption) / rows);
    if (scale > best.scale) best = { across, scale };
  }
  return best;
}

// ── Points and numbers ─────────────────────────────────────────────────────────────────────────────────────────────

class Plane {
  constructor(figure, page) {
    Object.assign(this, { page, plane: page.plane, canvas: figure.querySelector("canvas"), note: figure.querySelector("small") });
    figure.hidden = false;
    for (const name of ["classes", "sureness", "answers"]) this[name] = bytesOf(page.plane[name]);
  }

  draw(at) {
    const { pen, width, height } = penOn(this.canvas);
    const { side, x, y, points, truth } = this.plane;
    const of = (all, size) => all.subarray(at * size, (at + 1) * size);
    const [classes, sureness, answers] = [of(this.classes, side ** 2), of(this.sureness, side ** 2), of(this.answers, points.length)];
    const right = truth.filter((label, index) => label === answers[index]).length;
    this.note.textContent = `${right} of ${truth.length} validation points correct`;
    this.canvas.ariaLabel = `Decision map with validation points, ${right} of ${truth.length} correct`;
    if (!width) return;
    // Rows of a picture go down, those of the map up.
    const image = imageOf(side, side, (place) => {
      const node = (side - 1 - Math.floor(place / side)) * side + (place % side);
      return [...rgb(mix(theme.background, theme.classes[classes[node]], 0.08 + (0.42 * sureness[node]) / 255)), 255];
    });
    const scale = Math.min(width / (x[1] - x[0]), height / (y[1] - y[0]));
    const [wide, tall] = [scale * (x[1] - x[0]), scale * (y[1] - y[0])];
    const [left, top] = [(width - wide) / 2, (height - tall) / 2];
    pen.imageSmoothingEnabled = true;
    pen.drawImage(image, left, top, wide, tall);
    points.forEach(([across, up], index) => {
      const place = [left + (across - x[0]) * scale, top + (y[1] - up) * scale];
      pen.fillStyle = theme.classes[truth[index]];
      pen.strokeStyle = theme.background;
      symbol(pen, ...place, truth[index]);
      if (answers[index] === truth[index]) return;
      pen.strokeStyle = theme.wrong;
      pen.lineWidth = 2.5;
      pen.beginPath();
      pen.arc(...place, 1.8 * POINT, 0, 7);
      pen.stroke();
    });
  }
}

class Fit {
  constructor(figure, page) {
    Object.assign(this, { fit: page.fit, canvas: figure.querySelector("canvas"), note: figure.querySelector("small") });
    figure.hidden = false;
    this.note.textContent = `${page.fit.truth.length.toLocaleString("en")} validation examples · exact ones are on the diagonal`;
  }

  draw(at) {
    const { pen, width, height } = penOn(this.canvas);
    const { range, ticks, truth, numbers, target } = this.fit;
    const errors = numbers[at].map((number, index) => Math.abs(number - truth[index]));
    this.canvas.ariaLabel = `Predicted against true ${target}: off by ${short(errors.reduce((one, other) => one + other, 0) / errors.length)} on average`;
    if (!width) return;
    const [left, right, top, bottom] = [4 * rem(), width - rem(), 0.6 * rem(), height - 2.6 * rem()];
    const share = (value) => (value - range[0]) / (range[1] - range[0]);
    const across = (value) => left + share(value) * (right - left);
    const up = (value) => bottom - Math.min(Math.max(share(value), 0), 1) * (bottom - top);
    pen.font = fontOf(this.canvas, 0.8);
    pen.fillStyle = theme.quiet;
    pen.strokeStyle = theme.unlit;
    for (const [value, text] of ticks) {
      line(pen, left, up(value), right, up(value));
      line(pen, across(value), top, across(value), bottom);
      pen.textAlign = "center";
      pen.textBaseline = "alphabetic";
      pen.fillText(text, across(value), bottom + 1.1 * rem());
      pen.textAlign = "right";
      pen.textBaseline = "middle";
      pen.fillText(text, left - 0.4 * rem(), up(value));
    }
    pen.textAlign = "center";
    pen.textBaseline = "alphabetic";
    pen.fillText(`true ${target}`, (left + right) / 2, bottom + 2.2 * rem());
    pen.save();
    pen.translate(0.8 * rem(), (top + bottom) / 2);
    pen.rotate(-Math.PI / 2);
    pen.fillText("predicted", 0, 0);
    pen.restore();
    pen.strokeStyle = theme.quiet;
    pen.setLineDash([2, 4]);
    line(pen, across(range[0]), up(range[0]), across(range[1]), up(range[1]));
    pen.setLineDash([]);
    pen.fillStyle = theme.negative;
    pen.globalAlpha = 0.65;
    numbers[at].forEach((number, index) => {
      if (number === null) return; // the weights were not numbers
      pen.beginPath();
      pen.arc(across(truth[index]), up(number), 4, 0, 7);
      pen.fill();
    });
    pen.globalAlpha = 1;
  }
}
