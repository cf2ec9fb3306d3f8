// When what has the focus goes off the page after a key was pressed, gives the focus to the button that is wanted next, or
// to what opened the dialog that is gone.

import { wait } from "./plots.js";

const RUN = ["button_pause", "button_play_arrow", "button_restart_alt"];
// The parts of a page from which buttons go, or in which they are disabled, and what is next: the first that is there.
const NEXT = {
  button_fast_forward: ["button_fast_forward"], // comes back once the epoch is over
  transport: RUN,
  waiting: RUN,
  class_news: RUN,
  present: RUN, // not Exit: in front of a class, space is for the run
  button_exit: ["present"],
  pause_runs: ["resume_runs"],
  resume_runs: ["pause_runs"],
  undo_delete: ["delete_runs"],
  runs_actions: ["undo_delete", "new_race"],
  preview_rows: ["use"],
  discard: ["data_source"],
  rename_data: ["rename"],
  delete_data: ["use", "data_source"],
};
const PATIENCE_MS = 10_000, PAUSE_MS = 50;

let seen = 0;
let byKey = false; // whether a key was the last that was pressed: after the mouse, a focus would show a tooltip
let given; // what got the focus from here
let inDialog = false;

async function follow({ target }) {
  const part = Object.keys(NEXT).find((key) => target.closest(`.st-key-${key}`));
  if (!part) return;
  while (document.activeElement === target) await wait(PAUSE_MS);
  if (!byKey || (!target.disabled && target.checkVisibility())) return; // a person has left it
  for (let waited = 0; document.activeElement === document.body && waited < PATIENCE_MS; waited += PAUSE_MS) {
    given = NEXT[part].map(find).find(Boolean);
    given?.focus();
    await wait(PAUSE_MS);
  }
}

// Streamlit gives the focus back only if the dialog was not drawn again while it was open, as by a page that runs again.
async function comeBack({ target, relatedTarget: opener }) {
  if (inDialog || !target.closest("[role=dialog]")) return;
  inDialog = true;
  await dialogCloses();
  inDialog = false;
  if (byKey && document.activeElement === document.body) opener?.focus();
}

// Waits until two looks in a row find no dialog: one has moved out of sight, and is not just drawn again.
async function dialogCloses() {
  for (let missed = 0; missed < 2; missed = document.querySelector("[role=dialog]") ? 0 : missed + 1) await wait(PAUSE_MS);
}

function find(key) {
  const parts = `:is(.st-key-${key}, [class*="st-key-${key}_"])`; // some keys end with which upload or data set it is
  return [...document.querySelectorAll(`${parts} button:enabled`)].find((button) => button.checkVisibility());
}

function note(event) {
  byKey = event.type === "keydown";
  // A key that is held down presses again and again, and meant only what had the focus before.
  if (event.repeat && event.target === given) event.preventDefault();
}

// Somebody may have come to a text field before this script: only there, and after a key, is the ring of the focus seen.
byKey = document.activeElement.matches(":focus-visible");
follow({ target: document.activeElement });

// `closed` is how often a dialog was closed that a link had opened: perhaps before this script was there, and so could
// have seen it open. Only the Runs page has such dialogs.
export default async function show({ data: { closed = seen, opener } }) {
  for (const heard of [follow, comeBack]) document.addEventListener("focusin", heard);
  for (const kind of ["keydown", "pointerdown"]) document.addEventListener(kind, note, true);
  const closes = closed > seen;
  seen = closed;
  if (!closes) return;
  await dialogCloses();
  if (document.activeElement !== document.body) return; // the focus is back at what had it before
  find(opener)?.focus();
}
