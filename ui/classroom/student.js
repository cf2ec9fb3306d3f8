// What the class has to say to a student: it asks for news every two seconds, and counts down.

import { write } from "../parts/plots.js";
import { every, get, poll } from "../parts/poll.js";

const NEWS_MS = 2000;

export default function show({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".mlp-class");
  root.leave?.();
  const leaving = new AbortController();
  const { signal } = leaving;
  const ends = performance.now() + 1000 * (data.left ?? 0);
  const say = () => sayWithTime(root, data.message, data.left === null ? null : (ends - performance.now()) / 1000);
  say();
  root.classList.toggle("looking", data.looking);
  if (data.looking) addEventListener("keydown", swallow, { capture: true, signal });
  const ticking = data.left === null ? undefined : setInterval(say, 1000);
  root.leave = () => {
    leaving.abort();
    clearInterval(ticking);
  };
  const ask = () => get(data.feed, { seen: data.version }, signal);
  const hear = (news) => {
    if (news) setStateValue("version", news.version); // the page draws it
    return !news;
  };
  // Taken off the wall, a page comes back when it is used. When a click ends: earlier, what is drawn above the page would
  // move it away from below the pointer.
  const comeBack = () => setStateValue("version", "");
  const gone = () => {
    for (const used of ["pointerup", "keydown"]) addEventListener(used, comeBack, { capture: true, once: true, signal });
  };
  poll({ root, signal, due: every(NEWS_MS), ask, hear, gone });
  return root.leave;
}

// What is covered hears no keys either; those of the browser, such as F5, do what they always do.
function swallow(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || /^F\d/.test(event.key)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

// Shows words and, unless it is null, how many seconds are left, in a line as student.py and wall.js make it. Screen readers
// announce the words when they change; a timer, which changes each second, waits until somebody goes to it.
export function sayWithTime(line, words, left) {
  const [status, timer] = line.children;
  write(status, words);
  write(timer, words && left !== null ? `${clock(left)} left.` : "");
  line.hidden = !words;
}

// Seconds as "1:05", or, from one hour, as "2:03:00".
export function clock(seconds) {
  const whole = Math.max(Math.ceil(seconds), 0);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return (parts[0] ? parts : parts.slice(1)).map((part, place) => String(part).padStart(place && 2, "0")).join(":");
}
