// Draws the curves of the run, with a line at one step, and each layer's weights as histograms.

const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);
const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const DASHES = [8, 3]; // of the validation curve, as on the dashboard
const LABEL_GAP = 1.15; // rem, from the middle of one label to the next

function fontOf(canvas, size, bold = false) {
  return `${bold ? 600 : 400} ${size * rem()}px ${getComputedStyle(canvas).fontFamily}`;
}

class Curves {
  // `scrub` is called with a place on the horizontal axis.
  constructor(figure, page, chart, isLast, scrub) {
    Object.assign(this, { page, chart, isLast });
    this.canvas = figure.querySelector("canvas");
    figure.querySelector("h2").textContent = chart.title;
    const follow = (event) => {
      const { left, width } = this.box;
      scrub(((event.offsetX - left) / width) * page.end);
    };
    let before;
    this.canvas.addEventListener("pointerdown", (event) => {
      if (!event.isPrimary) return; // a second finger
      before = this.place;
      this.canvas.setPointerCapture(event.pointerId);
      follow(event);
    });
    this.canvas.addEventListener("pointermove", (event) => event.buttons && follow(event));
    this.canvas.addEventListener("pointercancel", () => scrub(before)); // the finger scrolls the page
  }

  draw(at) {
    const { pen, width, height } = penOn(this.canvas);
    if (!width) return;
    const style = getComputedStyle(document.documentElement);
    const [left, right] = ["--left", "--right-room"].map((name) => parseFloat(style.getPropertyValue(name)) * rem());
    const [top, bottom] = [0.5 * rem(), this.isLast ? 1.5 * rem() : 0.4 * rem()];
    this.box = { left, top, width: width - left - right, height: height - top - bottom };
    this.drawAxes(pen);
    this.drawChanges(pen);
    this.place = this.page.places[at];
    const now = this.across(this.place);
    this.clipped(pen, this.box.left, this.box.width, 0.28);
    this.clipped(pen, this.box.left, now - this.box.left, 1);
    pen.strokeStyle = theme.text;
    pen.lineWidth = 1.5;
    line(pen, now, this.box.top, now, this.box.top + this.box.height);
    this.drawLabels(pen, at, now);
    const read = this.chart.curves.map(({ name, texts }) => `${name} ${texts[at]}`).join(", ");
    this.canvas.ariaLabel = `${this.chart.title}: ${read}`;
  }

  across(place) {
    return this.box.left + (place / this.page.end) * this.box.width;
  }

  up(value) {
    const [low, high] = this.chart.range;
    return this.box.top + (1 - (value - low) / (high - low)) * this.box.height;
  }

  drawAxes(pen) {
    const { left, top, width, height } = this.box;
    pen.font = fontOf(this.canvas, 0.8);
    pen.fillStyle = theme.quiet;
    pen.strokeStyle = theme.unlit;
    pen.lineWidth = 1;
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    for (const [value, text] of this.chart.ticks) {
      line(pen, left, this.up(value), left + width, this.up(value));
      pen.fillText(text, left - 0.4 * rem(), this.up(value));
    }
    if (!this.isLast) return;
    pen.textAlign = "center";
    pen.textBaseline = "alphabetic";
    const below = top + height + 1.15 * rem();
    for (const [value, text] of this.page.ticks) pen.fillText(text, this.across(value), below);
    pen.textAlign = "left";
    pen.fillText("epochs", left + width + rem(), below);
  }

  // A dotted line for each change, a dashed one for a fork.
  drawChanges(pen) {
    pen.strokeStyle = theme.quiet;
    pen.lineWidth = 1.5;
    for (const { place, fork } of this.page.changes) {
      pen.setLineDash(fork ? [7, 4] : [1.5, 3.5]);
      line(pen, this.across(place), this.box.top, this.across(place), this.box.top + this.box.height);
    }
    pen.setLineDash([]);
  }

  // Draws the part of the curves that is in a part of the plot.
  clipped(pen, left, width, opacity) {
    pen.save();
    pen.beginPath();
    pen.rect(left - 1, this.box.top, width + 2, this.box.height);
    pen.clip();
    pen.globalAlpha = opacity;
    pen.lineJoin = "round";
    this.chart.curves.forEach(({ name, x, y }) => {
      pen.strokeStyle = colorOf(name);
      pen.lineWidth = name === "train" ? 2 : 2.75;
      pen.setLineDash(name === "train" ? [] : DASHES);
      pen.beginPath();
      x.forEach((place, index) => pen.lineTo(this.across(place), this.up(y[index])));
      pen.stroke();
    });
    pen.restore();
  }

