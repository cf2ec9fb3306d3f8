"""How long one waits for a start: for the page after `make run`, for the help, for a curve's first point after Train.

Run with `python -m benchmarks.startup`. Needs `make`, Chromium, and MNIST where MLP_DATA_DIR says or on disk. The
browser is open before any clock starts, and has never seen the page.
"""

import subprocess
import sys
from collections import defaultdict
from time import perf_counter
from typing import NamedTuple

from playwright.sync_api import Browser

from benchmarks import machine
from benchmarks.browser import PRESS, ROOT, app, chromium, row, serve, tab

ROUNDS = 5
DATASETS = {"digits": "digits", "mnist": "MNIST"}

CAN_PRESS = """(label) => [...document.querySelectorAll("button")].some(
  (button) => button.innerText.includes(label) && !button.disabled
)"""

# Plotly, 5 MB of script, runs once more in each new tab, and holds up whatever is pressed meanwhile.
IS_DRAWN = """() => document.querySelector('.mlp-live [data-chart="architecture"] .plot svg')"""

# Presses Train and waits until the accuracy chart has a point; returns the milliseconds between.
FIRST_POINT = """async () => {
  const button = [...document.querySelectorAll("button")].find((each) => each.innerText.includes("Train"));
  const panel = document.querySelector(".mlp-live");
  const begun = performance.now();
  const drawn = new Promise((resolve) => {
    const look = () => {
      if (!panel.querySelector('[data-chart="accuracy"] .scatterlayer .point')) return;
      watch.disconnect();
      requestAnimationFrame(() => resolve(performance.now() - begun));
    };
    const watch = new MutationObserver(look);
    watch.observe(panel, { subtree: true, childList: true, characterData: true, attributes: true });
  });
  button.click();
  return drawn;
}"""

Figures = defaultdict[str, list[float]]


def make_run(port: int) -> list[str]:
    """Return `make run` as on an installed machine: nothing to install, whatever changed since."""
    old = f"--old-file={sys.prefix}/.installed"
    return ["make", old, "run", f"VENV={sys.prefix}", "ADDRESS=127.0.0.1", f"PORT={port}"]


TARGETS = {"with Train": "≤ 4", "--help": "≤ 0.5", "first point": "≤ 1000", "": ""}  # by a part of the row's name
HELP = "`python -m mlp --help`, s"
STARTS = {"`make run`": make_run, "its server alone": serve}


def help_seconds() -> float:
    """Return how long the command line takes to say what it can do."""
    begun = perf_counter()
    subprocess.run([sys.executable, "-m", "mlp", "--help"], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return perf_counter() - begun


class Visit(NamedTuple):
    """What somebody sees who opens the page: moments of this process's clock, and milliseconds."""

    train: float  # when Train could be pressed
    drawn: float  # when the first chart was drawn as well
    first_point: float  # milliseconds from pressing Train then to a point of the curve


def visit(browser: Browser, url: str) -> Visit:
    """Open the page, train until the curve begins, and pause."""
    with tab(browser, url) as page:
        page.wait_for_function(CAN_PRESS, arg="Train")
        train = perf_counter()
        page.wait_for_function(IS_DRAWN)
        drawn = perf_counter()
        first_point: float = page.evaluate(FIRST_POINT)
        page.wait_for_function(CAN_PRESS, arg="Pause")
        page.evaluate(PRESS, ["Pause", "Paused"])  # or it trains on, and takes turns with the next one's run
    return Visit(train, drawn, first_point)


def measure(browser: Browser, start: str, dataset: str, figures: Figures) -> None:
    """Start the app and add what was waited for."""
    begun = perf_counter()
    with app(STARTS[start]) as url:
        page = f"{url}/?dataset={dataset}&epochs=10000"
        fresh, used = visit(browser, page), visit(browser, page)
    train, drawn = fresh.train - begun, fresh.drawn - begun
    figures[f"{start} to a page with Train, s"].append(train)
    figures[f"{start} to the first chart, s"].append(drawn)
    figures[f"Train to the first point, {DATASETS[dataset]}, server just started, ms"].append(fresh.first_point)
    figures[f"Train to the first point, {DATASETS[dataset]}, server in use, ms"].append(used.first_point)
    points = f"{fresh.first_point:.0f} ms, then {used.first_point:.0f} ms to a point"
    print(f"{start}, {dataset}: {train:.2f} s to Train, {drawn:.2f} s to a chart; {points}", flush=True)


def main() -> None:
    """Measure, and print a table."""
    figures: Figures = defaultdict(list)
    load = machine.load()
    with chromium() as browser:
        for _ in range(ROUNDS):
            for dataset in DATASETS:
                for start in STARTS:
                    measure(browser, start, dataset, figures)
                    figures[HELP].append(help_seconds())
    print(f"\nOthers' load before the start: {load}.\n")
    print("| measured from a start | median | nine of ten within | worst | target |")
    print("|---|---|---|---|---|")
    for name in sorted(figures, key=lambda name: name.startswith("Train")):
        print(row(name, figures[name], next(target for part, target in TARGETS.items() if part in name)))


if __name__ == "__main__":
    main()
