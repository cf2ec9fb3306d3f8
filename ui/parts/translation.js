// Keeps a page right while the browser translates it.
//
// Chrome and Edge put a <font> in the place of each text. React, which draws the page, does not know: a text that it changes
// is not on the page, so an old number stays beside a new one; and it fails to remove one, or to put something before it.

const KEPT = ".katex, code"; // formulas, programs and addresses are the same in all languages

const translations = new WeakMap(); // a text that was taken off the page → the <font> in its place

const observer = new MutationObserver((records) => {
  for (const { type, target, addedNodes, removedNodes, previousSibling, nextSibling } of records) {
    // The new text takes the place of the translation of the old one, and is translated in its turn.
    if (type === "characterData" && !target.isConnected) translations.get(target)?.replaceWith(target);
    const font = [...addedNodes, previousSibling, nextSibling].find((node) => node?.nodeName === "FONT");
    for (const node of removedNodes) if (font && node.nodeType === Node.TEXT_NODE) follow(node, font);
    addedNodes.forEach(keep);
  }
});

function follow(text, font) {
  if (Node.prototype.removeChild !== remove) Object.assign(Node.prototype, { removeChild: remove, insertBefore: insert });
  translations.set(text, font);
  observer.observe(text, { characterData: true });
}

function keep(added) {
  if (!(added instanceof HTMLElement)) return;
  for (const part of [added, ...added.querySelectorAll(KEPT)]) if (part.matches(KEPT)) part.translate = false;
}

// From the first translation on, React finds the text that it means. Who translates nothing has the browser's own methods.
const { removeChild, insertBefore } = Node.prototype;

function remove(node) {
  removeChild.call(this, inPlace(this, node));
  return node;
}

function insert(node, next) {
  return insertBefore.call(this, node, inPlace(this, next));
}

// The node that is in an element in the place of another one.
function inPlace(parent, node) {
  const font = node?.parentNode === parent ? undefined : translations.get(node);
  return font?.parentNode === parent ? font : node;
}

observer.observe(document.body, { childList: true, subtree: true });
