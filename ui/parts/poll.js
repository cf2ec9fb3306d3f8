// Asks the server for news again and again, while a run trains.

import { wait } from "./plots.js";

const AGAIN_MS = 1000; // after a failure, or after the page's script was told: by then it has answered

// `due(asked)` waits until it is time for the next question, and returns whether there is one; `asked` is when the last
// one was, or when this began. `ask(signal)` returns a Response. `hear(news)` shows the news; they are undefined if the server failed. It
// returns false if the page's script, which it told, must show them.
// Ends when the signal is aborted, the element leaves the page, or the server no longer knows what is asked for: `gone`.
export async function poll({ root, signal, due, ask, hear, gone = () => {} }) {
  for (let asked = performance.now(); await due(asked); ) {
    if (signal.aborted || !root.isConnected) return;
    asked = performance.now();
    let answer, news;
    try {
      answer = await ask(signal);
      if (answer.ok && answer.status !== 204) news = await answer.json();
    } catch {
      await wait(AGAIN_MS); // no connection; Streamlit says so
      continue;
    }
    if (answer.status === 404) return gone();
    if (answer.status !== 204 && !hear(news)) await wait(AGAIN_MS);
  }
}

// A `due` for a question every so often, while the page can be seen.
export function every(milliseconds) {
  return async (asked) => {
    await wait(asked + milliseconds - performance.now());
    while (document.hidden) await wait(milliseconds);
    return true;
  };
}

// Asks an address, which may have a query already, with more parameters.
export function get(address, question, signal) {
  const place = new URL(address, document.baseURI);
  for (const [name, value] of Object.entries(question)) place.searchParams.set(name, value);
  return fetch(place, { signal, cache: "no-store" });
}
