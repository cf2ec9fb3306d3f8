// On a phone, shows the name of the page, and closes the drawer once a page is chosen; on its side, at first, too.

import { wait } from "./plots.js";

const NARROW = window.matchMedia("(width <= 640px)");
// A phone on its side: Streamlit opens the drawer there.
const LOW = window.matchMedia("(640px < width <= 960px) and (height <= 480px) and (hover: none)");
const TURNED_MS = 200; // by then, Streamlit has opened it

LOW.addEventListener("change", closeAtFirst);
closeAtFirst();

async function closeAtFirst() {
  await wait(TURNED_MS);
  if (!LOW.matches || document.activeElement.closest("[data-testid=stSidebar]")) return; // somebody types there
  document.querySelector("[data-collapsed=false] [data-testid=stSidebarCollapseButton] button")?.click();
}

function closeDrawer({ target }) {
  if (!(NARROW.matches || LOW.matches) || !target.closest("[data-testid=stSidebarNavLink]")) return;
  // The link first: the button would take it off the page, and the focus with it.
  setTimeout(() => {
    document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();
    setTimeout(() => document.querySelector("[data-testid=stExpandSidebarButton]")?.focus());
  });
}

export default function show({ data, parentElement }) {
  parentElement.querySelector("h1").textContent = data.title;
  document.addEventListener("click", closeDrawer);
  return () => document.removeEventListener("click", closeDrawer);
}
