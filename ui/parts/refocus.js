// When a dialog has closed that a link had opened, gives the focus to the button that opens it.

import { wait } from "./plots.js";

let wasOpen = false;

export default async function show({ data: { open, opener } }) {
  const closes = wasOpen && !open;
  wasOpen = open;
  if (!closes) return;
  while (document.querySelector("[role=dialog]")) await wait(50); // until it has moved out of sight
  await wait(50);
  if (document.activeElement !== document.body) return; // the focus is back at what had it before
  document.querySelector(`.st-key-${opener} button`)?.focus();
}
