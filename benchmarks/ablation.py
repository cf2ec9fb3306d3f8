"""What each technique of the preset "As good as an MLP gets" buys on MNIST: alone, and left out of the preset.

Training it all takes 33 minutes: each finished run is a line of `ablation.jsonl`, and is not trained again.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean, median, stdev
from time import process_time
from typing import Any, NamedTuple

from threadpoolctl import threadpool_limits

from benchmarks.tables import table
from mlp.config import RunConfig
from mlp.datasets import load_dataset
from mlp.presets import PRESETS
from mlp.training import advance, evaluate, initial_state, steps_left

EPOCHS = 10  # in place of the preset's 160
SEEDS = range(1, 4)
RUNS = Path(__file__).with_name("ablation.jsonl")
# What the preset is without any technique, by name of the setting.
PLAIN: Mapping[str, Any] = {
    "initializer": "xavier",
    "optimizer": "sgd",
    "schedule": "constant",
    "label_smoothing": 0,
    "shift": 0,
    "rotation": 0,
    "scaling": 0,
    "shear": 0,
    "elastic": 0,
}
# Techniques of the preset, with their settings.
USED: Mapping[str, Sequence[str]] = {
    "He's initial weights": ["initializer"],
    "Nesterov momentum": ["optimizer"],
    "One-cycle schedule": ["schedule"],
    "Shift, rotation, scaling, shear": ["shift", "rotation", "scaling", "shear"],
    "Elastic": ["elastic"],
    "Label smoothing": ["label_smoothing"],
}
# Techniques that the preset goes without.
OTHERS: Mapping[str, Mapping[str, Any]] = {
    "Weight averaging 0.999": {"averaging": 0.999},
    "Batch normalization": {"batch_norm": True},
    "Dropout 0.2": {"dropout": 0.2},
}


class Outcome(NamedTuple):
    """A finished run."""

    validation: float  # accuracies after the last epoch
    test: float
    seconds: float  # of the processor, in one thread


def train(config: RunConfig) -> Outcome:
    """Train to the end, and measure."""
    dataset, started = load_dataset(config.dataset), process_time()
    state = initial_state(config, dataset)
    state, _ = advance(config, dataset, state, steps_left(config, dataset, state))
    seconds = process_time() - started
    accuracies = [evaluate(config, dataset, state, split).accuracy for split in ("validation", "test")]
    return Outcome(accuracies[0], accuracies[1], seconds)


def configs(best: RunConfig) -> Iterator[tuple[str, str, RunConfig]]:
    """Yield what is trained: the technique, its place in the table, and the settings."""
    plain = replace(best, **PLAIN)
    yield "None", "alone", plain
    yield "The preset", "in the preset", best
    for name, settings in USED.items():
        yield name, "alone", replace(plain, **{setting: getattr(best, setting) for setting in settings})
        yield name, "left out", replace(best, **{setting: PLAIN[setting] for setting in settings})
    for name, values in OTHERS.items():
        yield name, "alone", replace(plain, **values)
        yield name, "added", replace(best, **values)


def finished() -> dict[RunConfig, Outcome]:
    """Return the runs that are kept."""
    runs = map(json.loads, RUNS.read_text().splitlines())
    return {RunConfig.from_json(json.dumps(run["config"])): Outcome(**run["outcome"]) for run in runs}


def train_missing(best: RunConfig) -> None:
    """Train and keep what is not there yet: all techniques with one seed, before the next."""
    kept = finished()
    for seed in SEEDS:
        for name, place, config in configs(best):
            one = replace(config, seed=seed)
            if one in kept:
                continue
            outcome = train(one)
            with RUNS.open("a") as file:
                file.write(json.dumps({"config": json.loads(one.to_json()), "outcome": outcome._asdict()}) + "\n")
            print(f"  {name}, {place}, seed {seed}: {outcome.test:.2%} in {outcome.seconds:.0f} s", flush=True)


def cell(outcomes: list[Outcome]) -> str:
    """Return the mean test accuracy of some seeds ± their standard deviation, and how many there are."""
    if not outcomes:
        return "not run"
    accuracies = [100 * outcome.test for outcome in outcomes]
    spread = f" ± {stdev(accuracies):.2f}" if len(accuracies) > 1 else ""
    return f"{mean(accuracies):.2f}{spread} % ({len(accuracies)})"


def report(best: RunConfig) -> str:
    """Return the table of all runs that are kept."""
    runs = finished()
    cells: dict[str, dict[str, list[Outcome]]] = {}
    for name, place, config in configs(best):
        found = (runs.get(replace(config, seed=seed)) for seed in SEEDS)
        cells.setdefault(name, {})[place] = [outcome for outcome in found if outcome]
    rows = []
    for name, places in cells.items():
        others = [place for place in places if place != "alone"]
        changed = f"{others[0]}: {cell(places[others[0]])}" if others else ""
        alone = cell(places["alone"]) if "alone" in places else ""
        seconds = [outcome.seconds for outcomes in places.values() for outcome in outcomes]
        rows.append([name, alone, changed, f"{median(seconds):.0f} s" if seconds else "–"])
    return table(["technique", "alone, test (seeds)", "with the others, test (seeds)", "a run"], rows)


def main(quick: bool) -> str:
    """Train what is missing, unless it must be quick; return the table."""
    best = replace(PRESETS["best"].config("mnist"), epochs=EPOCHS)
    if not quick:
        with threadpool_limits(1, user_api="blas"):
            train_missing(best)
    return report(best)
