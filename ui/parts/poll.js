// Asks the server for news again and again, while a run trains.

import { wait } from "./plots.js";

const AGAIN_MS = 1000; // after a failure, or after the page's script was told: by then it has answered
const SILENT_MS = 5000; // without an answer, after which a panel says so

const SHOWN_MS = 30; // in which the browser shows what the script has sent

// A panel has this where it says so. Streamlit notices a lost connection only once it is closed, which may take minutes.
export const SILENCE = `<p class="silence" role="alert" hidden>
  No answer from the server: what is shown may be old. Check the network connection.
</p>`;

// `due(asked)` waits until it is time for the next question, and returns whether there is one; `asked` is when the last
// one was, or when this began. After a lost connection, it is asked again whatever is due. `ask(signal)` returns a
// Response. `hear(news)` shows the news; they are undefined if the server failed. It returns false, or a promise of that,
// if the page's script, which it told, must show them.
// Ends when the signal is aborted, the element leaves the page, or the server no longer knows what is asked for: `gone`.
export async function poll({ root, signal, due, ask, hear, gone = () => {} }) {
  const patience = new Patience(() => root, signal);
  patience.end(); // nothing is waited for yet
  let failed = false; // the last question: then it is asked again, whatever is due
  for (let asked = performance.now(); failed || (await due(asked)); ) {
    if (signal.aborted || !root.isConnected) return;
    asked = performance.now();
    let answer, news;
    patience.begin();
    try {
      answer = await ask(signal);
      if (answer.ok && answer.status !== 204) news = await answer.json();
    } catch {
      failed = true; // no connection
      await wait(AGAIN_MS);
      continue;
    }
    failed = false;
    patience.end();
    if (answer.status === 404) return gone();
    if (answer.status !== 204 && !(await hear(news))) await wait(AGAIN_MS);
  }
}

// Patience with the server, from the first question that it has not answered until it answers; it is over for who asks
// no more: the signal is aborted. `root()` is the panel, which may have another element by then.
export class Patience {
  constructor(root, signal) {
    Object.assign(this, { root, signal });
  }

  begin() {
    this.later ??= setTimeout(() => this.signal?.aborted || showSilence(this.root(), true), SILENT_MS);
  }

  end() {
    this.stop();
    showSilence(this.root(), false);
  }

  // Waits no more, whether or not the server answers others.
  stop() {
    clearTimeout(this.later);
    this.later = undefined;
  }
}

// Says in a panel, if it has a place for that, whether the server is silent.
export function showSilence(root, isSilent) {
  const place = root.querySelector(".silence");
  if (place) place.hidden = !isSilent;
}

// Waits while the page's script runs, or is asked to: what it is about to show may be the very news. When the server was
// busy, panels asked for a second run of the script that was on its way.
export async function scriptEnds() {
  const runs = () => document.querySelector("[data-test-script-state=running], [data-test-script-state=rerunRequested]");
  do await wait(SHOWN_MS);
  while (runs());
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
