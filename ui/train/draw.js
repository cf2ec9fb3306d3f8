// The drawing canvas: draws strokes, and asks the server for the network's answer.

import { Asking } from "../parts/asking.js";
import { bytes, pixels } from "../parts/pixels.js";
import { rgb, write } from "../parts/plots.js";
import { awaitFinger } from "../parts/slider.js";
import { answerBox, showProbabilities, warn } from "./answer.js";

const MARKUP = `<div class="layout">
<div class="sheet">
  <canvas tabindex="0" role="application" aria-label="Canvas to draw on with mouse, finger, pen or keys. Arrow keys move the pen, Space lowers and lifts it."></canvas>
  <i class="pen"></i>
  <p class="hint" aria-hidden="true">Draw here<span>Arrow keys move the pen, Space lowers and lifts it</span></p>
</div>
<div class="tools">
  <button type="button" class="undo" title="Ctrl + Z on the canvas">Undo</button>
  <button type="button" class="clear">Clear</button>
  <label>Brush <input type="range" min="3" max="16" step="1" value="8"><i></i></label>
</div>
<div class="beside">
${answerBox('<p class="doubt" role="status" hidden></p>')}
<form class="keep">
  <label>This was a <select><option value="" selected>…</option></select></label>
  <button type="submit">Add to my test set</button>
</form>
</div>
<figure class="seen">
  <canvas role="img"></canvas>
  <figcaption></figcaption>
</figure></div>`;

const SENT_SIDE = 112; // pixels
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEP = 0.025; // of the canvas's side, by which an arrow key moves the pen

let latest; // sheet

export default function show({ data, parentElement, setTriggerValue }) {
  sheetIn(parentElement.querySelector(".mlp-draw")).receive(data, setTriggerValue);
}

// Returns the sheet in this element. One that has left the page moves here, so that its drawing is found again.
export function sheetIn(root) {
  if (root.sheet?.root !== root) {
    if (latest && !latest.root.isConnected) latest.moveTo(root);
    else latest = new Sheet(root);
    root.sheet = latest;
  }
  return root.sheet;
}

