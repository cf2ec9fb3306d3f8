// The sheet on which a person draws, on empty paper or on an example.

const SHEET_SIDE = 112; // pixels of a drawing before it goes through the recipe
const FINENESS = 4; // pixels of a drawing on an example, for each of the example's
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEP = 0.025; // of the sheet's sides, by which an arrow key moves the pen

class PictureInput {
  constructor(root, page, changed) {
    Object.assign(this, { root, page, changed });
    this.shades = page.paper ? ["#000", "#fff"] : ["#fff", "#000"]; // of ink and paper in the data set's images
    this.strokes = []; // {width, eraser, points: [[x, y], …]}, as shares of the sheet's width and height
    this.place = [0.5, 0.2]; // of the pen that keys move; while it is down, it draws `stroke`
    this.example = undefined; // what is drawn on: {pixels, truth}
    const [rows, columns] = page.shape;
    const keys = "Arrow keys move the pen, Space lowers and lifts it";
    this.canvas = element("canvas", { tabIndex: 0, ariaLabel: `Sheet to draw on with mouse, finger, pen or keys. ${keys}.` });
    this.canvas.setAttribute("role", "application");
    this.pen = element("i", { className: "pen" });
    this.hint = element("p", { className: "hint", ariaHidden: true }, `Draw here`, element("span", {}, `. ${keys}`));
    if (page.gray) [this.hint.style.color, this.hint.style.background] = this.shades;
    this.sheet = element("div", { className: "sheet" }, this.canvas, this.pen, this.hint);
    this.sheet.style.setProperty("--aspect", columns / rows);
    this.undo = element("button", { type: "button" }, "Undo");
    this.clear = element("button", { type: "button" }, "Clear");
    this.eraser = element("button", { type: "button", ariaPressed: false }, "Eraser");
    this.brush = awaitFinger(element("input", { type: "range", min: 3, max: 16, value: 8, ariaLabel: "Brush size" }));
    root.append(this.sheet, element("div", { className: "tools" }, this.undo, this.clear, this.eraser, element("label", {}, "Brush ", this.brush)));
    this.listen();
    new ResizeObserver(() => this.redraw()).observe(this.canvas);
  }

  // Puts an example on the sheet. A `sample`, which nobody asked for, makes room for the first stroke.
  load(example, sample = false) {
    Object.assign(this, { example, sample, strokes: [], stroke: undefined });
    this.update();
  }

  get truth() {
    return this.strokes.length ? undefined : this.example?.truth;
  }

  // The picture as the network sees it, in the data set's range; undefined if the sheet is empty.
  read() {
    if (this.example) return this.strokes.length ? this.drawnOver() : this.example.pixels;
    const ink = this.levels(SHEET_SIDE, SHEET_SIDE, ["#fff", "#000"], (pen) => {
      pen.fillStyle = "#000";
      pen.fillRect(0, 0, SHEET_SIDE, SHEET_SIDE);
    });
    return prepare(this.page, { rows: SHEET_SIDE, columns: SHEET_SIDE, ink });
  }

  drawnOver() {
    const [rows, columns] = this.page.shape;
    const [low, high] = this.page.range;
    const { pixels } = this.example;
    const plain = imageOf(rows, columns, (place) => {
      const level = (255 * (pixels[place] - low)) / (high - low);
      return [level, level, level, 255];
    });
    const [width, height] = [columns * FINENESS, rows * FINENESS];
    const levels = this.levels(height, width, this.shades, (pen) => {
      pen.imageSmoothingEnabled = false;
      pen.drawImage(plain, 0, 0, width, height);
    });
    const means = new Float64Array(rows * columns);
    levels.forEach((value, place) => {
      const [row, column] = [Math.floor(place / width / FINENESS), Math.floor((place % width) / FINENESS)];
      means[row * columns + column] += value / FINENESS ** 2;
    });
    return means.map((value) => low + value * (high - low)).map((value) => (this.page.whole ? Math.round(value) : value));
  }

  // How bright the pixels are, from 0 to 1, once the strokes are on the sheet.
  levels(rows, columns, [ink, paper], prepareSheet) {
    const canvas = Object.assign(document.createElement("canvas"), { width: columns, height: rows });
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    prepareSheet(pen);
    paint(pen, columns, rows, this.strokes, ink, paper);
    const { data } = pen.getImageData(0, 0, columns, rows);
    return Float64Array.from({ length: rows * columns }, (_, place) => data[4 * place] / 255);
  }

