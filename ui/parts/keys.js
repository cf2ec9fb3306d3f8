// Listens to keys, and presses the buttons that they stand for.

const BUTTONS = { "?": ["show_keys"] };
const PRESENTING = { " ": ["pause", "play_arrow"], ArrowRight: ["skip_next"], r: ["restart_alt"], Escape: ["exit"] };
const TEXTLESS = "[type=range], [type=radio], [type=checkbox]";
const TYPING = `input:not(${TEXTLESS}), textarea, select, [contenteditable=true]`;
// What keeps a key for itself, besides what takes text.
const OWN = { " ": `button, a, summary, ${TEXTLESS}`, ArrowRight: "input, [role=slider], [role=radio]" };
let presenting;

function press(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.target.closest(TYPING)) return;
  if (key !== "?" && document.querySelector("[role=dialog]")) return; // it keeps its keys
  if (/^[a-z]$/.test(key) && event.target.matches(TEXTLESS)) return pass(event);
  const names = BUTTONS[key] ?? (presenting && PRESENTING[key]);
  if (!names || (OWN[key] && event.target.closest(OWN[key]))) return;
  const places = names.map((name) => `.st-key-button_${name} button`);
  const button = document.querySelector(places.join());
  if (!button) return;
  event.preventDefault();
  if (!button.disabled) button.click();
}

// Streamlit's shortcuts hear no key of an <input>, but to a slider or a choice a letter means nothing: the page gets it.
function pass(event) {
  document.body.dispatchEvent(new KeyboardEvent(event.type, event));
}

// In front of a class, what was clicked gives up the focus: the next key is meant for the run.
function release(event) {
  if (!presenting || !event.target.closest("button, label, [data-testid=stSlider]")) return;
  setTimeout(() => !document.activeElement.matches(TYPING) && document.activeElement.blur());
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