  drawLabels(pen, at, now) {
    const { left, top, width, height } = this.box;
    const shown = this.chart.curves.filter(({ heights }) => heights[at] !== null);
    const middles = shown.map(({ heights }) => Math.min(Math.max(this.up(heights[at]), top), top + height));
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    pen.font = fontOf(this.canvas, 0.85, true);
    apart(middles, LABEL_GAP * rem(), top, top + height - 0.4 * rem()).forEach((y, index) => {
      const { name, texts } = shown[index];
      pen.fillStyle = colorOf(name);
      pen.fillText(`${name} ${texts[at]}`, left + width + 0.6 * rem(), y);
      pen.beginPath();
      pen.arc(now, middles[index], 4.5, 0, 7);
      pen.fill();
    });
  }
}

const colorOf = (name) => (name === "train" ? theme.positive : theme.negative);

// Two heights, moved apart where they are closer than `gap`, within bounds.
function apart(heights, gap, low, high) {
  if (heights.length < 2 || Math.abs(heights[0] - heights[1]) >= gap) return heights;
  const middle = Math.min(Math.max((heights[0] + heights[1]) / 2, low + gap / 2), high - gap / 2);
  const sign = heights[0] < heights[1] ? -1 : 1;
  return [middle + (sign * gap) / 2, middle - (sign * gap) / 2];
}

function line(pen, x0, y0, x1, y1) {
  pen.beginPath();
  pen.moveTo(x0, y0);
  pen.lineTo(x1, y1);
  pen.stroke();
}

// ── Weights ────────────────────────────────────────────────────────────────────────────────────────────────────────

class Weights {
  constructor(figure, page) {
    this.page = page;
    this.canvas = figure.querySelector("canvas");
    const from = page.steps[0] ? `step ${page.steps[0].toLocaleString("en")}` : "initial weights";
    figure.querySelector("small").textContent = `outline: ${from}`;
    this.layers = page.weights.map(({ shares, ...rest }) => ({ ...rest, shares: bytesOf(shares) }));
  }

  draw(at) {
    const { pen, width, height } = penOn(this.canvas);
    if (!width) return;
    const gap = rem();
    const across = (width - gap * (this.layers.length - 1)) / this.layers.length;
    const few = this.layers.length <= 4;
    const [top, bottom] = [1.3 * rem(), height - 1.4 * rem()];
    pen.font = fontOf(this.canvas, 0.8);
    pen.textAlign = "center";
    this.layers.forEach(({ limits, bins, shares }, layer) => {
      const left = layer * (across + gap);
      const { sizes } = this.page;
      const of = (part) => shares.subarray((2 * at + part) * bins, (2 * at + part + 1) * bins);
      const y = (share) => bottom - (share / 255) * (bottom - top);
      const path = (values) => {
        pen.beginPath();
        pen.moveTo(left, bottom);
        values.forEach((share, bin) => {
          pen.lineTo(left + (bin / bins) * across, y(share));
          pen.lineTo(left + ((bin + 1) / bins) * across, y(share));
        });
        pen.lineTo(left + across, bottom);
      };
      path(of(1));
      pen.fillStyle = theme.positive;
      pen.globalAlpha = 0.55;
      pen.fill();
      pen.globalAlpha = 1;
      path(of(0));
      pen.strokeStyle = theme.text;
      pen.lineWidth = 1.25;
      pen.stroke();
      pen.fillStyle = theme.quiet;
      pen.fillText(few ? `${sizes[layer].toLocaleString("en")} → ${sizes[layer + 1].toLocaleString("en")}` : `→ ${sizes[layer + 1].toLocaleString("en")}`, left + across / 2, 0.85 * rem());
      pen.fillText(`±${limits[at]}`, left + across / 2, height - 0.3 * rem());
    });
    const spread = this.layers.map(({ limits }, layer) => `layer ${layer + 1} within ±${limits[at]}`);
    this.canvas.ariaLabel = `Histograms of the weights: ${spread.join(", ")}`;
  }
}
