// Which classes of many have a bar.

import assert from "node:assert/strict";
import { test } from "node:test";

import { mostLikely } from "../../ui/train/answer.js";

const FIRST_TEN = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

test("of many classes, the ten most likely have a bar, in the order of the classes", () => {
  const shares = Array(12).fill(0.05);
  [shares[3], shares[11], shares[1], shares[0]] = [0.5, 0.2, 0, 0];
  assert.deepEqual(mostLikely(12, shares), [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

test("without an answer, the first ten have one, and few classes all", () => {
  assert.deepEqual(mostLikely(100, []), FIRST_TEN);
  assert.deepEqual(mostLikely(3, [0.1, 0.7, 0.2]), [0, 1, 2]);
});
