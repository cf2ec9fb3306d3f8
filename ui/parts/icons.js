// Hides icons within texts from screen readers, which would read their names: "restart_alt icon Network".

const ICON = '[data-testid="stMarkdownContainer"] [role="img"][aria-label$=" icon"]';

const hide = (icon) => icon.setAttribute("aria-hidden", "true");

function hear({ animationName, target }) {
  if (animationName === "mlp-icon") hide(target);
}

export default function listen() {
  document.addEventListener("animationstart", hear); // by icons.css, of each that appears from now on
  document.querySelectorAll(ICON).forEach(hide);
  return () => document.removeEventListener("animationstart", hear);
}
