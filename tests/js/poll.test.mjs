// While a run trains, a panel asks for news until it is told to stop; a failure never ends that silently.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { every, get, poll, scriptEnds } from "../../ui/parts/poll.js";

let now; // milliseconds: waiting takes none of the test's time
let waits;
let patience; // what happens if the server stays silent

beforeEach(() => {
  now = 0;
  waits = [];
  globalThis.document = { hidden: false, baseURI: "http://host/class/" };
  patience = undefined;
  globalThis.clearTimeout = () => (patience = undefined);
  globalThis.setTimeout = (then, milliseconds) => {
    if (milliseconds === 5000) return (patience = then);
    waits.push(milliseconds);
    now += Math.max(milliseconds, 0);
    queueMicrotask(then);
  };
  Object.defineProperty(performance, "now", { value: () => now, configurable: true });
});

const news = (data) => ({ ok: true, status: 200, json: async () => data });
const NOTHING_NEW = { ok: true, status: 204 };
const GONE = { ok: false, status: 404 };
const FAILED = { ok: false, status: 500 };

// Polls through these answers; returns what was heard. An answer that is a function happens before the question fails.
async function heard(answers, { hear = () => true, ...rest } = {}) {
  const all = [];
  const ask = async () => {
    const answer = answers.shift();
    if (typeof answer === "function") answer();
    return answer;
  };
  const signal = { aborted: false };
  await poll({ root: { isConnected: true, querySelector: () => null }, signal, due: every(100), ask, hear: (data) => all.push(data) && hear(data), ...rest });
  return all;
}

test("news are heard until the server no longer knows what is asked for", async () => {
  assert.deepEqual(await heard([news(1), NOTHING_NEW, news(2), GONE, news(3)]), [1, 2]);
  assert.deepEqual(waits, [100, 100, 100, 100]);
});

test("a server that fails is heard as nothing, and is asked again later", async () => {
  const all = await heard([FAILED, news(1), GONE], { hear: (data) => data !== undefined });
  assert.deepEqual(all, [undefined, 1]);
  assert.deepEqual(waits.slice(0, 2), [100, 1000]);
});

test("a lost connection is tried again after a second", async () => {
  const lost = () => { throw new TypeError("Failed to fetch"); };
  assert.deepEqual(await heard([lost, news(1), GONE]), [1]);
  assert.equal(waits[1], 1000);
});

test("a server that stays silent is said to, until it answers", async () => {
  const place = { hidden: true };
  const said = [];
  const lost = () => { throw new TypeError("Failed to fetch"); };
  const late = () => {
    patience();
    said.push(place.hidden);
    lost();
  };
  const root = { isConnected: true, querySelector: () => place };
  const hear = () => said.push(place.hidden);
  assert.deepEqual(await heard([lost, late, news(1), GONE], { root, hear }), [1]);
  assert.deepEqual(said, [false, true]);
  assert.equal(patience, undefined, "nothing is asked any more");
  const signal = { aborted: false };
  const leaves = () => {
    signal.aborted = true;
    patience();
    lost();
  };
  await heard([leaves, GONE], { root, signal });
  assert.equal(place.hidden, true, "a panel that asks no more says nothing");
});

test("what was not answered is asked again at once, whatever is due", async () => {
  const place = { hidden: true };
  const lost = () => {
    patience();
    throw new TypeError("Failed to fetch");
  };
  let dues = 0;
  const due = async () => ++dues === 1; // as of a run that rests: it has one question
  const root = { isConnected: true, querySelector: () => place };
  assert.deepEqual(await heard([lost, news(1)], { root, due }), [1]);
  assert.equal(dues, 2, "the question after a failure waits for nothing but its second");
  assert.deepEqual([place.hidden, patience], [true, undefined]);
});

test("an error in showing the news is not swallowed", async () => {
  await assert.rejects(heard([news(1)], { hear: () => { throw new TypeError("no such chart"); } }), /no such chart/);
});

test("a panel that left the page, or is told anew, asks no more", async () => {
  assert.deepEqual(await heard([news(1)], { root: { isConnected: false, querySelector: () => null } }), []);
  assert.deepEqual(await heard([news(1)], { signal: { aborted: true } }), []);
});

test("a page that can't be seen waits", async () => {
  document.hidden = true;
  const due = every(100)(0);
  setTimeout(() => (document.hidden = false));
  assert.equal(await due, true);
});

test("a question lies below the page's folder, and nothing answers it from a cache", async () => {
  globalThis.fetch = (address, options) => ({ address: address.href, ...options });
  const { address, cache } = get("live/token", { seen: "a b", at: 3 }, undefined);
  assert.equal(address, "http://host/class/live/token?seen=a+b&at=3");
  assert.equal(get("curves?runs=a&zoom=no", { seen: "b" }).address, "http://host/class/curves?runs=a&zoom=no&seen=b");
  assert.equal(cache, "no-store");
});

test("a status that the page's script is about to show waits for it", async () => {
  let looks = 0;
  document.querySelector = () => ++looks < 4; // the script runs for as long
  await scriptEnds();
  assert.deepEqual(waits, [30, 30, 30, 30]);
  const all = await heard([news(1), news(2), GONE], { hear: async (data) => data === 2 });
  assert.deepEqual(all, [1, 2]);
  assert.deepEqual(waits.slice(4), [100, 1000, -900, 100], "what the page was told to show is asked for again later");
});
