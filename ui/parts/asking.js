// Asks a route about what a person changes: one question at a time, and the latest last.

import { wait } from "./plots.js";

const TICK_MS = 100; // between two questions while a person changes something
const FOLLOW_MS = 600; // while nobody does and the network is training
const AGAIN_MS = 1000; // after a failure

export class Asking {
  // `question()` returns the address and the body that is sent there, undefined if there is nothing to ask. `hear(reply)`
  // shows a reply. `lose()` is called if the element has left the page: nothing is asked until it is back.
  constructor(root, question, hear, lose = () => {}) {
    Object.assign(this, { root, question, hear, lose });
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
        const reply = await answer(...question);
        if (reply) this.hear(reply);
        else {
          await wait(AGAIN_MS);
          this.wanted = true;
        }
      }
    } finally {
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
}

// What the route answers; undefined without a connection, which Streamlit shows.
async function answer(address, body) {
  try {
    const found = await fetch(new URL(address, document.baseURI), { method: "POST", body, cache: "no-store" });
    return found.status === 404 ? { error: "The server has restarted. Reload this page." } : await found.json();
  } catch {
    return undefined;
  }
}
