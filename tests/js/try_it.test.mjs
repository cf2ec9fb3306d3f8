// What a person types into the boxes of Try it, and of the page that works offline.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { typed } from "../../ui/train/try_it.js";

const offline = readFileSync(new URL("../../mlp/export/offline/table.js", import.meta.url), "utf8");
const PAGES = {
  "Try it": (text, step) => typed(text, false, step),
  "the page that works offline": new Function(`${offline}; return typedNumber;`)(),
};

for (const [page, number] of Object.entries(PAGES)) {
  test(`on ${page}, a number may have a comma and a printed minus; what is no number is not taken for a missing value`, () => {
    const numbers = { "55.5": 55.5, " 55,5 ": 55.5, "−3": -3, "1e3": 1000, "5.": 5, ".5": 0.5, "": null };
    for (const [text, value] of Object.entries(numbers)) assert.equal(number(text, 1), value, text);
    for (const text of ["abc", "1,2,3", "5 5", "Infinity", "0x10", "1e999", "1.234,5", "."]) assert.equal(number(text, 1), undefined, text);
  });

  test(`on ${page}, commas between thousands are left out`, () => {
    const sure = { "1,234,567": 1234567, "-1,234.5": -1234.5, "0,123": 0.123, "1234,567": 1234.567, "1,23": 1.23 };
    for (const step of [1, 0.01]) for (const [text, value] of Object.entries(sure)) assert.equal(number(text, step), value, text);
    assert.deepEqual([number("123,456", 1), number("123,456", 0.01)], [123456, 123.456]); // as the column's numbers are
  });
}

test("a date is a number of days", () => {
  assert.deepEqual(["1970-01-11", "1970-01-02 12:00", " "].map((text) => typed(text, true)), [10, 1.5, null]);
  assert.deepEqual(["soon", "1970-13-01", "10"].map((text) => typed(text, true)), Array(3).fill(undefined));
});
