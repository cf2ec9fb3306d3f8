// Updates the live panel. Each call receives everything to show; only what was drawn is remembered.

import { showFirstLayer, withWeights } from "./first_layer.js";
import { HEADER, showHeader, showReached } from "./header.js";
import { themeOf, wait } from "../parts/plots.js";
import { Patience, get, poll, scriptEnds, showSilence } from "../parts/poll.js";
import { showPredictions } from "./predictions.js";
import { TIME, TimeSlider } from "./time.js";
import { TICK_MS, Turns } from "./turns.js";

const MARKUP = `<div class="panel">
  ${HEADER}
  <div class="body">
    <div class="course">
      <figure data-chart="architecture">
        <figcaption><h3></h3></figcaption><div class="place"><div class="plot"></div></div>
      </figure>
      <div class="curves" hidden>
        <figure data-chart="accuracy">
          <figcaption><h3></h3><small></small></figcaption><div class="place"><div class="plot"></div></div>
        </figure>
        <figure data-chart="loss"><figcaption><h3></h3></figcaption><div class="place"><div class="plot"></div></div></figure>
        ${TIME}
      </div>
      <figure data-chart="weights">
        <figcaption><h3></h3><small></small></figcaption><div class="place"><div class="plot"></div></div>
      </figure>
    </div>
    <div class="network">
      <figure data-chart="decisions">
        <figcaption><h3></h3><small></small></figcaption><div class="place"><div class="plot"></div></div>
      </figure>
      <figure data-chart="fit">
        <figcaption><h3></h3><small></small></figcaption><div class="place"><div class="plot"></div></div>
      </figure>
      <figure class="predictions">
        <figcaption><h3>Predictions</h3><small></small></figcaption>
        <ol class="cells" translate="no"></ol>
        <div class="rows" translate="no"><table><colgroup></colgroup><thead><tr></tr></thead><tbody></tbody></table></div>
      </figure>
      <figure class="first-layer">
        <figcaption>
          <h3>First layer</h3>
          <div class="scale" translate="no"><span></span><i></i><span></span></div>
          <small></small>
        </figcaption>
        <div class="units"><canvas></canvas></div>
        <p>It has not trained yet. As it trains, its weights may show what each unit looks for.</p>
      </figure>
    </div>
  </div>
  <p class="advice" role="status" hidden><button type="button"></button></p>
</div>`;

const PAST_TICK_MS = 1000; // of a run that goes on training while an earlier step is viewed
const ANSWER_TICK_MS = 30; // for as long after a control was used:
const ANSWER_MS = 250;
const LATE_MS = 4000; // how much later a busy server may answer a button
const LACKING_MS = 450; // for so long the next news may bring what rested
const SETTLED_MS = 300; // after which a step that is viewed is not on the way to another

export default function show(component, plotting) {
  const root = component.parentElement.querySelector(".mlp-live");
  if (!root.panel) {
    // Back from another page, Streamlit has a new place for the panel. It moves there, zoom included, instead of being rebuilt.
    if (latest && !latest.root.isConnected) latest.moveTo(root);
    else latest = new Panel(root, plotting);
    root.panel = latest;
  }
  root.panel.receive(component);
}

let latest; // panel

function stepOf(data) {
  return Number(data.status?.numbers.step.replaceAll(",", ""));
}