class Sheet {
  constructor(root) {
    root.innerHTML = MARKUP;
    this.root = root;
    this.strokes = []; // {width, points: [[x, y], …]}, as shares of the canvas's side
    this.wiped = undefined; // what Clear removed
    this.pen = { place: [0.5, 0.2] }; // moved by keys; while it is down, it has the `stroke` that it draws
    this.canvas = this.find(".sheet canvas");
    this.sent = Object.assign(document.createElement("canvas"), { width: SENT_SIDE, height: SENT_SIDE });
    this.listen();
    this.begin();
    this.observer = new ResizeObserver(() => this.redraw());
    this.observer.observe(this.canvas);
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  moveTo(root) {
    root.replaceChildren(...this.root.childNodes);
    this.root = root;
    this.begin();
  }

  receive(data, send) {
    this.send = send;
    const asked = JSON.stringify([data, getComputedStyle(this.canvas).color]); // which changes with the theme
    if (asked === this.asked) return;
    this.asked = asked;
    if (String(this.data?.names) !== String(data.names)) this.name(data.names);
    this.data = data;
    this.changed();
  }

  name(names) {
    const select = this.find("select");
    select.length = 1;
    select.append(...names.map((name) => new Option(name, name)));
    select.value = "";
  }

  // ── Drawing ────────────────────────────────────────────────────────────────────────────────────────────────────

  listen() {
    const { canvas } = this;
    const brush = awaitFinger(this.find(".tools input"));
    let drawing; // the pointer that draws; a second finger or a palm does nothing
    const add = (event) => {
      const box = canvas.getBoundingClientRect();
      const { points } = this.strokes.at(-1);
      const coalesced = event.getCoalescedEvents?.() ?? [];
      for (const { clientX, clientY } of coalesced.length ? coalesced : [event]) {
        points.push([(clientX - box.left) / box.width, (clientY - box.top) / box.height]);
      }
      this.changed();
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (drawing !== undefined || event.button !== 0) return;
      drawing = event.pointerId;
      canvas.classList.add("by-hand"); // the pen's keys are the page's again
      canvas.setPointerCapture(drawing);
      this.startStroke();
      add(event);
    });
    canvas.addEventListener("pointermove", (event) => event.pointerId === drawing && add(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(end, (event) => event.pointerId === drawing && (drawing = undefined));
    }
    canvas.addEventListener("focus", () => canvas.matches(":focus-visible") && canvas.classList.remove("by-hand"));
    canvas.addEventListener("keydown", (event) => {
      const command = event.ctrlKey || event.metaKey;
      const undo = event.key === "z" && command;
      const move = MOVES[event.key];
      const pens = (move || event.key === " ") && !command && !canvas.matches(".by-hand");
      if (event.altKey || !(undo || pens)) return;
      event.preventDefault(); // the page would scroll,
      event.stopPropagation(); // or use these keys for something else
      if (undo) this.undo();
      else if (move) this.movePen(move);
      else if (!event.repeat) this.turnPen();
    });
    this.find(".undo").addEventListener("click", () => this.undo());
    this.find(".clear").addEventListener("click", () => this.clear());
    const size = () => {
      this.find(".layout").style.setProperty("--brush", brush.value / 100);
      this.pen.stroke = undefined; // a stroke keeps its width
      this.showTools();
    };
    brush.addEventListener("input", size);
    size();
    this.find("select").addEventListener("change", () => this.showTools());
    this.find("form").addEventListener("submit", (event) => {
      event.preventDefault();
      const select = this.find("select");
      if (!select.value || !this.strokes.length) return;
      this.send("add", { ink: btoa(String.fromCharCode(...this.ink())), truth: select.value });
      select.value = "";
      this.clear();
      canvas.focus();
    });
  }

  startStroke() {
    this.pen.stroke = this.wiped = undefined;
    this.strokes.push({ width: this.find(".tools input").valueAsNumber / 100, points: [] });
  }

  turnPen() {
    if (this.pen.stroke) this.pen.stroke = undefined;
    else {
      this.startStroke();
      this.pen.stroke = this.strokes.at(-1);
    }
    this.movePen([0, 0]);
  }

  movePen(move) {
    this.pen.place = this.pen.place.map((share, axis) => Math.min(Math.max(share + STEP * move[axis], 0), 1));
    if (!this.pen.stroke) return this.showTools();
    this.pen.stroke.points.push(this.pen.place);
    this.changed();
  }

  // What changes the strokes in any other way lifts the pen.
  undo() {
    this.pen.stroke = undefined;
    if (this.wiped) [this.strokes, this.wiped] = [this.wiped, undefined];
    else this.strokes.pop();
    this.changed();
  }

  clear() {
    this.pen.stroke = undefined;
    if (this.strokes.length) this.wiped = this.strokes;
    this.strokes = [];
    this.changed();
  }

  changed() {
    this.redraw();
    this.showTools();
    if (this.strokes.length) this.asking.ask();
    else this.showNothing();
  }

  redraw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      const side = Math.round(this.canvas.clientWidth * devicePixelRatio);
      if (!side) return;
      if (this.canvas.width !== side) this.canvas.width = this.canvas.height = side;
      const context = this.canvas.getContext("2d");
      context.clearRect(0, 0, side, side);
      paint(context, side, this.strokes, getComputedStyle(this.canvas).color);
    });
  }

  // The drawing as it is sent: one byte per pixel, from 0 for paper to 255 for ink.
  ink() {
    const context = this.sent.getContext("2d", { willReadFrequently: true });
    context.fillStyle = "#000";
    context.fillRect(0, 0, SENT_SIDE, SENT_SIDE);
    paint(context, SENT_SIDE, this.strokes, "#fff");
    const { data } = context.getImageData(0, 0, SENT_SIDE, SENT_SIDE);
    return Uint8Array.from({ length: SENT_SIDE ** 2 }, (_, index) => data[4 * index]);
  }

  // ── The network's answer ───────────────────────────────────────────────────────────────────────────────

  begin() {
    this.asked = undefined; // the network may have learned in the meantime
    const question = () => (this.strokes.length ? [this.data.feed, this.ink()] : undefined);
    const hear = (reply) => this.strokes.length && this.show(reply);
    this.asking = new Asking(this.root, question, hear, () => (this.asked = undefined)); // ask when it is back
  }

  show({ error = "", doubt = "", probabilities = [], picture, shape, step, running }) {
    warn(this.root, ".trouble", error);
    warn(this.root, ".doubt", doubt);
    showProbabilities(this.root, this.data.names, probabilities);
    this.root.dataset.step = step ?? "";
    this.showSeen(picture, shape);
    this.asking.follow(running);
  }

  showNothing() {
    this.asking.rest();
    this.show({});
  }

  showSeen(picture, shape = this.data.shape) {
    const [rows, columns] = shape;
    const canvas = this.find(".seen canvas");
    canvas.width = columns;
    canvas.height = rows;
    const [red, green, blue] = rgb(getComputedStyle(canvas).color);
    const ink = Uint32Array.from({ length: 256 }, (_, level) =>
      this.data.gray ? (255 << 24) | (level * 0x010101) : (level << 24) | (blue << 16) | (green << 8) | red,
    );
    canvas.getContext("2d").putImageData(pixels(bytes(picture ?? ""), columns, rows, ink), 0, 0);
    canvas.setAttribute("aria-label", picture ? "Your drawing as the network sees it" : "Nothing is drawn yet");
    write(this.find("figcaption"), `As the network sees it: ${rows}\u00a0×\u00a0${columns}\u00a0pixels`);
  }

  showTools() {
    const empty = !this.strokes.length;
    this.find(".hint").hidden = !empty;
    const pen = this.find(".pen");
    pen.classList.toggle("down", this.pen.stroke !== undefined);
    [pen.style.left, pen.style.top] = this.pen.place.map((share) => `${100 * share}%`);
    this.find(".undo").disabled = empty && !this.wiped;
    this.find(".clear").disabled = empty;
    this.find(".keep button").disabled = empty || !this.find("select").value;
  }
}

// Strokes as smooth curves through the midpoints between their points, which are the control points.
function paint(context, side, strokes, color) {
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = color;
  for (const { width, points } of strokes) {
    context.lineWidth = width * side;
    context.beginPath();
    const [[x, y]] = points;
    context.moveTo(side * x, side * y);
    for (let index = 1; index < points.length - 1; index++) {
      const [[x1, y1], [x2, y2]] = [points[index], points[index + 1]];
      context.quadraticCurveTo(side * x1, side * y1, (side * (x1 + x2)) / 2, (side * (y1 + y2)) / 2);
    }
    const [lastX, lastY] = points.at(-1);
    context.lineTo(side * lastX + 0.01, side * lastY); // a dot if it is also the first: a line of no length draws nothing
    context.stroke();
  }
}
