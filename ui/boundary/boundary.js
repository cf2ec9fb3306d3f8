// Updates the boundary panel. Each call gets everything to show; only what was drawn is remembered.

import { showEditor } from "./editor.js";
import { answerAt, clamp, classes } from "./maps.js";
import { followPointer, showLinks, showUnits } from "./net.js";
import { showAdding, showDots, showPlane } from "./plane.js";
import { rgb, themeOf } from "../parts/plots.js";
import { bytes, levelColors } from "../parts/pixels.js";
import { SILENCE, every, get, poll, scriptEnds } from "../parts/poll.js";
import { STATUS, showNumbers, showStatus } from "../parts/status.js";

const MARKUP = `<div class="frame">
  <header>
    ${STATUS}
    <dl class="numbers" title="Current weights, all points."></dl>
    <p class="message" role="alert" hidden></p>
    <p class="trouble" role="alert" hidden></p>
    ${SILENCE}
  </header>
  <div class="stage">
    <div class="net" role="group" aria-label="The network, unit by unit">
      <svg class="links" aria-hidden="true"></svg>
      <div class="columns"></div>
      <p class="key">
        <span>Lines: weights. Wider: larger; dashed: negative.</span>
        <span class="outputs">Squares: output at each point, <i></i> from negative (dark) to positive (light).</span>
      </p>
    </div>
    <figure class="plane">
      <div class="picture">
        <canvas class="heat" role="img"></canvas>
        <canvas class="dots" aria-hidden="true"></canvas>
        <button type="button" class="spot"><i hidden></i></button>
      </div>
      <figcaption><span class="words"></span><span class="legend"></span></figcaption>
      <fieldset class="adding">
        <legend>Click to add a point:</legend>
        <button type="button" data-remove="last">Remove last added point</button>
        <button type="button" data-remove="all">Remove all added points</button>
      </fieldset>
    </figure>
  </div>
  <section class="editor" aria-live="polite" hidden><h3></h3><div class="weights"></div></section>
</div>`;

const TICK_MS = 150;
const STEP = 0.05; // by which an arrow key moves the cross

export default function show({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".mlp-boundary");
  root.panel ??= new Panel(root);
  root.panel.receive(data, setTriggerValue);
}

