// The wall: which tile comes first, how many fit side by side, and how the time left is written and announced.

import assert from "node:assert/strict";
import test from "node:test";

import { clock, sayWithTime } from "../../ui/classroom/student.js";
import { layout, sorted } from "../../ui/classroom/wall.js";

const names = (tiles) => tiles.map(({ name }) => name).join(" ");

test("tiles are sorted by name, numbers by their value", () => {
  const tiles = [{ name: "No. 10" }, { name: "Bo" }, { name: "ada" }, { name: "No. 2" }];
  assert.equal(names(sorted(tiles, "name")), "ada Bo No. 2 No. 10");
  assert.equal(names(tiles), "No. 10 Bo ada No. 2");
});

test("the best score comes first, those without one last, equals by name", () => {
  const tiles = [{ name: "new", score: null }, { name: "b", score: 0.9 }, { name: "a", score: 0.9 }, { name: "top", score: 0.95 }];
  assert.equal(names(sorted([...tiles, { name: "idle" }], "accuracy")), "top a b idle new");
});

test("in a challenge, the places sort, and who takes no part comes last", () => {
  const tiles = [{ name: "out", score: 1 }, { name: "second", score: 0.8, place: 2 }, { name: "first", score: 0.7, place: 1 }];
  assert.equal(names(sorted(tiles, "accuracy")), "first second out");
  assert.equal(names(sorted(tiles, "name")), "first out second");
});

test("forty tiles are in sight on a projector, with letters that can be read", () => {
  for (const [width, height] of [[1176, 630], [1816, 960]]) {
    const { columns, tall, size } = layout(40, width, height);
    assert.ok(Math.ceil(40 / columns) * tall <= height + 1);
    assert.ok(size >= 14);
  }
});

test("a few tiles are not larger than the screen, and too many scroll", () => {
  assert.equal(layout(1, 1176, 630).columns, 1);
  assert.equal(layout(2, 1176, 630).columns, 2);
  assert.equal(layout(1, 1176, 630).size, 26);
  assert.equal(layout(400, 1176, 630).tall, 90);
});

test("the time left is never negative", () => {
  assert.deepEqual([65, 59.2, 0, -3].map(clock), ["1:05", "1:00", "0:00", "0:00"]);
});

test("the time left runs on beside the sentence that is announced, not in it", () => {
  globalThis.Node = { TEXT_NODE: 3 };
  const [status, timer] = [{ textContent: "" }, { textContent: "" }];
  const line = { children: [status, timer], hidden: true };
  const said = (words, left) => {
    sayWithTime(line, words, left);
    return [status.textContent, timer.textContent, line.hidden];
  };
  assert.deepEqual(said("Challenge: Digits.", 60), ["Challenge: Digits.", "1:00 left.", false]);
  assert.deepEqual(said("Challenge: Digits.", 59), ["Challenge: Digits.", "0:59 left.", false]);
  assert.deepEqual(said("The challenge is over.", null), ["The challenge is over.", "", false]);
  assert.deepEqual(said("", null), ["", "", true]);
});
