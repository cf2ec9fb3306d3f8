"""How long one waits for a search of 500 trials: until it is opened with its list and charts, and for its other views.

Run with `python -m benchmarks.search_page`. Needs Chromium.
"""

import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks import machine
from benchmarks.browser import app, chromium, print_rows, tab
from benchmarks.runs_page import FIRST_ROW, ROUNDS
from benchmarks.search import TASK
from benchmarks.ticks import made_up
from mlp import Model, advance, evaluate, initial_state, load_dataset
from mlp.search.search import Progress, Search
from mlp.search.searches import FINISHED
from mlp.store import Store, new_token
from mlp.training.checkpoint import Checkpoint, Status

TRIALS, REPORTS = 500, 60
LOOKED_SECONDS = 4  # at the Runs page before
REOPENED = 3  # times a round


def drawn(*charts: str) -> str:
    """Return the condition that these charts are there."""
    return " && ".join(f"""document.querySelector('[data-chart="{chart}"] .plot svg')""" for chart in charts)


VIEWS = {
    "Settings": drawn(*TASK.space.names),
    "Parallel coordinates": """[...document.querySelectorAll('[data-chart="parallel"]')]
        .some((chart) => chart.closest(".st-key-search_panel") && chart.querySelector(".plot svg"))""",
    "Progress": drawn("progress", "trials"),
}
OPENED = "the search opens: its list and its charts"
TARGETS = {OPENED: "≤ 1000"} | dict.fromkeys((f"its view {view}" for view in VIEWS), "")

# Presses a button and looks at each frame until all is there; returns the milliseconds.
PRESS = """async (label) => {{
  const button = [...document.querySelectorAll("button")].find((each) => each.innerText.includes(label));
  const begun = performance.now();
  button.click();
  while (!({there})) await new Promise(requestAnimationFrame);
  return performance.now() - begun;
}}"""


def fill(store: Store) -> None:
    """Store a search with its trials, each a run with a curve."""
    token, search = new_token(), Search(replace(TASK, trials=TRIALS, sampler="random"))
    dataset = load_dataset(search.plan.base.dataset)
    record = store.searches.begin(search.plan.to_json(), token)
    while search.wants_more:
        trial = search.begin_trial()
        assert trial
        model = Model(trial.config, dataset, initial_state(trial.config, dataset))
        _, report = advance(trial.config, dataset, model.state, 1)
        report = replace(report, validation=evaluate(trial.config, dataset, model.state))
        best = 1 - 0.1 * abs(trial.config.learning_rate - 0.1) ** 0.5
        values = {epoch: best - 1 / epoch for epoch in range(1, trial.config.epochs + 1)}
        trial = search.see(trial.number, Progress(Status.FINISHED, trial.config, values, 2.0))
        run_id = store.begin(Checkpoint(model), token, trial=(record.id, trial.to_json()))
        store.record(run_id, Checkpoint(model, Status.FINISHED, made_up(report, REPORTS).view()))
        store.release(run_id)
    store.searches.save(replace(record, status=FINISHED, seconds=1000.0))
    if not store.flush():
        raise RuntimeError(store.trouble)


def pressed(page: Page, label: str, there: str) -> float:
    """Press a button; return the milliseconds until a condition of the page holds."""
    milliseconds: float = page.evaluate(PRESS.format(there=there), label)
    return milliseconds


def measure(browser: Browser, store: str, figures: dict[str, list[float]]) -> None:
    """Start the app and add what was waited for."""
    with app(store=store) as url, tab(browser, url + "/?dataset=digits") as page:
        page.get_by_role("link", name="Runs", exact=True).click()
        page.wait_for_function(f"() => {FIRST_ROW}", polling="raf")
        page.wait_for_timeout(1000 * LOOKED_SECONDS)
        for _ in range(REOPENED):
            figures[OPENED].append(pressed(page, "Search:", f"{VIEWS['Progress']} && {FIRST_ROW}"))
            for view, there in VIEWS.items():
                figures[f"its view {view}"].append(pressed(page, view, there))
            page.get_by_role("button", name="Close", exact=True).click()
            page.locator(".st-key-search_panel").wait_for(state="detached")
    print("; ".join(f"{name}: {values[-1]:.0f} ms" for name, values in figures.items()), flush=True)


def main() -> None:
    """Measure, and print a table."""
    figures: dict[str, list[float]] = defaultdict(list)
    load = machine.load()
    with tempfile.TemporaryDirectory(prefix="mlp-benchmark-") as folder:
        address = f"sqlite:///{Path(folder) / 'runs.sqlite3'}"
        store = Store(address)
        fill(store)
        store.close()
        with chromium() as browser:
            for _ in range(ROUNDS):
                measure(browser, address, figures)
    print_rows(f"{TRIALS} trials of {REPORTS} reports. Others' load before the start: {load}.", figures, TARGETS)


if __name__ == "__main__":
    main()
