"""What the page is sent five times a second, and what it costs to make, against the length of a run's history."""

import json
import math
from dataclasses import replace
from statistics import median
from time import perf_counter

import numpy as np

from benchmarks.tables import table
from mlp import RunConfig, advance, initial_state, load_dataset
from mlp.engine import RunView, Status
from mlp.training import Model, Report, evaluate
from mlp.training.history import History
from ui.parts.view_options import ViewOptions
from ui.train.live import content

LENGTHS = (100, 1_000, 10_000, 100_000, 1_000_000)
REPEATS = 25


def made_up(report: Report, count: int) -> History:
    """Return a history whose curves fall and tremble as those of a run do."""
    history, rng = History(), np.random.default_rng(0)
    for index in range(count):
        loss = float(0.1 + 2 / (1 + index / 50) + 0.02 * rng.random())
        history.append(replace(report, progress=index / 100, train_loss=loss, train_accuracy=1 - loss / 3))
    return history


def main(quick: bool) -> str:
    """Return a Markdown table."""
    config = RunConfig(dataset="mnist", epochs=10_000)
    dataset = load_dataset(config.dataset)
    initial = initial_state(config, dataset)
    state, report = advance(config, dataset, initial, 100)
    report = replace(report, validation=evaluate(config, dataset, state))
    rows, first = [], math.nan
    for length in LENGTHS[: 3 if quick else None]:
        history = made_up(report, length)
        seconds, sent = [], ""
        for _ in range(REPEATS):
            # A new state each time, as while it trains: images of a state seen before would be cached.
            fresh = replace(state)
            begun = perf_counter()
            model = Model(config, dataset, fresh)
            view = RunView(model, Status.RUNNING, history.view(), samples_per_second=1e5, initial=initial)
            sent = json.dumps(content(view, ViewOptions()), separators=(",", ":"))
            seconds.append(perf_counter() - begun)
        first = median(seconds) if math.isnan(first) else first
        ratio = median(seconds) / first
        rows.append([f"{length:,}", f"{1000 * median(seconds):.2f} ms", f"{ratio:.2f}", f"{len(sent) / 1000:.1f} kB"])
        print(f"  {length:,} reports: {rows[-1][1]}", flush=True)
    return table(["reports", "a tick", "÷ the first", "sent"], rows)
