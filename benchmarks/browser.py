"""The page in a real browser: how often it changes, how soon a control answers, and what watching costs the training.

Run with `python -m benchmarks.browser`. Needs Chromium, and MNIST where MLP_DATA_DIR says or on disk.
"""

import contextlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = "/?dataset=mnist&epochs=10000"
ROUNDS = 6
WATCHED_SECONDS = 8.0

# Counts how often the number of steps changes. Charts change beside it, at other moments.
COUNT_CHANGES = """() => {
  window.changes = 0;
  const watch = new MutationObserver(() => window.changes++);
  const steps = document.querySelector('.mlp-live [data-name="step"] dd');
  watch.observe(steps, { subtree: true, childList: true, characterData: true });
}"""

# Presses a button and waits until the panel's status word is another one; returns the milliseconds between.
PRESS = """async ([label, word]) => {
  const button = [...document.querySelectorAll("button")].find((each) => each.innerText.includes(label));
  const state = document.querySelector(".mlp-live .state span");
  const begun = performance.now();
  const answered = new Promise((resolve) => {
    const look = () => state.textContent === word && (watch.disconnect(), resolve(performance.now() - begun));
    const watch = new MutationObserver(look);
    watch.observe(state, { childList: true, characterData: true, subtree: true });
  });
  button.click();
  return answered;
}"""

# Watches for the learning rate in the panel to become another; `window.moved` is then the milliseconds since the key.
WATCH_RATE = """() => {
  const rate = document.querySelector('.mlp-live [data-name="learning rate"] dd');
  window.moved = new Promise((resolve) => {
    let begun;
    window.addEventListener("keydown", () => (begun = performance.now()), { once: true, capture: true });
    const look = () => (watch.disconnect(), resolve(performance.now() - begun));
    const watch = new MutationObserver(look);
    watch.observe(rate, { childList: true, characterData: true, subtree: true });
  });
}"""

STEP = """() => [
  performance.now(),
  Number(document.querySelector('.mlp-live [data-name="step"] dd').textContent.replaceAll(",", "")),
]"""

# The same run without a page: the engine alone, looked at once a second so that it does not pause.
UNWATCHED = """
import sys, threading
from mlp import RunConfig
from mlp.engine import Engine
from time import perf_counter
if __name__ == "__main__":
    seconds, tick = float(sys.argv[1]), threading.Event()
    engine = Engine()
    run = engine.open(RunConfig(dataset="mnist", epochs=10_000))
    run.start()
    while run.view().state.step < 2000:
        tick.wait(0.01)
    def mark():
        step = run.view().state.step
        while run.view().state.step == step:
            tick.wait(0.002)
        return perf_counter(), run.view().state.step
    begun, first = mark()
    tick.wait(seconds)
    ended, last = mark()
    print((last - first) / (ended - begun))
    engine.close()
"""


@contextlib.contextmanager
def app() -> Iterator[str]:
    """Run the app on a free port of this machine, and end it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    options = [f"--server.port={port}", "--server.address=127.0.0.1"]
    process = subprocess.Popen(command + options, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                break
            if time.monotonic() > deadline:
                raise TimeoutError("The app was not ready after 60 s.")
        yield url
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def tab(url: str) -> Iterator[Page]:
    """Open the app in a browser."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    arguments = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(url)
        page.locator(".mlp-live .state span").wait_for()
        yield page
        browser.close()


def slider_answers(page: Page, key: str) -> float:
    """Press a key on the learning rate's slider; return the milliseconds until the panel shows the new rate."""
    slider = page.locator('input[type="range"][aria-label="Learning rate"]')
    slider.focus()
    page.evaluate(WATCH_RATE)
    slider.press(key)
    milliseconds: float = page.evaluate("() => window.moved")
    return milliseconds


def unwatched_speed() -> float:
    """Return steps a second without a page."""
    command = [sys.executable, "-c", UNWATCHED, str(WATCHED_SECONDS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return float(done.stdout)


def watched(page: Page) -> tuple[float, float]:
    """Return steps a second, and changes on screen a second, of a run that the page shows."""
    page.evaluate(COUNT_CHANGES)
    begun, first = page.evaluate(STEP)
    page.wait_for_timeout(1000 * WATCHED_SECONDS)
    ended, last = page.evaluate(STEP)
    seen = page.evaluate("() => window.changes")
    seconds = (ended - begun) / 1000
    return (last - first) / seconds, seen / seconds


def main() -> None:
    """Measure, and print a table."""
    answers: list[float] = []
    slides: list[float] = []
    watched_speeds: list[float] = []
    unwatched_speeds: list[float] = []
    changes: list[float] = []
    for _ in range(ROUNDS):
        alone = unwatched_speed()
        with app() as url, tab(url + SETTINGS) as page:
            page.evaluate(PRESS, ["Train", "Training"])
            page.wait_for_function(f"() => ({STEP})()[1] > 2000")
            speed, seen = watched(page)
            for _ in range(4):
                answers.append(page.evaluate(PRESS, ["Pause", "Paused"]))
                answers.append(page.evaluate(PRESS, ["Train", "Training"]))
                slides.append(slider_answers(page, "ArrowLeft"))
                slides.append(slider_answers(page, "ArrowRight"))
        watched_speeds.append(speed)
        unwatched_speeds.append(alone)
        changes.append(seen)
        print(
            f"speed {speed:,.0f} of {alone:,.0f} steps/s = {speed / alone:.1%}; {seen:.1f} changes a second", flush=True
        )
    print()
    print("| measured in Chromium, while MNIST trains | median | nine of ten within | worst | target |")
    print("|---|---|---|---|---|")
    for name, figures, target in (
        ("changes on screen a second", [-each for each in changes], "≥ 4"),  # of these, fewer is worse
        ("a button answers, ms", answers, "≤ 200"),
        ("a slider answers, ms", slides, "≤ 200"),
    ):
        middle, late, worst = (abs(float(np.quantile(figures, share))) for share in (0.5, 0.9, 1))
        print(f"| {name} | {middle:.3g} | {late:.3g} | {worst:.3g} | {target} |")
    # Speeds differ more from one start to the next than by being watched: medians are compared, not pairs.
    share = statistics.median(watched_speeds) / statistics.median(unwatched_speeds)
    worst = min(watched_speeds) / max(unwatched_speeds)
    print(f"| speed with the page ÷ without | {share:.1%} | | {worst:.1%} | ≥ 95 % |")


if __name__ == "__main__":
    main()
