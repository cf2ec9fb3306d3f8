// The network's answer on a tab: what it predicts, how sure it is, and a bar for each class.

import { write } from "../parts/plots.js";
import { SILENCE } from "../parts/poll.js";

const MOST_BARS = 10; // of many classes, those with the highest probabilities

// Returns the answer's HTML, with what else is said below the prediction.
export const answerBox = (more) => `<div class="answer">
  <p class="said"><output aria-label="Answer" aria-live="polite" translate="no"></output><span class="sure"></span></p>
  ${more}
  <p class="trouble" role="alert" hidden></p>
  ${SILENCE}
  <ol class="bars" aria-label="Probabilities" translate="no"></ol>
</div>`;

// Shows the probability of each class; without any, the words for `nothing`.
export function showProbabilities(root, names, shares, nothing = "") {
  const best = shares.indexOf(Math.max(...shares));
  say(root, names[best] ?? nothing, best < 0 ? "" : `${percent(shares[best])} sure`);
  const drawn = mostLikely(names.length, shares);
  const bars = root.querySelector(".bars");
  if (bars.children.length !== drawn.length) bars.innerHTML = "<li><b></b><i></i><span></span></li>".repeat(drawn.length);
  [...bars.children].forEach((row, place) => {
    const index = drawn[place];
    row.className = index === best ? "best" : "";
    row.style.setProperty("--share", shares[index] ?? 0);
    write(row.firstChild, names[index]);
    write(row.lastChild, best < 0 ? "" : percent(shares[index]));
  });
}

// The classes that have a bar, in their own order: so bars do not change places while somebody draws.
export function mostLikely(count, shares) {
  const ranked = [...Array(count).keys()].sort((one, other) => (shares[other] ?? 0) - (shares[one] ?? 0));
  return ranked.slice(0, MOST_BARS).sort((one, other) => one - other);
}

// Shows a predicted number.
export function showNumber(root, number, what) {
  say(root, number, what);
  root.querySelector(".bars").replaceChildren();
}

// Shows a warning in its place, or hides that if there are no words.
export function warn(root, place, words) {
  const banner = root.querySelector(place);
  banner.hidden = !words;
  write(banner, words);
}

function say(root, prediction, sure) {
  write(root.querySelector("output"), prediction);
  write(root.querySelector(".sure"), sure);
}

const percent = (share) => `${share > 0.995 ? "> 99" : Math.round(100 * share)} %`;
