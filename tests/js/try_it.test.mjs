// What a person types into the boxes of Try it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { typed } from "../../ui/train/try_it.js";

test("a number may have a comma and a printed minus; what is no number is not taken for a missing value", () => {
  assert.deepEqual(["55.5", " 55,5 ", "−3", "1e3", ""].map((text) => typed(text, false)), [55.5, 55.5, -3, 1000, null]);
  assert.deepEqual(["abc", "1,2,3", "5 5", "Infinity"].map((text) => typed(text, false)), Array(4).fill(undefined));
});

test("a date is a number of days", () => {
  assert.deepEqual(["1970-01-11", "1970-01-02 12:00", " "].map((text) => typed(text, true)), [10, 1.5, null]);
  assert.deepEqual(["soon", "1970-13-01", "10"].map((text) => typed(text, true)), Array(3).fill(undefined));
});
