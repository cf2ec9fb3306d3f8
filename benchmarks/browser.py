"""The page in a real browser: how often it changes, how soon a control answers, and what watching costs the training.

Run with `python -m benchmarks.browser`. Needs Chromium, and MNIST where MLP_DATA_DIR says or on disk.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60.0
SETTINGS = "/?dataset=mnist&epochs=10000"
ROUNDS = 4
TURNS = 16  # of watching and looking away, in each round: short ones, since a machine has faster and slower minutes
WATCHED_SECONDS = 1.5
BETWEEN_LOOKS = 0.004  # seconds
LOOK_MS = 500

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

# Watches for the sentence about what waits for a restart to come or go; `window.moved` as above.
WATCH_NOTICE = """() => {
  const told = () => Boolean(document.querySelector(".st-key-waiting")?.textContent.includes("to apply:"));
  const before = told();
  window.moved = new Promise((resolve) => {
    let begun;
    window.addEventListener("keydown", () => (begun = performance.now()), { once: true, capture: true });
    const look = () => told() !== before && (watch.disconnect(), resolve(performance.now() - begun));
    const watch = new MutationObserver(look);
    watch.observe(document.body, { childList: true, subtree: true, attributes: true });
  });
}"""

# Opens or closes a part of the sidebar and waits until what is in it has come or gone; returns the milliseconds.
FOLD = """async ([part, within]) => {
  const summary = [...document.querySelectorAll("summary")].find((each) => each.textContent.includes(part));
  const drawn = () => document.body.textContent.includes(within);
  const before = drawn(), begun = performance.now();
  const answered = new Promise((resolve) => {
    const look = () => drawn() !== before && (watch.disconnect(), resolve(performance.now() - begun));
    const watch = new MutationObserver(look);
    watch.observe(document.body, { childList: true, subtree: true });
  });
  summary.click();
  return answered;
}"""

STEP = """() => [
  performance.now(),
  Number(document.querySelector('.mlp-live [data-name="step"] dd').textContent.replaceAll(",", "")),
]"""


def serve(port: int) -> list[str]:
    """Return the command that starts the app's server."""
    options = [f"--server.port={port}", "--server.address=127.0.0.1"]
    return [sys.executable, "-m", "streamlit", "run", "app.py", *options]


@contextlib.contextmanager
def app(command: Callable[[int], list[str]] = serve, store: str = "") -> Iterator[str]:
    """Run the app on a free port of this machine; yield the address once it prints it.

    `store` is the address of the store to use; otherwise it gets its own.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="mlp-benchmark-"))
        # Its own process group: everything the command starts ends with it.
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
    """Open an address in a fresh browser context: nothing is remembered or cached."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(url)
    page.wait_for_function("() => document.querySelector('.mlp-live .state span')")  # looks at each frame
    yield page
    page.close()


def slider_answers(page: Page, label: str, key: str, watch: str) -> float:
    """Press a key on a slider; return the milliseconds until what is watched has changed."""
    slider = page.locator(f'input[type="range"][aria-label="{label}"]')
    slider.focus()
    page.evaluate(watch)
    slider.press(key)
    milliseconds: float = page.evaluate("() => window.moved")
    return milliseconds


def preset_answers(page: Page) -> tuple[float, float]:
    """Choose the next preset but one, and go back; return the milliseconds until the page says what waits."""
    preset = page.get_by_role("combobox", name="Preset")
    undo = page.get_by_role("button", name="Undo", exact=True)
    preset.focus()
    preset.press("ArrowDown")
    preset.press("ArrowDown")
    page.get_by_role("option").nth(2).wait_for()
    page.evaluate(WATCH_NOTICE)
    page.keyboard.press("Enter")
    chosen: float = page.evaluate("() => window.moved")
    undo.focus()
    page.evaluate(WATCH_NOTICE)
    undo.press("Enter")
    undone: float = page.evaluate("() => window.moved")
    return chosen, undone


def moment(feed: str) -> tuple[float, int]:
    """Return when a run's step changes next, in seconds, and the step; `feed` is where its panel asks."""

    def step() -> int:
        with urllib.request.urlopen(feed) as answer:
            return int(json.load(answer)["status"]["numbers"]["step"].replace(",", ""))

    before = step()
    while (now := step()) == before:
        time.sleep(BETWEEN_LOOKS)
    return time.perf_counter(), now


def speed(page: Page, feed: str) -> float:
    """Return the steps a second of a run, for as long as is watched, whatever the page shows meanwhile."""
    begun, first = moment(feed)
    page.wait_for_timeout(1000 * WATCHED_SECONDS)
    ended, last = moment(feed)
    return (last - first) / (ended - begun)


