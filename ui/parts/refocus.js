// When a dialog has closed that a link had opened, gives the focus to the button that opens it.

import { wait } from "./plots.js";

let seen = 0;

// `closed` is how often the dialog was closed: perhaps before this script was there, and so could have seen it open.
export default async function show({ data: { closed, opener } }) {
  const closes = closed > seen;
  seen = closed;
  if (!closes) return;
  while (document.querySelector("[role=dialog]")) await wait(50); // until it has moved out of sight
  await wait(50);
  if (document.activeElement !== document.body) return; // the focus is back at what had it before
  document.querySelector(`.st-key-${opener} button`)?.focus();
}
