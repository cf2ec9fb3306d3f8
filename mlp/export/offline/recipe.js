// The recipe that turns a drawing into a picture like those the network learned from: cut out, scaled and placed.
//
// It is that of mlp/datasets/drawing.py, step by step, which also says where each number comes from.

const UCI = { side: 32, box: [32, 20], mostStretch: 2, ink: [310, 400], tooThick: [412, 560], noisyRows: 2 };
const PEN = { side: 96, mostGrowth: 15, mostLoss: 0.45 };

// A drawing is {rows, columns, ink}, with ink from 0 for paper to 1. Returns pixels in the data set's range, or undefined
// if nothing is drawn.
function prepare(page, drawing) {
  if (!drawing.ink.some((value) => value > 0)) return undefined;
  const { ink } = page.recipe === "uci" ? asUci(drawing) : asMnist(drawing, page.shape, page.recipe === "filled");
  const [low, high] = page.range;
  const example = ink.map((value) => low + (page.paper ? 1 - value : value) * (high - low));
  return page.whole ? example.map(roundHalfToEven) : example;
}

function roundHalfToEven(value) {
  const low = Math.floor(value);
  if (value - low !== 0.5) return Math.round(value);
  return low % 2 ? low + 1 : low;
}

// ── MNIST: the box scaled to 20 × 20, its center of mass in the middle of 28 × 28 ──────────────────────────────────

function asMnist(drawing, shape, filled) {
  const spans = boxOf(drawing);
  const scale = (Math.min(...shape) * (filled ? 1 : 20 / 28)) / Math.max(...spans.map(([low, high]) => high - low));
  const [rows, columns] = [0, 1].map((axis) => placed(profileOf(drawing, axis), spans[axis], scale, shape[axis], filled));
  return between(rows, drawing, columns);
}

function placed(profile, [low, high], scale, count, filled) {
  if (filled) return shares(count, profile.length, scale, (count - scale * (low + high)) / 2);
  let [mass, moment] = [0, 0];
  profile.forEach((ink, place) => {
    mass += ink;
    moment += ink * (place + 0.5);
  });
  const offset = Math.floor(count / 2) + 0.5 - (scale * moment) / mass;
  return shares(count, profile.length, scale, Math.min(Math.max(offset, -scale * low), count - scale * high));
}

// The ink in each row (axis 0) or column (axis 1).
function profileOf({ rows, columns, ink }, axis) {
  const profile = new Float64Array(axis ? columns : rows);
  ink.forEach((value, place) => (profile[axis ? place % columns : Math.floor(place / columns)] += value));
  return profile;
}

// ── UCI's digits: a bitmap of 32 × 32 with strokes of the usual thickness, upright; then blocks of 4 × 4 counted ───

function asUci(drawing) {
  let bitmap = fitted(withUsualPen(enlarged(drawing)));
  const thick = UCI.tooThick.filter((limit) => sum(bitmap.ink) > limit);
  thick.forEach(() => (bitmap = withNeighbors(bitmap, Math.min)));
  const { ink } = upright(bitmap);
  const blocks = new Float64Array(64);
  ink.forEach((value, place) => (blocks[8 * Math.floor(place / 128) + Math.floor((place % 32) / 4)] += value / 16));
  return { rows: 8, columns: 8, ink: blocks };
}

function enlarged(drawing) {
  const spans = boxOf(drawing);
  const scale = PEN.side / Math.max(...spans.map(([low, high]) => high - low));
  const picture = centered(drawing, spans, [scale, scale], PEN.side + 2 * (PEN.mostGrowth + 1));
  const most = largest(picture.ink);
  return { ...picture, ink: picture.ink.map((value) => value / most) };
}

function withUsualPen(drawing) {
  const [least, most] = UCI.ink;
  const inkOf = (picture) => sum(fitted(picture).ink);
  const thinner = [drawing];
  while (largest(thinner.at(-1).ink) >= 0.5) thinner.push(withNeighbors(thinner.at(-1), Math.min));
  const allowed = thinner.slice(0, Math.floor(PEN.mostLoss * (thinner.length - 1)) + 1);
  let picture = allowed.find((each) => inkOf(each) <= most) ?? allowed.at(-1);
  for (let grown = 0; grown < PEN.mostGrowth && inkOf(picture) < least; grown++) picture = withNeighbors(picture, Math.max);
  return picture;
}

