// Asks a route about what a person changes: one question at a time, and the latest last.

import { wait } from "./plots.js";
import { Patience } from "./poll.js";

const TICK_MS = 100; // between two questions while a person changes something
const FOLLOW_MS = 600; // while nobody does and the network is training
const AGAIN_MS = 1000; // after a failure
const DEADLINE_MS = 10_000; // after which a question has failed: a lost connection may swallow it without a word
const LONGEST_MS = 80_000; // for a slow server: each question that was too early doubles the time for the next

export class Asking {
  // `question()` returns the address and the body that is sent there, undefined if there is nothing to ask. `hear(reply)`
  // shows a reply; until there is one, the latest question is asked again. `lose()` is called if the element has left the page: nothing is asked until it is back.
  constructor(root, question, hear, lose = () => {}) {
    Object.assign(this, { root, question, hear, lose, deadline: DEADLINE_MS, patience: new Patience(() => this.root) });
  }

  // Asks once, and once more if something was changed in the meantime.
  async ask() {
    this.wanted = true;
    if (this.busy) return;
    this.busy = true;
    this.rest();
    try {
      while (this.wanted && this.root.isConnected) {
        await wait((this.askedAt ?? 0) + TICK_MS - performance.now());
        this.wanted = false;
        this.askedAt = performance.now();
        const question = this.question();
        if (!question) break;
        this.patience.begin();
        const reply = await this.answer(...question);
        if (reply) {
          this.patience.end();
          this.hear(reply);
        } else {
          await wait(AGAIN_MS);
          this.wanted = true;
        }
      }
    } finally {
      this.patience.end();
      this.busy = false;
    }
    if (!this.root.isConnected) this.lose();
  }

  // Asks again in a while, if the network is training.
  follow(running) {
    this.rest();
    if (!running) return;
    this.later = setTimeout(() => {
      if (!this.root.isConnected) this.lose();
      else if (document.hidden) this.follow(running);
      else this.ask();
    }, FOLLOW_MS);
  }

  rest() {
    clearTimeout(this.later);
  }

  // What the route answers; undefined without an answer, or if the server does not know this address: it has restarted, or
  // the connection was lost, and the page that comes back has another one.
  async answer(address, body) {
    const signal = AbortSignal.timeout(this.deadline);
    try {
      const found = await fetch(new URL(address, document.baseURI), { method: "POST", body, cache: "no-store", signal });
      const reply = found.status === 404 ? undefined : await found.json();
      this.deadline = DEADLINE_MS;
      return reply;
    } catch {
      if (signal.aborted) this.deadline = Math.min(2 * this.deadline, LONGEST_MS);
      return undefined;
    }
  }
}