class Panel {
  constructor(root, plotting) {
    root.innerHTML = MARKUP;
    this.root = root;
    this.panel = root.firstElementChild;
    this.awaitedUntil = this.waited = this.heardAt = 0;
    this.turns = new Turns(this, plotting);
    this.time = new TimeSlider(this);
    this.listenToPage();
    this.find(".advice button").addEventListener("click", () => this.open("diagnosis"));
    this.observer = new ResizeObserver(() => {
      this.turns.hurry = true; // a chart that no longer fits can't wait
      this.redraw();
    });
    this.observer.observe(root);
    this.fitWindow();
    for (const box of root.querySelectorAll(".plot, .units")) this.observer.observe(box);
    new ResizeObserver(([{ target: { style }, contentRect: { width, height } }]) => {
      style.setProperty("--across", `${(width - 16) / 500}px`); // five cells with four gaps
      style.setProperty("--down", `${(height - 16) / 500}px`);
    }).observe(this.find(".cells"));
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  // The page's script sends the run and its status, so that panel and buttons change together; the feed sends all else,
  // or the script if the feed has failed. The step of the same run that is viewed stays. Unless `whole`, another view is
  // shown, which the script draws below the header and the time slider.
  receive({ data, setTriggerValue, setStateValue }) {
    const { run, feed, status, trouble, presenting, whole, viewed } = data;
    this.panel.classList.toggle("presenting", presenting);
    this.panel.classList.toggle("whole", whole);
    this.feed = feed;
    this.trigger = setTriggerValue;
    this.keep = setStateValue;
    this.awaitedUntil = 0;
    if (this.run !== run) this.time.stop((this.at = undefined));
    this.run = run;
    if (this.whole !== whole && this.data) Object.assign(this.data, { charts: undefined, version: "" });
    this.whole = whole;
    this.viewed = viewed?.run === run ? viewed.step : undefined;
    this.sendStep();
    if (data.charts && this.at === undefined) {
      this.show(data);
    } else if (this.data && this.at === undefined) {
      Object.assign(this.data, { status, trouble, version: "" });
      this.showStatus(status);
    }
    this.follow(status.kind, Boolean(data.charts));
  }

  // What was not requested stays as it is: charts and first layer that rest, with the numbers at their ends, and what is out of sight.
  show(data) {
    const before = this.data?.run === data.run ? this.data : {};
    if (data.version !== this.heard) {
      const now = performance.now();
      // How long the server had no news, in milliseconds; who skips steps, as on a busy machine, can't see each anyway.
      this.waited = stepOf(data) - stepOf(before) <= 1 ? now - (this.askedAt ?? now) : 0;
      Object.assign(this, { heard: data.version, heardAt: now, askedAt: undefined });
    }
    this.data = { ...before, ...data };
    if (data.charts) this.data.ends = data;
    else if (this.whole) this.data.version = "";
    this.redraw();
  }

  ask(question, signal) {
    return get(this.feed, this.whole ? question : { ...question, header: true }, signal);
  }

  // Asks the server for everything at once, and then, while the run trains, at most five times a second: the server answers
  // as soon as there is news. Of a run that rests, it asks whenever the page is seen again: another tab may have gone on
  // with it. After a control was used, it asks only for the status, but sooner. The page shows a new status.
  follow(kind, known) {
    this.following?.abort();
    const { signal } = (this.following = new AbortController());
    let at, brief;
    const due = async (asked) => {
      if (known && kind !== "running") await new Promise((seen) => (this.seen = seen));
      else await this.rest(known ? asked : -Infinity);
      return true;
    };
    const ask = (signal) => {
      ({ at } = this);
      brief = known && at === undefined && this.data && this.awaited();
      // Another run's charts must go, and the first curves come, at once.
      const rest = known && at === undefined && this.data?.charts?.accuracy && this.data.run === this.run && this.turns.resting();
      this.askedAt = brief ? undefined : (this.askedAt ?? performance.now());
      // Charts that rested come with the next news; if there is none for long, at once.
      const latest = performance.now() - this.heardAt < LACKING_MS ? this.heard : this.data?.version;
      const seen = (known && latest) || ""; // the first answer is whole: until there is one, this asks again at once
      return this.ask(brief ? { brief } : { seen, at: at ?? "", rest: rest || "" }, signal);
    };
    const hear = async (news) => {
      known ||= news !== undefined && !brief;
      if (news?.status.kind === kind) {
        if (brief) this.showStatus((this.data.status = news.status));
        else if (at === this.at) this.show(news);
      } else if (!this.awaited()) {
        // The page's answer to a button may be this status: not even that the script runs is known here on a busy server.
        while (this.pressed && performance.now() < this.awaitedUntil + LATE_MS && !signal.aborted) await wait(ANSWER_TICK_MS);
        await scriptEnds();
        if (!signal.aborted) this.trigger("status", news?.status.kind ?? "unknown"); // if the server failed, the page meets the error and shows it
        return false;
      }
      return true;
    };
    // If the server was restarted, its page is on the way.
    const gone = () => this.data || this.trigger("status", "unknown");
    poll({ root: this.root, signal, due, ask, hear, gone });
  }

  // Waits until it is time to ask again.
  async rest(asked) {
    const tick = this.awaited() ? ANSWER_TICK_MS : this.at === undefined ? TICK_MS : PAST_TICK_MS;
    const woken = new Promise((wake) => (this.wake = () => wake(ANSWER_TICK_MS)));
    const early = await Promise.race([wait(asked + tick - performance.now()), woken]);
    if (early) await wait(early);
    while (this.pressed && this.awaited()) await wait(this.awaitedUntil - performance.now());
  }

  // Whether a control was used so recently that its answer may be on the way.
  awaited() {
    return performance.now() < this.awaitedUntil;
  }

  // The panel fills the window below what is above it, such as a notice that comes and goes.
  fitWindow() {
    const page = this.root.closest('[data-testid="stMainBlockContainer"]');
    const scroller = this.root.closest('[data-testid="stMain"]');
    this.fitting?.disconnect();
    this.fitting = new ResizeObserver(() => {
      if (!this.root.isConnected) return;
      const above = Math.round(this.root.getBoundingClientRect().top + scroller.scrollTop);
      this.panel.style.setProperty("--above", `${above}px`);
    });
    this.fitting.observe(page);
  }

  // The page's script answers a button; a request to the feed would only delay it.
  listenToPage() {
    const used = ({ type, target }) => {
      if (this.root.contains(target)) return;
      const before = this.awaited();
      this.awaitedUntil = performance.now() + ANSWER_MS;
      const button = target.closest?.("button");
      this.pressed = Boolean(button);
      // Its tooltip would stay, and cover the numbers that are its answer.
      if (type === "click") button?.dispatchEvent(new PointerEvent("pointerout", { bubbles: true, pointerType: "mouse" }));
      if (!before && !this.pressed) this.wake?.();
    };
    document.addEventListener("keydown", ({ key, target }) => {
      if (key.toLowerCase() !== "w" || !this.panel.classList.contains("presenting")) return;
      if (!target.closest("input, textarea, select, [contenteditable=true]")) this.panel.classList.toggle("inside");
    });
    const seen = () => document.hidden || this.seen?.();
    document.addEventListener("visibilitychange", seen);
    window.addEventListener("focus", seen);
    for (const event of ["click", "input", "keydown"]) document.addEventListener(event, used, { capture: true, passive: true });
  }

  // Opens another view, perhaps at an example, for the step that is viewed.
  open(view, example = "") {
    this.sendStepNow();
    this.trigger("open", { view, example });
  }

  // Sends the page's script, which draws the other views, the step that is viewed, once it stays the same.
  sendStep() {
    clearTimeout(this.sending);
    if (!this.whole || !this.time.playing) this.sending = setTimeout(() => this.sendStepNow(), SETTLED_MS);
  }

  sendStepNow() {
    clearTimeout(this.sending);
    if (this.viewed !== this.at) this.keep("viewed", this.at === undefined ? null : { run: this.run, step: this.at });
  }

  // Shows the run at a step, or with undefined the present. Of several calls in a row the last counts. When the page's
  // script has sent another status, it asks again: an older one must not come back.
  async view(step) {
    this.at = step;
    this.sendStep();
    if (this.looking) return;
    this.looking = true;
    const patience = new Patience(() => this.root);
    for (let asked = null; asked !== this.at; ) {
      asked = this.at;
      const { signal } = this.following;
      patience.begin();
      try {
        const answer = await this.ask({ at: asked ?? "" }, signal);
        const data = await answer.json();
        patience.end();
        if (answer.ok && asked === this.at) {
          this.turns.hurry = true; // while dragging, everything is shown at once
          this.show(data);
        } else if (!answer.ok) {
          this.time.refuse(data.error);
        }
      } catch {
        patience.stop();
        if (!signal.aborted) {
          showSilence(this.root, true);
          break;
        }
        asked = null;
      }
    }
    this.looking = false;
  }

  // Draws the latest data at the next frame: a slow machine, or a hidden tab, skips ticks and never lags behind.
  // Charts follow once the frame is on the screen, so that a button's answer does not wait for them.
  redraw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      // What reads colors and sizes comes first: after a change, the browser would lay out the page to give them.
      const theme = themeOf(this.panel);
      if (!this.data || !theme) return;
      this.theme = theme.key === this.theme?.key ? this.theme : withWeights(theme);
      this.showStatus(this.data.status);
      if (!this.whole) this.showTime(this.data.time);
      if (!this.whole || !this.data.charts) return;
      showFirstLayer(this.find(".first-layer"), this.data.firstLayer, this.theme);
      showPredictions(this.find(".predictions"), this.data.predictions, (row) => this.open("mistakes", String(row)));
      this.turns.begin();
    });
  }

  moveTo(root) {
    this.observer.unobserve(this.root);
    root.replaceChildren(this.panel);
    this.root = root;
    this.observer.observe(root);
    this.fitWindow();
  }

  showStatus(status) {
    showHeader(this.panel, status, this.data);
    // While the network trains, and if they came with curves, the numbers change with these: all are of one step, and a
    // quantity has one number.
    const { charts, ends } = this.data;
    if (!charts?.accuracy || (status.kind !== "running" && status !== ends.status)) showReached(this.panel, status);
  }

  // Without the curves above it, the time slider needs no room before there are steps to view.
  showTime(time) {
    this.find(".curves").hidden = !time.steps.length;
    this.time.show(time);
  }
}
