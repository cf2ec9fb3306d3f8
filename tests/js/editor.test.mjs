// A weight that was typed stays in its field until the page has answered.

import assert from "node:assert/strict";
import { test } from "node:test";

import { showEditor } from "../../ui/boundary/editor.js";

class Element extends EventTarget {
  dataset = {};
  children = [];
  parts = {};
  setAttribute() {}
  append() {}
  replaceChildren(...children) {
    this.children = children;
  }
  querySelector(name) {
    return (this.parts[name] ??= new Element());
  }
}

// Opens the editor of the one unit of a network with one input, of weights 1 and 2; returns the weight's field and the panel.
function opened() {
  const fields = [];
  globalThis.Node = { TEXT_NODE: 3 };
  globalThis.document = {
    createElement(kind) {
      const made = new Element();
      if (kind === "input") fields.push(made);
      return made;
    },
  };
  const editor = new Element();
  editor.querySelector(".weights").querySelectorAll = () => fields;
  const content = { sizes: [1, 1], inputs: ["x"], outputs: [], activation: "ReLU", parameters: packed([1, 2]) };
  const sent = [];
  const panel = { data: {}, content, pinned: "1.0", find: () => editor, redraw: () => showEditor(panel), trigger: (_, did) => sent.push(did.weight) };
  showEditor(panel);
  return { field: fields[0], panel, sent };
}

const packed = (numbers) => Buffer.from(new Float32Array(numbers).buffer).toString("base64");

function enter(field, value) {
  field.dispatchEvent(new Event("focus"));
  field.value = value;
  field.dispatchEvent(new Event("change"));
}

test("a phone shows keys with a minus", () => assert.equal(opened().field.inputMode ?? "text", "text"));

test("what was typed stays until the page has answered, whatever the feed sends meanwhile", () => {
  const { field, panel, sent } = opened();
  assert.equal(field.value, "1");
  enter(field, "5");
  assert.deepEqual(sent, [[1, 0, 0, "5"]]);
  panel.content.parameters = packed([1.5, 2]);
  panel.redraw();
  assert.equal(field.value, "5");
  panel.data = {};
  panel.redraw();
  assert.equal(field.value, "1.5", "refused, or trained on since");
});

test("the old weight can be entered again before the page has answered", () => {
  const { field, sent } = opened();
  enter(field, "5");
  enter(field, "1");
  assert.deepEqual(sent.map(([, , , text]) => text), ["5", "1"]);
});
