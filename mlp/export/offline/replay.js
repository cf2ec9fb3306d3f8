// Replays the run: one step at a time is shown, chosen by the slider, a key, a curve or a change, or played.

readTheme();
const page = JSON.parse(document.getElementById("page").textContent);
const find = (selector) => document.querySelector(selector);
const last = page.steps.length - 1;
const PLAY = '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 1.5v13l11-6.5z"/></svg>';
const PAUSE = '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 2h4v12H3zm6 0h4v12H9z"/></svg>';
const MOVES = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, Home: -Infinity, End: Infinity };

let at = last; // the frame that is shown
let playing; // a token of the playing that goes on; undefined if none does
let frame;

const slider = awaitFinger(find(".time input"));
slider.max = page.end;

const panels = [
  ...[...document.querySelectorAll(".curves")].map((figure, index, all) => new Curves(figure, page, page.charts[index], index === all.length - 1, (place) => go(nearest(place)))),
  new Weights(find(".weights"), page),
];
const optional = [["predictions", Predictions, "predictions"], ["firstLayer", FirstLayer, "first-layer"], ["plane", Plane, "plane"], ["fit", Fit, "fit"]];
for (const [name, Panel, figure] of optional) if (page[name]) panels.push(new Panel(find(`.${figure}`), page));

const changes = page.changes.map(({ step, words }) => {
  const button = element("button", { type: "button" }, `step ${step.toLocaleString("en")}: ${words}`);
  const index = page.steps.findIndex((kept) => kept >= step);
  button.addEventListener("click", () => go(index < 0 ? last : index));
  find(".changes").append(element("li", {}, button));
  return { step, button };
});

function nearest(place) {
  const off = page.places.map((each) => Math.abs(each - place));
  return off.indexOf(Math.min(...off));
}

// Shows a frame, and stops playing.
function go(index) {
  stop();
  show(index);
}

function show(index) {
  at = Math.min(Math.max(index, 0), last);
  frame ??= withNextFrame(() => {
    frame = undefined;
    draw();
  });
}

function draw() {
  const step = page.steps[at].toLocaleString("en");
  const epoch = page.places[at].toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const words = `step ${step} · epoch ${epoch} of ${page.epochs} · learning rate ${page.rates[at]}`;
  find(".now").textContent = words;
  if (slider.valueAsNumber !== page.places[at]) slider.value = page.places[at];
  slider.setAttribute("aria-valuetext", words);
  for (const panel of panels) panel.draw(at);
  const latest = changes.findLast((change) => change.step <= page.steps[at]);
  for (const change of changes) {
    if (change === latest) change.button.setAttribute("aria-current", "step");
    else change.button.removeAttribute("aria-current");
  }
  if (latest) find(".changes").scrollLeft = latest.button.offsetLeft - 2 * rem(); // in sight
}

// ── Playing ────────────────────────────────────────────────────────────────────────────────────────────────────────

// Shows each frame from the next one on, or from the first.
async function play() {
  const turn = (playing = {});
  showPlaying();
  for (let index = at === last ? 0 : at + 1; playing === turn && index <= last; index++) {
    const due = performance.now() + 1000 / Number(find("select").value);
    show(index);
    await new Promise(requestAnimationFrame); // in which it is drawn: none is skipped
    await new Promise((wake) => setTimeout(wake, due - performance.now()));
  }
  if (playing === turn) stop();
}

function stop() {
  playing = undefined;
  showPlaying();
}

function showPlaying() {
  const button = find(".play");
  button.innerHTML = playing === undefined ? PLAY : PAUSE;
  button.ariaLabel = button.title = playing === undefined ? "Play the run" : "Pause";
}

find(".play").addEventListener("click", () => (playing === undefined ? play() : stop()));
slider.addEventListener("input", () => go(nearest(slider.valueAsNumber)));

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select")) return;
  const move = MOVES[event.key];
  if (move) go(at + move);
  else if (event.key === " " && !event.target.closest("button, summary")) (playing === undefined ? play() : stop());
  else return;
  event.preventDefault();
});

// ── Size and colors ────────────────────────────────────────────────────────────────────────────────────────────────

function recolor() {
  readTheme();
  for (const panel of panels) panel.recolor?.();
  show(at);
}

const resized = new ResizeObserver(() => show(at));
for (const canvas of document.querySelectorAll("figure > canvas")) resized.observe(canvas);
DARK.addEventListener("change", recolor);
stop();
recolor();
