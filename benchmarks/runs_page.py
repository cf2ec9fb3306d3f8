"""How long one waits for the Runs page with 500 stored runs of 1,000 reports each, and for its table to be sorted.

Run with `python -m benchmarks.runs_page`. Needs Chromium.
"""

import tempfile
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from itertools import cycle, islice, product
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

from benchmarks import machine
from benchmarks.browser import app, chromium, print_rows, tab
from benchmarks.ticks import made_up
from mlp import RunConfig, advance, initial_state, load_dataset
from mlp.store import Store, new_token
from mlp.training import Checkpoint, Model, Status, evaluate

RUNS, REPORTS = 500, 1_000
CHOSEN = 6
ROUNDS = 5
REOPENED = 3  # times a round
LOOKED_SECONDS = 4  # at the Train page before

FIRST, LATER, NEW, KNOWN, SORTED = (
    "Runs opens, the first time after the server's start and some seconds on the Train page",
    "Runs opens, later",
    f"a link to {CHOSEN} runs opens in a browser that was never there",
    "the same link opens in another tab of that browser",
    "the table is sorted by a column",
)
TARGETS = {FIRST: "≤ 1000", LATER: "≤ 1000", NEW: "", KNOWN: "", SORTED: "≤ 200"}

# The table is a canvas: the pixels of its first row show whether a row is drawn, and which one.
FIRST_ROW = """(() => {
  const canvas = document.querySelector('[data-testid="stDataFrame"] canvas');
  const scale = canvas?.width / canvas?.clientWidth;
  const pixels = canvas?.clientWidth && canvas.getContext("2d").getImageData(200 * scale, 40 * scale, 400, 20).data;
  return pixels?.some((value, place) => value !== pixels[place % 4]) ? pixels.join() : "";
})()"""
PARALLEL = """document.querySelector('[data-chart="parallel"] .plot svg')"""
CURVES = """document.querySelector('[data-chart="accuracy"] .plot svg')"""

# Follows the link and looks at each frame until all is there; returns the milliseconds.
OPEN = f"""async () => {{
  const link = [...document.querySelectorAll('[data-testid="stSidebarNavLink"]')]
    .find((each) => each.textContent.includes("Runs"));
  const begun = performance.now();
  link.click();
  while (!({PARALLEL} && {FIRST_ROW})) await new Promise(requestAnimationFrame);
  return performance.now() - begun;
}}"""

# From the press on a column's heading until another run is in the first row.
WATCH_FIRST_ROW = f"""() => {{
  const before = {FIRST_ROW};
  window.sorted = new Promise((resolve) => {{
    let begun;
    window.addEventListener("pointerup", () => (begun = performance.now()), {{ once: true, capture: true }});
    const look = () => {{
      if (begun && {FIRST_ROW} !== before) resolve(performance.now() - begun);
      else requestAnimationFrame(look);
    }};
    look();
  }});
}}"""


def fill(store: Store) -> list[str]:
    """Store runs of many settings whose curves are as long as is asked for; return their names."""
    dataset, token = load_dataset("digits"), new_token()
    config = RunConfig(dataset="digits", hidden=(16,), epochs=REPORTS // 38 + 1)
    state, report = advance(config, dataset, initial_state(config, dataset), 1)
    report = replace(report, validation=evaluate(config, dataset, state))
    history = made_up(report, REPORTS).view()
    settings = product(("sgd", "adam", "momentum"), (0.003, 0.01, 0.03, 0.1), (16, 32, 64, 128))
    ids = []
    for seed, (optimizer, rate, batch) in enumerate(islice(cycle(settings), RUNS)):
        own = replace(config, optimizer=optimizer, learning_rate=rate, batch_size=batch, seed=seed)
        model = Model(own, dataset, state)
        ids.append(store.begin(Checkpoint(model), token))
        store.record(ids[-1], Checkpoint(model, Status.FINISHED, history))
        store.release(ids[-1])
    if not store.flush():
        raise RuntimeError(store.trouble)
    return ids


def opened(page: Page) -> float:
    """Go to the Runs page; return the milliseconds until its table and charts are drawn."""
    milliseconds: float = page.evaluate(OPEN)
    return milliseconds


def link_opens(context: BrowserContext, url: str) -> float:
    """Open a link in a new tab; return the milliseconds until everything is drawn."""
    page = context.new_page()
    page.goto(url)
    page.wait_for_function(f"() => {PARALLEL} && {CURVES} && {FIRST_ROW}", polling="raf")
    milliseconds: float = page.evaluate("() => performance.now()")  # since the tab went there
    page.close()
    return milliseconds


def sorts(page: Page, place: int) -> float:
    """Click on a column's heading; return the milliseconds until the table is in another order."""
    table = page.get_by_test_id("stDataFrame").first
    page.evaluate(WATCH_FIRST_ROW)
    table.click(position={"x": place, "y": 17})
    milliseconds: float = page.evaluate("() => window.sorted")
    return milliseconds


def measure(browser: Browser, store: str, ids: list[str], figures: Mapping[str, list[float]]) -> None:
    """Start the app and add what was waited for."""
    with app(store=store) as url:
        with tab(browser, url + "/?dataset=digits") as page:
            page.wait_for_function("() => document.querySelector('.mlp-live .plot svg')")
            page.wait_for_timeout(1000 * LOOKED_SECONDS)
            figures[FIRST].append(opened(page))
            for _ in range(REOPENED):
                page.get_by_role("link", name="Train", exact=True).click()
                page.locator(".mlp-live .plot svg").first.wait_for()
                figures[LATER].append(opened(page))
            figures[SORTED] += [sorts(page, place) for place in (660, 730, 660)]
        context = browser.new_context(viewport={"width": 1280, "height": 720})
        for name in (NEW, KNOWN):
            figures[name].append(link_opens(context, f"{url}/runs?runs={','.join(ids[:CHOSEN])}"))
        context.close()
    print("; ".join(f"{name}: {values[-1]:.0f} ms" for name, values in figures.items()), flush=True)


def main() -> None:
    """Measure, and print a table."""
    figures: dict[str, list[float]] = defaultdict(list)
    load = machine.load()
    with tempfile.TemporaryDirectory(prefix="mlp-benchmark-") as folder:
        address = f"sqlite:///{Path(folder) / 'runs.sqlite3'}"
        store = Store(address)
        ids = fill(store)
        store.close()
        with chromium() as browser:
            for _ in range(ROUNDS):
                measure(browser, address, ids, figures)
    print_rows(f"{RUNS} runs of {REPORTS:,} reports. Others' load before the start: {load}.", figures, TARGETS)


if __name__ == "__main__":
    main()
