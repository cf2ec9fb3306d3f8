"""How soon each tab of a run is drawn after a click, while two runs of MNIST keep both cores busy.

Run with `python -m benchmarks.views`. Needs Chromium, and MNIST where MLP_DATA_DIR says or on disk.
"""

import contextlib
import random
import re
import threading
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from playwright.sync_api import Browser, Page

from benchmarks import machine
from benchmarks.browser import PRESS, SETTINGS, STEP, app, chromium, row, tab

RUNS = 2
BEGUN_STEPS = 2000
ROUNDS = 4  # starts of the server
TURNS = 5  # visits to each view a start
WATCH_SECONDS = 5.0
LOOK_MS = (500, 2500)
TARGET = "≤ 300"


class View(NamedTuple):
    """What is on the page once a view is drawn."""

    charts: tuple[str, ...] = ()
    also: str = "true"  # a condition on the page


EXAMPLES = "document.querySelector('.mlp-gallery li')"
VIEWS = {
    "Draw": View(also="document.querySelector('.mlp-draw .sheet canvas')?.width > 300"),
    "Mistakes": View(("scores", "calibration"), f"document.querySelector('.mlp-confusion td') && {EXAMPLES}"),
    "Weights": View(("outgoing", "layer0", "layer1", "layer2"), "document.querySelector('.mlp-units canvas')"),
    "Diagnosis": View(also="document.querySelector('[data-testid=stMain]').textContent.includes('Checked for')"),
    "Projection": View(("projection2",)),
    "Robustness": View(("right", "degrees", "size", "noise", "covered"), EXAMPLES),
}
DRAWN = "a drawing is answered"

# Presses a view's button and looks at each frame until all that is in sight is drawn, and then until all is;
# returns the milliseconds of both.
OPEN = """async ([name, charts, also]) => {
  const main = document.querySelector("[data-testid=stMain]");
  const button = [...main.querySelectorAll('[role="radio"]')].find((each) => each.textContent.includes(name));
  const stands = new Function(`return ${also}`);
  const drawn = (chart, whole) => {
    const figure = document.querySelector(`[data-chart="${chart}"]`);
    if (!figure || figure.querySelector(".plot svg")) return figure;
    const { top, bottom } = figure.getBoundingClientRect();
    return !whole && (bottom <= 0 || top >= innerHeight);
  };
  const begun = performance.now();
  button.click();
  const until = async (whole) => {
    while (!stands() || !charts.every((chart) => drawn(chart, whole))) await new Promise(requestAnimationFrame);
    return performance.now() - begun;
  };
  return [await until(false), await until(true)];
}"""

# From the first touch of the sheet until the network says something of it.
WATCH_ANSWER = """() => {
  const said = document.querySelector('.mlp-draw output');
  window.answered = new Promise((resolve) => {
    let begun;
    document.querySelector(".mlp-draw canvas")
      .addEventListener("pointerdown", () => (begun = performance.now()), { once: true, capture: true });
    const look = () => (said.textContent !== "–" ? resolve(performance.now() - begun) : requestAnimationFrame(look));
    look();
  });
}"""


def start_run(browser: Browser, url: str) -> str:
    """Start a run of MNIST that trains as fast as it can; return its name."""
    with tab(browser, url + SETTINGS) as page:
        page.evaluate(PRESS, ["Train", "Training"])
        page.wait_for_function(f"() => ({STEP})()[1] > {BEGUN_STEPS}")
        found = re.search(r"[?&]run=(\w+)", page.url)
    assert found
    return found[1]


@contextlib.contextmanager
def watched(url: str, runs: list[str]) -> Iterator[None]:
    """Look at runs now and then, so that they do not pause."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(WATCH_SECONDS):
            with urllib.request.urlopen(f"{url}/curves?runs={','.join(runs)}&seen="):
                pass

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def opens(page: Page, view: str) -> tuple[float, float]:
    """Go to a view; return the milliseconds until it is drawn as far as it is in sight, and in whole."""
    in_sight, whole = page.evaluate(OPEN, [view, *VIEWS[view]])
    return in_sight, whole


def answers(page: Page) -> float:
    """Draw a stroke; return the milliseconds until the network has said something."""
    box = page.locator(".mlp-draw .sheet canvas").bounding_box()
    assert box
    page.evaluate(WATCH_ANSWER)
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.8 * box["height"], steps=4)
    page.mouse.up()
    milliseconds: float = page.evaluate("() => window.answered")
    page.get_by_role("button", name="Clear", exact=True).click()
    return milliseconds


def main() -> None:
    """Measure, and print a table."""
    first: dict[str, list[float]] = defaultdict(list)
    later: dict[str, list[float]] = defaultdict(list)
    whole: dict[str, list[float]] = defaultdict(list)
    load, looks = machine.load(), random.Random(0)
    for _ in range(ROUNDS):
        with app() as url, chromium() as browser:
            runs = [start_run(browser, url) for _ in range(RUNS)]
            with watched(url, runs):
                page = browser.new_page(viewport={"width": 1280, "height": 720})
                page.goto(f"{url}/?run={runs[0]}&view=mistakes")
                page.locator(".mlp-gallery li").first.wait_for()
                for turn in range(TURNS):
                    for view in VIEWS:
                        in_sight, all_of_it = opens(page, view)
                        (later if turn else first)[view].append(in_sight)
                        if turn:
                            whole[view].append(all_of_it)
                        if view == "Draw":
                            (later if turn else first)[DRAWN].append(answers(page))
                        # Somebody looks. The next click falls anywhere between two redraws of the view.
                        page.wait_for_timeout(looks.uniform(*LOOK_MS))
        print("; ".join(f"{name} {max(values[1 - TURNS :]):.0f}" for name, values in later.items()), flush=True)
    print(f"\nTwo runs of MNIST train meanwhile. Others' load before the start: {load}.\n")
    print("| ms from the click until all that is in sight is drawn | median | nine of ten within | worst | target |")
    print("|---|---|---|---|---|")
    for name in (*VIEWS, DRAWN):
        print(row(name, later[name], TARGET))
    for name in (*VIEWS, DRAWN):
        print(row(f"{name}, the first time in a tab", first[name], ""))
    for name in VIEWS:
        if whole[name] != later[name]:
            print(row(f"{name}, with all that is out of sight", whole[name], ""))


if __name__ == "__main__":
    main()
