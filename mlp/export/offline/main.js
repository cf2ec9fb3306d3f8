// Brings the parts of the page together: what a person changes, the network's answer, and its lights.

const TITLES = { images: "Draw here", table: "Change the values", points: "Move the point" };
const INPUTS = { images: PictureInput, table: TableInput, points: PlaneInput };

readTheme();
const page = JSON.parse(document.getElementById("page").textContent);
const network = new Network(page.sizes, page.activations, floatsOf(document.getElementById("parameters").textContent, page.half));
const section = (name) => document.querySelector(`section.${name}`);

let chosen; // {layer, unit} that a person asks about; undefined: the answer
let frame;

// The network's answer to an example as the data set has it.
const answer = (example) => answerOf(page, network.forward(inputsOf(page, example)).at(-1).outputs);

const same = (one, other) => one?.layer === other?.layer && one?.unit === other?.unit;
const choose = (unit) => {
  chosen = same(unit, chosen) ? undefined : unit;
  lights.chosen = chosen; // at once: the next key may come before the next frame
  update();
};

section("input").querySelector("h2").textContent = TITLES[page.kind];
const lights = new Lights(section("network").querySelector("canvas"), page, network, choose);
const shown = new Answer(section("answer"), page, (unit) => choose({ layer: network.last, unit }));
const input = new INPUTS[page.kind](section("input"), page, update);
const examples = readExamples(page);
const strip = element("div", { className: "strip" });
const mistakes = examples.some(({ wrong }) => wrong) ? " ✗: it gets these wrong." : "";
section("examples").querySelector("h2").textContent = `Validation examples: it never trained on these.${mistakes}`;
if (page.kind === "points") section("examples").hidden = true;
else section("examples").append(strip);

// Whatever changes within one frame of the screen is answered once.
function update() {
  frame ??= withNextFrame(() => {
    frame = undefined;
    show();
  });
}

function show() {
  const example = input.read();
  const empty = !example;
  const pass = network.forward(empty ? new Float64Array(page.sizes[0]) : inputsOf(page, example));
  const found = empty ? undefined : answerOf(page, pass.at(-1).outputs);
  const values = empty ? page.sizes.map((units) => new Float64Array(units)) : pass.map(({ outputs }) => outputs);
  if (found && !page.regression) values[network.last] = found; // probabilities are easier to compare than logits
  const best = found ? found.indexOf(Math.max(...found)) : 0;
  const target = empty ? undefined : (chosen ?? { layer: network.last, unit: best });
  const explained = target ? network.explain(pass, target.layer, target.unit, MOST_LINKS) : { links: [] };
  lights.show({ values, ...explained, target, chosen, picture: example });
  shown.show(found, input.truth, chosen?.layer === network.last ? chosen.unit : undefined);
  input.show?.(network, chosen);
  const inked = found && page.mostInk !== null && !input.example && sum(example) > page.mostInk * example.length;
  section("answer").querySelector(".doubt").textContent = inked ? "There is more ink here than in any training image, so don't rely on the answer. Try a thinner brush." : "";
  document.getElementById("says").textContent = caption(pass, target);
  [...strip.children].forEach((button, index) => (button.ariaPressed = examples[index] === input.example && !input.sample));
}

function caption(pass, target) {
  if (!target) return "Draw something, or choose an example, and the units light up.";
  const { layer, unit } = target;
  const { names } = page;
  if (layer < network.last) {
    const output = short(pass[layer].outputs[unit]);
    return `Unit ${unit + 1} of hidden layer ${layer} puts out ${output}. Lines: what contributes most; blue raises it, dashed orange lowers it. Choose it again to go back.`;
  }
  const what = page.regression ? "the number; blue raises it, dashed orange lowers it" : `“${names[unit]}”; blue is for it, dashed orange against it`;
  return `Lines: what contributes most to ${what}. Choose any unit to see what drives it.`;
}

// ── Examples ───────────────────────────────────────────────────────────────────────────────────────────────────────

function readExamples({ kind, examples: given, sizes, whole }) {
  if (kind === "points") return [];
  if (kind === "table") return given.rows.map((values, index) => ({ values, truth: given.truth[index], wrong: given.wrong[index] }));
  const all = whole ? bytesOf(given.pixels) : floatsOf(given.pixels, false);
  return given.truth.map((truth, index) => ({
    pixels: all.subarray(index * sizes[0], (index + 1) * sizes[0]),
    truth,
    wrong: given.wrong[index],
  }));
}

function showExamples() {
  strip.replaceChildren(
    ...examples.map((example, index) => {
      const truth = page.regression ? inUnit(example.truth) : page.names[example.truth];
      const mark = example.wrong ? "✗ " : "";
      const button = element("button", { type: "button", title: truth }, element("span", {}, `${mark}${truth}`));
      button.ariaLabel = `Example ${index + 1}: ${truth}${example.wrong ? ", which the network gets wrong" : ""}`;
      if (page.kind === "images") button.prepend(exampleImage(page, example.pixels));
      button.addEventListener("click", () => input.load(example));
      return button;
    }),
  );
}

function recolor() {
  readTheme();
  showExamples();
  input.recolor?.();
  input.redraw?.();
  update();
}

DARK.addEventListener("change", recolor);
showExamples();
if (examples.length) input.load(examples[0], page.drawn);
else update();
