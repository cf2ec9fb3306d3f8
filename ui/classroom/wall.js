// The wall: a tile for each student, brought up to date every second.

import { write } from "../parts/plots.js";
import { SILENCE, every, get, poll } from "../parts/poll.js";
import { sayWithTime } from "./student.js";

const LOOK_MS = 1000;
const HIGH = 1000; // of a curve: tiles.py
const EMPTY = "Nobody has opened the class's address yet. Press Join to show it.";
const MARKUP = `${SILENCE}<p class="headline" hidden><span role="status"></span> <span role="timer"></span></p>
<p class="empty" hidden>${EMPTY}</p><ol></ol>`;
const TILE = `<button type="button">
  <span class="top" translate="no"><strong></strong><b></b></span>
  <span class="place"></span>
  <svg viewBox="0 0 ${HIGH} ${HIGH}" preserveAspectRatio="none" aria-hidden="true"><polyline/></svg>
  <span class="state"></span>
  <span class="settings"></span>
  <span class="changed"></span>
</button>`;

export default function show({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".mlp-wall");
  root.wall ??= new Wall(root);
  return root.wall.receive(data, setStateValue, setTriggerValue);
}

class Wall {
  constructor(root) {
    root.innerHTML = MARKUP;
    this.root = root;
    this.list = root.querySelector("ol");
    this.tiles = new Map(); // by the student's number
    this.content = { tiles: [], headline: "", left: null };
  }

  receive(data, setStateValue, setTriggerValue) {
    this.choose = (number) => setTriggerValue("chosen", number);
    this.order = data.order;
    this.leaving?.abort();
    const leaving = (this.leaving = new AbortController());
    const observer = new ResizeObserver(() => this.fit());
    observer.observe(document.documentElement);
    leaving.signal.addEventListener("abort", () => observer.disconnect());
    if (this.known) this.draw();
    const hear = (content) => {
      if (!content) return false;
      this.known = true;
      this.content = content;
      this.draw();
      if (content.version !== data.version) setStateValue("version", content.version); // the buttons have changed
      return content.version === data.version;
    };
    const due = async (asked) => !this.known || every(LOOK_MS)(asked);
    const ask = async (signal) => {
      const answer = await get(data.feed, {}, signal);
      if (answer.status === 409) this.sayAbove((await answer.json()).error, null); // until the next answer
      return answer;
    };
    poll({ root: this.root, signal: leaving.signal, due, ask, hear });
    return () => leaving.abort();
  }

  draw() {
    const { tiles, headline, left } = this.content;
    this.sayAbove(headline, left);
    this.root.querySelector(".empty").hidden = tiles.length > 0;
    const ordered = sorted(tiles, this.order);
    const there = new Set(tiles.map(({ number }) => number));
    for (const [number, tile] of this.tiles) if (!there.has(number)) tile.remove();
    this.tiles = new Map(ordered.map((student) => [student.number, this.tile(student)]));
    const elements = [...this.tiles.values()];
    if (elements.some((element, index) => this.list.children[index] !== element)) this.rearrange(elements);
    this.fit();
  }

  // A tile that has the focus keeps it.
  rearrange(elements) {
    const focused = document.activeElement;
    this.list.replaceChildren(...elements);
    if (this.list.contains(focused)) focused.focus({ preventScroll: true });
  }

  sayAbove(words, left) {
    sayWithTime(this.root.querySelector(".headline"), words, left);
  }

  tile(student) {
    const tile = this.tiles.get(student.number) ?? this.makeTile(student.number);
    const find = (name) => tile.querySelector(name);
    tile.dataset.kind = student.kind;
    tile.classList.toggle("away", student.away);
    write(find("strong"), student.name);
    write(find("b"), student.shown ?? "");
    const { place, best_shown: best, test_shown: test } = student; // perhaps of an earlier network than all the rest
    write(find(".place"), place ? `#${place} · best ${best}${test && `, test ${test}`}` : "");
    write(find(".state"), [student.word, student.epoch].filter(Boolean).join(" · "));
    write(find(".settings"), student.settings ?? "");
    write(find(".changed"), student.changed);
    tile.title = [student.name, student.epoch && `epoch ${student.epoch}`, student.settings, student.changed].filter(Boolean).join("\n");
    const points = (student.curve ?? []).map(([x, y]) => `${x},${HIGH - y}`).join(" ");
    if (find("polyline").getAttribute("points") !== points) find("polyline").setAttribute("points", points);
    return tile;
  }

  makeTile(number) {
    const tile = Object.assign(document.createElement("li"), { innerHTML: TILE });
    tile.firstElementChild.addEventListener("click", () => this.choose(number));
    return tile;
  }

  // All tiles are in sight; on a phone they scroll.
  fit() {
    const { width } = this.root.getBoundingClientRect();
    const height = innerHeight - this.list.getBoundingClientRect().top - scrolled(this.root) - MARGIN;
    if (!this.tiles.size || !width) return;
    const { columns, tall, size } = width > PHONE ? layout(this.tiles.size, width, height) : ON_PHONE;
    this.root.style.setProperty("--columns", columns);
    this.root.style.setProperty("--height", `${tall}px`);
    this.root.style.setProperty("--size", `${size}px`);
  }
}

const SHAPE = 1.35; // a tile's width by its height, at best
const LOWEST = 90; // pixels
const LARGEST = 26; // letters; on a wide screen more
const WIDE = 1176;
const MARGIN = 16;
const PHONE = 640;
const ON_PHONE = { columns: 2, tall: 126, size: 14 };

// The number of columns that makes tiles largest while all are in sight, how tall they are, and the size of letters.
export function layout(count, width, height) {
  let best = { columns: 1, room: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const tall = height / Math.ceil(count / columns);
    const room = Math.min(width / columns, tall * SHAPE);
    if (room > best.room) best = { columns, tall, room };
  }
  return { columns: best.columns, tall: Math.max(best.tall, LOWEST), size: Math.min(best.room / 10, LARGEST * Math.max(width / WIDE, 1)) };
}

const scrolled = (root) => root.closest('[data-testid="stMain"]')?.scrollTop ?? 0;
// By name; or by the places in a challenge, else by the latest score, equals by name.
export function sorted(tiles, order) {
  return [...tiles].sort(order === "name" ? byName : byScore);
}

const byName = (one, other) => one.name.localeCompare(other.name, undefined, { numeric: true });

function byScore(one, other) {
  const places = [one.place ?? Infinity, other.place ?? Infinity];
  if (places[0] !== places[1]) return places[0] - places[1];
  const scores = [one.score ?? -Infinity, other.score ?? -Infinity];
  return scores[0] === scores[1] ? byName(one, other) : scores[1] - scores[0];
}
