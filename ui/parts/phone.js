// On a phone, shows the name of the page, and closes the drawer once a page is chosen.

const NARROW = window.matchMedia("(width <= 640px)");

function closeDrawer({ target }) {
  if (!NARROW.matches || !target.closest("[data-testid=stSidebarNavLink]")) return;
  // The link first: the button would take it off the page, and the focus with it.
  setTimeout(() => {
    document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();
    setTimeout(() => document.querySelector("[data-testid=stExpandSidebarButton]")?.focus());
  });
}

export default function show({ data, parentElement }) {
  parentElement.querySelector("p").textContent = data.title;
  document.addEventListener("click", closeDrawer);
  return () => document.removeEventListener("click", closeDrawer);
}