function fitted(drawing) {
  const spans = boxOf(drawing);
  let [tall, wide] = spans.map(([low, high], axis) => UCI.box[axis] / (high - low));
  wide = Math.min(wide, UCI.mostStretch * tall);
  tall = Math.min(tall, UCI.mostStretch * wide);
  const picture = centered(drawing, spans, [tall, wide], UCI.side);
  const half = largest(picture.ink) / 2;
  return { ...picture, ink: picture.ink.map((value) => Number(value >= half)) };
}

// Shifts each row so that the left ends of the top and bottom rows are in one column.
function upright(bitmap) {
  const { side, noisyRows } = UCI;
  const row = (index) => bitmap.ink.subarray(side * index, side * (index + 1));
  const inked = [...Array(side).keys()].filter((index) => row(index).includes(1));
  const [top, bottom] = [inked[0] + noisyRows, inked.at(-1) - noisyRows];
  if (top >= bottom || !row(top).includes(1) || !row(bottom).includes(1)) return bitmap;
  const slope = (row(top).indexOf(1) - row(bottom).indexOf(1)) / (bottom - top);
  const ink = bitmap.ink.map((_, place) => {
    const index = Math.floor(place / side);
    return row(index)[(place % side) - roundHalfToEven(slope * (index - side / 2))] ?? 0;
  });
  return { ...bitmap, ink };
}

// ── What both share ────────────────────────────────────────────────────────────────────────────────────────────────

function centered(drawing, spans, scales, side) {
  const [rows, columns] = spans.map(([low, high], axis) => {
    const length = axis ? drawing.columns : drawing.rows;
    return shares(side, length, scales[axis], (side - scales[axis] * (low + high)) / 2);
  });
  return between(rows, drawing, columns);
}

// Where the ink begins and ends, down and across: the first pixel, and one beyond the last. Faint edges do not count.
function boxOf({ rows, columns, ink }) {
  const half = largest(ink) / 2;
  const box = [[rows, 0], [columns, 0]];
  ink.forEach((value, place) => {
    if (value < half) return;
    [Math.floor(place / columns), place % columns].forEach((at, axis) => {
      box[axis][0] = Math.min(box[axis][0], at);
      box[axis][1] = Math.max(box[axis][1], at + 1);
    });
  });
  return box;
}

// How much of each of `count` pixels each of `length` covers once scaled and moved: a list of [from, share] for each.
function shares(count, length, scale, offset) {
  return Array.from({ length: count }, (_, pixel) => {
    const covering = [];
    for (let from = 0; from < length; from++) {
      const low = Math.max(scale * from + offset, pixel);
      const high = Math.min(scale * (from + 1) + offset, pixel + 1);
      if (high > low) covering.push([from, high - low]);
    }
    return covering;
  });
}

// The matrix product rows · drawing · columnsᵀ.
function between(rows, drawing, columns) {
  const ink = new Float64Array(rows.length * columns.length);
  rows.forEach((down, row) => {
    const line = new Float64Array(drawing.columns);
    for (const [from, share] of down) {
      for (let column = 0; column < line.length; column++) line[column] += share * drawing.ink[from * line.length + column];
    }
    columns.forEach((across, column) => {
      for (const [from, share] of across) ink[row * columns.length + column] += share * line[from];
    });
  });
  return { rows: rows.length, columns: columns.length, ink };
}

// For each pixel the maximum or minimum of it and its four neighbors; beyond the border there is no ink.
function withNeighbors(picture, choose) {
  const { rows, columns, ink } = picture;
  const chosen = Float64Array.from(ink);
  for (let row = 0, place = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, place++) {
      const across = choose(column > 0 ? ink[place - 1] : 0, column < columns - 1 ? ink[place + 1] : 0);
      const down = choose(row > 0 ? ink[place - columns] : 0, row < rows - 1 ? ink[place + columns] : 0);
      chosen[place] = choose(ink[place], choose(across, down));
    }
  }
  return { ...picture, ink: chosen };
}

const sum = (ink) => ink.reduce((one, other) => one + other, 0);
const largest = (ink) => ink.reduce((one, other) => Math.max(one, other), 0);