def watched_and_not(page: Page) -> Iterator[tuple[float, float, float]]:
    """Watch a run, and look away, by turns; yield steps a second with and without the page, and changes a second."""
    with page.expect_request(lambda request: "/live/" in request.url) as asked:
        feed = asked.value.url.partition("?")[0]
    page.evaluate(COUNT_CHANGES)
    tools = page.context.new_cdp_session(page)
    for _ in range(TURNS):
        counted, begun = page.evaluate("() => window.changes"), time.perf_counter()
        with_page = speed(page, feed)
        changes = (page.evaluate("() => window.changes") - counted) / (time.perf_counter() - begun)
        tools.send("Debugger.enable")
        tools.send("Debugger.pause")  # the page asks and draws nothing
        without = speed(page, feed)
        tools.send("Debugger.resume")
        tools.send("Debugger.disable")
        yield with_page, without, changes


def row(name: str, figures: Sequence[float], target: str) -> str:
    """Return a row of the table; the larger a figure, the worse."""
    middle, late, worst = (abs(float(np.quantile(figures, share))) for share in (0.5, 0.9, 1))
    return f"| {name} | {middle:.3g} | {late:.3g} | {worst:.3g} | {target} |"


def print_rows(about: str, figures: Mapping[str, Sequence[float]], targets: Mapping[str, str]) -> None:
    """Print what was waited for, in milliseconds."""
    print(f"\n{about}\n")
    print("| milliseconds until it is on the screen | median | nine of ten within | worst | target |")
    print("|---|---|---|---|---|")
    for name, target in targets.items():
        print(row(name, figures[name], target))


def main() -> None:
    """Measure, and print a table."""
    answers: list[float] = []
    slides: list[float] = []
    notices: list[float] = []
    presets: list[float] = []
    returns: list[float] = []
    folds: list[float] = []
    watched_speeds: list[float] = []
    unwatched_speeds: list[float] = []
    changes: list[float] = []
    for _ in range(ROUNDS):
        with app() as url, chromium() as browser, tab(browser, url + SETTINGS) as page:
            page.evaluate(PRESS, ["Train", "Training"])
            page.wait_for_function(f"() => ({STEP})()[1] > 2000")
            for with_page, without, seen in watched_and_not(page):
                watched_speeds.append(with_page)
                unwatched_speeds.append(without)
                changes.append(seen)
                share = f"{with_page:,.0f} of {without:,.0f} steps/s = {with_page / without:.1%}"
                print(f"speed {share}; {seen:.1f} changes a second", flush=True)
            for _ in range(4):
                answers.append(page.evaluate(PRESS, ["Pause", "Paused"]))
                answers.append(page.evaluate(PRESS, ["Resume", "Training"]))
                for key in ("ArrowLeft", "ArrowRight"):
                    slides.append(slider_answers(page, "Learning rate", key, WATCH_RATE))
                    notices.append(slider_answers(page, "Units in layer 1", key, WATCH_NOTICE))
            for _ in range(4):
                chosen, undone = preset_answers(page)
                presets.append(chosen)
                returns.append(undone)
                for _ in range(2):
                    folds.append(page.evaluate(FOLD, ["Curves", "X axis"]))
                    page.wait_for_timeout(LOOK_MS)  # somebody looks at what has unfolded
    print()
    print("| measured in Chromium, while MNIST trains | median | nine of ten within | worst | target |")
    print("|---|---|---|---|---|")
    print(row("changes on screen a second", [-each for each in changes], "≥ 4"))  # of these, fewer is worse
    print(row("a button answers, ms", answers, "≤ 200"))
    print(row("a slider that acts at once answers, ms", slides, "≤ 200"))
    print(row("a slider of the network answers (the whole page), ms", notices, "≤ 200"))
    print(row("a preset answers, ms", presets, "≤ 200"))
    print(row("its Undo answers, ms", returns, "≤ 200"))
    print(row("a part of the sidebar unfolds or folds, ms", folds, "≤ 200"))
    pairs = [with_page / without for with_page, without in zip(watched_speeds, unwatched_speeds, strict=True)]
    shares = " | ".join(f"{each:.1%}" for each in (statistics.median(pairs), np.quantile(pairs, 0.1), min(pairs)))
    print(f"| speed with the page ÷ without, by turns | {shares} | ≥ 95 % |")


if __name__ == "__main__":
    main()
