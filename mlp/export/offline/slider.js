// A slider under a finger: a tap or a movement along it sets it, a movement across it scrolls the page; as ui/parts/slider.js.

// Chromium moves a slider as soon as it is touched, and again only if the finger goes along it.
function awaitFinger(slider) {
  let before, touched; // its values, until it is known what the finger means
  const release = () => (before = touched = undefined);
  slider.addEventListener("pointerdown", ({ pointerType, isPrimary }) => {
    if (!isPrimary) return; // a second finger
    release();
    if (pointerType === "touch") before = slider.value;
  });
  slider.addEventListener("input", (event) => {
    if (before === undefined || touched !== undefined) return release();
    touched = slider.value;
    event.stopImmediatePropagation();
  });
  slider.addEventListener("pointerup", ({ isPrimary }) => {
    if (!isPrimary) return;
    const value = touched;
    release();
    if (value === undefined) return;
    slider.value = value; // what is shown meanwhile may have moved it back
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  });
  slider.addEventListener("pointercancel", () => {
    if (slider.value === touched) slider.value = before; // not if it was redrawn meanwhile
    release();
  });
  return slider;
}