  // ── Hand and eye ───────────────────────────────────────────────────────────────────────────────────────────────

  listen() {
    const { canvas } = this;
    let drawing; // the pointer that draws; a second finger or a palm does nothing
    const add = (event) => {
      const box = canvas.getBoundingClientRect();
      const coalesced = event.getCoalescedEvents?.() ?? [];
      for (const { clientX, clientY } of coalesced.length ? coalesced : [event]) {
        this.strokes.at(-1).points.push([(clientX - box.left) / box.width, (clientY - box.top) / box.height]);
      }
      this.update();
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
      const move = MOVES[event.key];
      if (canvas.matches(".by-hand") || event.altKey || event.ctrlKey || event.metaKey || !(move || event.key === " ")) return;
      event.preventDefault(); // the page would scroll
      if (move) this.movePen(move);
      else if (!event.repeat) this.turnPen();
    });
    this.brush.addEventListener("input", () => this.liftPen());
    this.undo.addEventListener("click", () => {
      this.strokes.pop();
      this.liftPen();
      this.update();
    });
    this.clear.addEventListener("click", () => this.load(undefined));
    this.eraser.addEventListener("click", () => {
      this.eraser.ariaPressed = this.eraser.ariaPressed !== "true";
      this.liftPen();
    });
  }

  startStroke() {
    if (this.sample) this.load(undefined);
    this.liftPen();
    this.strokes.push({ width: this.brush.valueAsNumber / 100, eraser: this.eraser.ariaPressed === "true", points: [] });
  }

  // As everything does that changes the strokes, or the tool, in another way.
  liftPen() {
    this.stroke = undefined;
    this.showPen();
  }

  turnPen() {
    if (this.stroke) this.stroke = undefined;
    else {
      this.startStroke();
      this.stroke = this.strokes.at(-1);
    }
    this.movePen([0, 0]);
  }

  movePen(move) {
    this.place = this.place.map((share, axis) => Math.min(Math.max(share + STEP * move[axis], 0), 1));
    if (!this.stroke) return this.showPen();
    this.stroke.points.push(this.place);
    this.update();
  }

  showPen() {
    this.pen.classList.toggle("down", this.stroke !== undefined);
    [this.pen.style.left, this.pen.style.top] = this.place.map((share) => `${100 * share}%`);
    this.pen.style.setProperty("--brush", this.brush.valueAsNumber / 100);
  }

  update() {
    this.showPen();
    this.undo.disabled = !this.strokes.length;
    this.clear.disabled = !this.strokes.length && !this.example;
    this.hint.hidden = Boolean(this.strokes.length || (this.example && !this.sample));
    this.redraw();
    this.changed();
  }

  redraw() {
    this.frame ??= withNextFrame(() => {
      this.frame = undefined;
      const { pen, width, height } = penOn(this.canvas);
      if (!width) return;
      const { gray } = this.page;
      const [ink, paper] = gray ? this.shades : [theme.text, theme.background];
      pen.fillStyle = paper;
      pen.fillRect(0, 0, width, height);
      if (this.example) pen.drawImage(exampleImage(this.page, this.example.pixels), 0, 0, width, height);
      paint(pen, width, height, this.strokes, ink, paper);
    });
  }
}

// Strokes as smooth curves through the midpoints between their points, which are the control points.
function paint(pen, width, height, strokes, ink, paper) {
  pen.lineCap = pen.lineJoin = "round";
  for (const { width: share, eraser, points } of strokes) {
    pen.strokeStyle = eraser ? paper : ink;
    pen.lineWidth = share * Math.min(width, height);
    pen.beginPath();
    pen.moveTo(width * points[0][0], height * points[0][1]);
    for (let index = 1; index < points.length - 1; index++) {
      const [[x1, y1], [x2, y2]] = [points[index], points[index + 1]];
      pen.quadraticCurveTo(width * x1, height * y1, (width * (x1 + x2)) / 2, (height * (y1 + y2)) / 2);
    }
    const [lastX, lastY] = points.at(-1);
    pen.lineTo(width * lastX + 0.01, height * lastY); // a dot if it is also the first: a line of no length draws nothing
    pen.stroke();
  }
}
