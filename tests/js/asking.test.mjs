// What a person changes is asked about until it is answered; a server that is silent is said to be.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Asking } from "../../ui/parts/asking.js";

let place; // of the notice
let root;
let patience; // what happens if the server stays silent

beforeEach(() => {
  place = { hidden: true };
  root = { isConnected: true, querySelector: () => place };
  globalThis.document = { hidden: false, baseURI: "http://host/class/" };
  globalThis.clearTimeout = (timer) => timer && (patience = undefined);
  globalThis.setTimeout = (then, milliseconds) => {
    if (milliseconds === 5000) return (patience = then);
    queueMicrotask(then);
  };
});

// Asks about these drawings, one after the other, through these answers; returns what was sent and what was heard.
async function asked(drawings, answers) {
  const sent = [];
  const heard = [];
  globalThis.fetch = async (address, { body }) => {
    sent.push(body);
    return answers.shift()();
  };
  const question = () => ["draw/token", drawings.length > 1 ? drawings.shift() : drawings[0]];
  await new Asking(root, question, (reply) => heard.push([reply, place.hidden])).ask();
  return { sent, heard };
}

const reply = () => ({ ok: true, status: 200, json: async () => "seven" });
const gone = () => ({ ok: false, status: 404 });
const lost = () => {
  patience();
  throw new TypeError("Failed to fetch");
};

test("without an answer the latest question is asked again, and the old answer is said to be old until it comes", async () => {
  const { sent, heard } = await asked(["a stroke", "two"], [lost, reply]);
  assert.deepEqual([sent, heard], [["a stroke", "two"], [["seven", true]]]);
  assert.equal(patience, undefined, "nothing is asked any more");
});

test("an address that the server does not know is no answer: the page that comes back has another one", async () => {
  assert.deepEqual((await asked(["one"], [gone, gone, reply])).heard, [["seven", true]]);
});

test("a question that a lost connection swallows fails in time", async (t) => {
  t.mock.method(AbortSignal, "timeout", (milliseconds) => `${milliseconds} ms`);
  globalThis.fetch = async (_, { signal }) => ({ ok: true, status: 200, json: async () => signal });
  let heard;
  await new Asking(root, () => ["draw/token", "one"], (reply) => (heard = reply)).ask();
  assert.equal(heard, "10000 ms");
});

test("a server that needs longer is given longer", async (t) => {
  const given = [];
  t.mock.method(AbortSignal, "timeout", (milliseconds) => ({ aborted: given.push(milliseconds) < 6 }));
  globalThis.fetch = async (_, { signal }) => {
    if (signal.aborted) throw new DOMException("too late", "TimeoutError");
    return { ok: true, status: 200, json: async () => "seven" };
  };
  await new Asking(root, () => ["draw/token", "one"], () => {}).ask();
  assert.deepEqual(given, [10_000, 20_000, 40_000, 80_000, 80_000, 80_000]);
});

test("who asks nothing any more hears of no silence", async () => {
  const drawings = ["one", undefined];
  globalThis.fetch = async () => lost();
  const question = () => (drawings[0] ? ["draw/token", drawings.shift()] : undefined); // the sheet was cleared
  await new Asking(root, question, () => {}).ask();
  assert.deepEqual([place.hidden, patience], [true, undefined]);
});