class Panel {
  constructor(root) {
    root.innerHTML = MARKUP;
    this.root = root;
    this.unit = undefined; // pointed at or focused
    this.pinned = undefined;
    this.cross = [0, 0];
    this.added = []; // points that the page has not confirmed yet, each with the time of its click
    this.listen();
    this.observer = new ResizeObserver(() => this.redraw());
    this.observer.observe(root);
    this.observer.observe(this.find(".picture"));
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  receive(data, trigger) {
    this.data = data;
    this.trigger = trigger;
    this.added = this.added.filter(([time]) => time > data.options.confirmed);
    this.show(data.content);
    this.follow(this.wanted()); // the page does not know which unit is pointed at
  }

  show(content) {
    this.content = content;
    this.redraw();
    // In the same frame, so that the curves always end at the panel's numbers.
    if (content?.curves) document.querySelector(".st-key-boundary_curves .mlp-board")?.board?.show(content.curves);
  }

  wanted() {
    return this.unit ?? this.pinned;
  }

  // Asks the server at once if it is due, and again and again while the network trains. There is one question at a time,
  // so that no answer can overtake a later one. A new status is for the page to show.
  follow(due) {
    this.following?.abort();
    if (!this.data.content) return;
    const { kind } = this.data.content.status;
    const { signal } = (this.following = new AbortController());
    const tick = every(TICK_MS);
    const ask = (signal) => {
      due = false;
      return get(this.data.feed, { seen: this.content.version, unit: this.wanted() ?? "" }, signal);
    };
    const hear = async (news) => {
      if (news?.status.kind !== kind) {
        await scriptEnds();
        if (!signal.aborted) this.trigger("status", news?.status.kind ?? "unknown");
        return false;
      }
      this.show(news);
      return true;
    };
    poll({ root: this.root, signal, due: (asked) => due || (kind === "running" && tick(asked)), ask, hear });
  }

  listen() {
    followPointer(this);
    const spot = this.find(".spot");
    spot.addEventListener("click", (event) => {
      const box = spot.getBoundingClientRect();
      const across = (event.clientX - box.left) / box.width;
      const down = (event.clientY - box.top) / box.height;
      // A click made by a key has no position.
      if (event.detail) this.cross = [(2 * across - 1) * this.data.extent, (1 - 2 * down) * this.data.extent];
      this.add();
    });
    spot.addEventListener("keydown", (event) => {
      const move = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] }[event.key];
      if (!move) return;
      event.preventDefault();
      event.stopPropagation(); // the page may use the arrow keys for something else
      this.cross = this.cross.map((place, axis) => clamp(place + move[axis], this.data.extent));
      this.showCross();
    });
    spot.addEventListener("focus", () => spot.matches(":focus-visible") && this.showCross());
    spot.addEventListener("blur", () => (spot.firstElementChild.hidden = true));
    for (const button of this.root.querySelectorAll("[data-remove]")) {
      button.addEventListener("click", () => this.trigger("did", { remove: button.dataset.remove }));
    }
    this.root.addEventListener("keydown", (event) => event.key === "Escape" && this.pin(undefined));
  }

  add() {
    const chosen = this.find(".adding input:checked");
    if (!chosen || chosen.value === "") return;
    const [x, y] = this.cross.map((place) => Math.round(100 * place) / 100);
    this.added.push([Math.max(Date.now(), 1 + (this.added.at(-1)?.[0] ?? 0)), x, y, Number(chosen.value)]);
    this.trigger("did", { points: this.added });
  }

  showCross() {
    const cross = this.find(".spot i");
    cross.hidden = false;
    const [across, down] = this.cross.map((place) => 50 * (1 + place / this.data.extent));
    cross.style.left = `${across}%`;
    cross.style.bottom = `${down}%`;
    this.find(".spot").setAttribute("aria-label", this.spotWords());
  }

  spotWords() {
    const { content } = this;
    const place = this.cross.map((part) => part.toFixed(2)).join(", ");
    const shares = this.cross.map((part) => (1 + part / this.data.extent) / 2);
    const answer = content && answerAt(bytes(content.plane), content.side, content.classes && content.outputs, shares);
    return `The plane, at ${place}${answer ? `: ${answer}` : ""}. Arrow keys move the cross; Enter adds a point.`;
  }

  point(unit) {
    if (this.unit === unit) return;
    this.unit = unit;
    this.redraw();
    this.follow(true);
  }

  pin(unit, row) {
    this.pinned = unit;
    this.redraw(() => row !== undefined && this.find(`.editor [data-row="${row}"]`)?.select());
    this.follow(true);
  }

  redraw(then) {
    this.after = then ?? this.after;
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      const theme = themeOf(this.root);
      if (!theme) return;
      this.takeTheme(theme);
      this.showStatus();
      showUnits(this);
      showPlane(this);
      showDots(this);
      showAdding(this);
      showLinks(this);
      showEditor(this);
      this.after?.();
      this.after = undefined;
    });
  }

  takeTheme({ colors, diverging, key }) {
    if (this.theme?.key === key) return;
    const signed = levelColors(diverging);
    // Only classes (and heights) have colors; all else has shades, from the darker of the theme's two to the lighter.
    const shades = [colors["--mlp-text"], colors["--mlp-background"]].sort((one, other) => rgb(one)[1] - rgb(other)[1]);
    const gray = levelColors(shades);
    ["low", "high"].forEach((end, index) => this.find(".frame").style.setProperty(`--${end}`, shades[index]));
    const shares = classes(colors).map((color) => levelColors([colors["--mlp-background"], color]));
    this.theme = { key, colors, gray, signed, shares };
    classes(colors).forEach((color, index) => this.find(".frame").style.setProperty(`--class-${index}`, color));
    this.drawnDots = undefined;
  }

  showStatus() {
    const { content } = this;
    this.find(".frame").classList.toggle("empty", !content); // keeps room for the network
    if (!content) return;
    const { kind, word, message, numbers } = content.status;
    showStatus(this.find(".frame"), kind, word, { message, trouble: content.trouble });
    showNumbers(this.root, numbers, {});
  }
}
