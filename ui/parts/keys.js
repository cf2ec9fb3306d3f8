// Listens to keys, and presses the buttons that they stand for.

const BUTTONS = { "?": ["show_keys"] };
const PRESENTING = { " ": ["pause", "play_arrow"], ArrowRight: ["skip_next"], r: ["restart_alt"], Escape: ["exit"] };
const MOVING = "input, [role=slider], [role=radio]";
const TYPING = "input:not([type=range], [type=radio], [type=checkbox]), textarea, select, [contenteditable=true]";
let presenting;

function press(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const names = BUTTONS[key] ?? (presenting && PRESENTING[key]);
  if (!names || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  // While someone types, moves a slider or reads a dialog, keys keep their usual meaning.
  if (event.target.closest(TYPING) || (key !== "?" && event.target.closest(MOVING))) return;
  if (key !== "?" && document.querySelector("[role=dialog]")) return;
  if (key === " " && event.target.closest("button, a, summary")) return;
  const places = names.map((name) => `.st-key-button_${name} button`);
  const button = document.querySelector(places.join());
  if (!button) return;
  event.preventDefault();
  if (!button.disabled) button.click();
}

// A clicked button gives up the focus: the next key is meant for the run.
function release(event) {
  if (!presenting || !event.target.closest("button, [data-testid=stSlider]")) return;
  setTimeout(() => document.activeElement.blur());
}

export default function listen({ data }) {
  ({ presenting } = data);
  document.addEventListener("keydown", press);
  document.addEventListener("pointerup", release);
  return () => {
    document.removeEventListener("keydown", press);
    document.removeEventListener("pointerup", release);
  };
}
