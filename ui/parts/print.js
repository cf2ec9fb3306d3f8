// Before the page is printed, notes how large it is on the screen: print.css keeps that, so no chart has to be drawn again.

function note() {
  const root = document.documentElement;
  const main = document.querySelector("[data-testid=stMainBlockContainer]");
  const { paddingLeft, paddingRight, colorScheme } = getComputedStyle(main);
  root.style.setProperty("--main-width", `${main.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight)}px`);
  root.style.setProperty("--window-height", `${window.innerHeight}px`);
  root.style.setProperty("--letters", getComputedStyle(root).fontSize);
  root.classList.toggle("dark", colorScheme === "dark");
}

export default function listen() {
  window.addEventListener("beforeprint", note);
  return () => window.removeEventListener("beforeprint", note);
}
