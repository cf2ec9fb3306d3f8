// The network itself: its answer to an input, and what contributed to that answer. Nothing here knows the screen.

const GELU_SCALE = Math.sqrt(2 / Math.PI);
const GELU_CUBIC = 0.044715;
const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;
const gate = (z) => 0.5 * (1 + Math.tanh(z)); // of 2z, the sigmoid

// By name: a hidden unit's output a for its sum z, and the slope da/dz.
const ACTIVATIONS = {
  relu: [(z) => Math.max(0, z), (z) => (z > 0 ? 1 : 0)],
  leaky_relu: [(z) => Math.max(0.01 * z, z), (z) => (z > 0 ? 1 : 0.01)],
  tanh: [Math.tanh, (z) => 1 - Math.tanh(z) ** 2],
  sigmoid: [(z) => gate(z / 2), (z) => gate(z / 2) * (1 - gate(z / 2))],
  gelu: [
    (z) => z * gate(GELU_SCALE * (z + GELU_CUBIC * z ** 3)),
    (z) => {
      const half = gate(GELU_SCALE * (z + GELU_CUBIC * z ** 3));
      return half * (1 + 2 * z * (1 - half) * GELU_SCALE * (1 + 3 * GELU_CUBIC * z * z));
    },
  ],
  swish: [(z) => z * gate(z / 2), (z) => gate(z / 2) * (1 + z * (1 - gate(z / 2)))],
  elu: [(z) => (z > 0 ? z : Math.expm1(z)), (z) => (z > 0 ? 1 : Math.exp(z))],
  selu: [
    (z) => SELU_SCALE * (z > 0 ? z : SELU_ALPHA * Math.expm1(z)),
    (z) => SELU_SCALE * (z > 0 ? 1 : SELU_ALPHA * Math.exp(z)),
  ],
  identity: [(z) => z, () => 1],
};

// By name: a number computed from the coordinates of a point.
const FEATURES = {
  x: (x) => x,
  y: (x, y) => y,
  xx: (x) => x * x,
  yy: (x, y) => y * y,
  xy: (x, y) => x * y,
  sinx: (x) => Math.sin(6 * x),
  siny: (x, y) => Math.sin(6 * y),
};

class Network {
  // `sizes` are the units of each layer, input and output included; `parameters` all weights and biases, layer by layer:
  // first the weights [inputs, units], then the biases.
  constructor(sizes, activations, parameters) {
    this.sizes = sizes;
    this.activations = activations.map((name) => ACTIVATIONS[name]); // of the hidden layers, first to last
    this.layers = [];
    let start = 0;
    for (let index = 1; index < sizes.length; index++) {
      const [inputs, units] = sizes.slice(index - 1);
      const weights = parameters.subarray(start, (start += inputs * units));
      const biases = parameters.subarray(start, (start += units));
      this.layers.push({ weights, biases });
    }
  }

  get last() {
    return this.layers.length;
  }

  // Returns for each layer its sums and outputs; layer 0 is the input, and the last layer's outputs are the logits.
  forward(input) {
    const pass = [{ sums: input, outputs: input }];
    this.layers.forEach(({ weights, biases }, index) => {
      const sums = Float64Array.from(biases); // z = x W + b
      const units = sums.length;
      pass[index].outputs.forEach((value, from) => {
        if (value === 0) return;
        for (let to = 0, place = from * units; to < units; to++, place++) sums[to] += value * weights[place];
      });
      pass.push({ sums, outputs: index === this.last - 1 ? sums : sums.map(this.activations[index][0]) });
    });
    return pass;
  }

  // Returns what a unit's sum z is made of, by the chain rule. For each pair of layers up to it: the `most` strongest
  // links {from, to, value}, with value = a_from · W · dz/dz_to. And the gradient dz/dx at the input.
  explain(pass, layer, unit, most) {
    const links = [];
    let slopes = Float64Array.from(pass[layer].sums, (_, place) => Number(place === unit)); // dz/dz of each unit
    for (let index = layer; index > 0; index--) {
      const { weights } = this.layers[index - 1];
      const { sums, outputs } = pass[index - 1];
      const strongest = new Strongest(most);
      const below = new Float64Array(outputs.length);
      const active = [...slopes.keys()].filter((to) => slopes[to] !== 0);
      for (let from = 0; from < outputs.length; from++) {
        const row = from * slopes.length;
        for (const to of active) {
          const effect = weights[row + to] * slopes[to];
          below[from] += effect;
          strongest.offer(from, to, outputs[from] * effect);
        }
      }
      links[index - 1] = strongest.links;
      const slope = index > 1 ? this.activations[index - 2][1] : () => 1; // of the layer below; the input has none
      slopes = below.map((effect, from) => effect * slope(sums[from]));
    }
    return { links, gradient: slopes };
  }
}

// Keeps those links whose values are the furthest from zero.
class Strongest {
  constructor(most) {
    this.most = most;
    this.links = []; // strongest first
    this.least = 0; // what a link must be stronger than
  }

  offer(from, to, value) {
    const size = Math.abs(value);
    if (!(size > this.least)) return;
    const { links } = this;
    let place = links.length;
    while (place > 0 && Math.abs(links[place - 1].value) < size) place--;
    links.splice(place, 0, { from, to, value });
    if (links.length > this.most) links.pop();
    if (links.length === this.most) this.least = Math.abs(links.at(-1).value);
  }
}

function softmax(logits) {
  const most = Math.max(...logits);
  const shares = Array.from(logits, (logit) => Math.exp(logit - most));
  const sum = shares.reduce((one, other) => one + other, 0);
  return shares.map((share) => share / sum);
}

// ── Numbers sent as text ───────────────────────────────────────────────────────────────────────────────────────────

const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

// Numbers of 4 bytes each (IEEE 754 single precision) or, `half`, of 2 bytes; the lowest byte first.
function floatsOf(text, half) {
  const { buffer, byteLength } = bytesOf(text);
  const view = new DataView(buffer);
  return half
    ? Float32Array.from({ length: byteLength / 2 }, (_, place) => halfToNumber(view.getUint16(2 * place, true)))
    : Float32Array.from({ length: byteLength / 4 }, (_, place) => view.getFloat32(4 * place, true));
}

// One bit of sign, 5 of exponent, 10 of fraction.
function halfToNumber(bits) {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : (fraction / 1024) * 2 ** -14;
  return bits >> 15 ? -size : size;
}

// ── From an example to the network's input, and from its logits to an answer ───────────────────────────────────────

// An example is a list of pixels, a point [x, y], or a row of a table: numbers, positions of categories, null if missing.
function inputsOf(page, example) {
  if (page.kind === "points") return Float64Array.from(page.features, (name) => FEATURES[name](...example));
  if (page.kind === "table") return Float64Array.from(page.columns.flatMap((column, place) => columnInputs(column, example[place])));
  return Float64Array.from(example, (pixel) => pixel * page.scale);
}

function columnInputs(column, value) {
  if (column.categories) {
    const kept = column.categories.length;
    const position = value === null || value >= kept ? kept : value; // rare and unknown values share the last input
    return Array.from({ length: kept + column.other }, (_, place) => Number(place === position));
  }
  const missing = value === null || (column.missing_values ?? []).includes(value);
  const number = ((missing ? column.median : value) - column.mean) / column.scale;
  return column.flag ? [number, Number(missing)] : [number];
}

// The probability of each class or, of a regression, one number in the target's own unit.
function answerOf(page, logits) {
  return page.regression ? [page.target.mean + page.target.scale * logits[0]] : softmax(logits);
}
