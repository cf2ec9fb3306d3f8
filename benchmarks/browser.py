"""The page in a real browser: how often it changes, how soon a control answers, and what watching costs the training.

Run with `python -m benchmarks.browser`. Needs Chromium, and MNIST where MLP_DATA_DIR says or on disk.
"""

import contextlib
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60.0
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


def serve(port: int) -> list[str]:
    """Return the command that starts the app's server."""
    options = [f"--server.port={port}", "--server.address=127.0.0.1"]
    return [sys.executable, "-m", "streamlit", "run", "app.py", *options]


@contextlib.contextmanager
def app(command: Callable[[int], list[str]] = serve, store: str = "") -> Iterator[str]:
    """Run the app on a free port of this machine; yield the address once it prints it.

    `store` is the address of the store to use; otherwise it gets one of its own.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="mlp-benchmark-"))
        # A group of its own: whatever the command starts ends with it.
        process = stack.enter_context(
            subprocess.Popen(
                command(port),
                cwd=ROOT,
                env=os.environ | {"MLP_STORE": store or f"sqlite:///{folder}/runs.sqlite3"},
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                process_group=0,
            )
        )
        stack.callback(end, process)
        impatience = threading.Timer(START_SECONDS, end, [process])
        impatience.start()
        stack.callback(impatience.cancel)
        if not any(f":{port}" in line for line in process.stdout or ()):
            raise RuntimeError(
                f"{' '.join(command(port))} ended, or did not print its address in {START_SECONDS:.0f} s."
            )
        impatience.cancel()
        yield f"http://127.0.0.1:{port}"


def end(process: subprocess.Popen[str]) -> None:
    """Ask a process and all it started to end, as closing the terminal does."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    arguments = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@contextlib.contextmanager
def tab(browser: Browser, url: str) -> Iterator[Page]:
    """Open an address as somebody who was never there: nothing is remembered or at hand."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(url)
    page.locator(".mlp-live .state span").wait_for()
    yield page
    page.close()


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


def row(name: str, figures: Sequence[float], target: str) -> str:
    """Return a row of the table; the larger a figure, the worse."""
    middle, late, worst = (abs(float(np.quantile(figures, share))) for share in (0.5, 0.9, 1))
    return f"| {name} | {middle:.3g} | {late:.3g} | {worst:.3g} | {target} |"


def main() -> None:
    """Measure, and print a table."""
    answers: list[float] = []
    slides: list[float] = []
    watched_speeds: list[float] = []
    unwatched_speeds: list[float] = []
    changes: list[float] = []
    for _ in range(ROUNDS):
        alone = unwatched_speed()
        with app() as url, chromium() as browser, tab(browser, url + SETTINGS) as page:
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
    print(row("changes on screen a second", [-each for each in changes], "≥ 4"))  # of these, fewer is worse
    print(row("a button answers, ms", answers, "≤ 200"))
    print(row("a slider answers, ms", slides, "≤ 200"))
    # Speeds differ more from one start to the next than by being watched: medians are compared, not pairs.
    share = statistics.median(watched_speeds) / statistics.median(unwatched_speeds)
    worst = min(watched_speeds) / max(unwatched_speeds)
    print(f"| speed with the page ÷ without | {share:.1%} | | {worst:.1%} | ≥ 95 % |")


if __name__ == "__main__":
    main()
