"""What each technique of the preset "As good as an MLP gets" buys on MNIST: alone, and left out of the preset.

    python -m benchmarks.ablation RUNS.jsonl [--epochs N] [--seeds N] [--only TEXT]

Training it all takes hours: each finished run is a line of RUNS.jsonl, and what is there is not trained again. The
table is made of the runs that are there, and says how many. Accuracies are those of the test set after the last
epoch; nothing was chosen by them.
"""

import argparse
import json
import os
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


def finished(path: Path) -> dict[RunConfig, Outcome]:
    """Return the runs that are there."""
    lines = path.read_text().splitlines() if path.exists() else []
    return {RunConfig.from_json(json.dumps(run["config"])): Outcome(**run["outcome"]) for run in map(json.loads, lines)}


def cell(outcomes: list[Outcome]) -> str:
    """Return the mean test accuracy of some seeds ± their standard deviation, and how many there are."""
    if not outcomes:
        return "not run"
    accuracies = [100 * outcome.test for outcome in outcomes]
    spread = f" ± {stdev(accuracies):.2f}" if len(accuracies) > 1 else ""
    return f"{mean(accuracies):.2f}{spread} % ({len(accuracies)})"


def report(best: RunConfig, seeds: range, runs: Mapping[RunConfig, Outcome]) -> str:
    """Return the table of all runs that are there."""
    cells: dict[str, dict[str, list[Outcome]]] = {}
    for name, place, config in configs(best):
        found = (runs.get(replace(config, seed=seed)) for seed in seeds)
        cells.setdefault(name, {})[place] = [outcome for outcome in found if outcome]
    rows = []
    for name, places in cells.items():
        others = [place for place in places if place != "alone"]
        changed = f"{others[0]}: {cell(places[others[0]])}" if others else ""
        seconds = [outcome.seconds for outcomes in places.values() for outcome in outcomes]
        rows.append(
            [
                name,
                cell(places["alone"]) if "alone" in places else "",
                changed,
                f"{median(seconds):.0f} s" if seconds else "–",
            ]
        )
    return table(["technique", "alone, test (seeds)", "with the others, test (seeds)", "a run"], rows)


def main() -> None:
    """Train what is missing, and print the table."""
    os.environ.setdefault("MLP_DATA_DIR", str(Path(__file__).resolve().parents[2] / "shared" / "data"))
    best = PRESETS["best"].config("mnist")
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablation", description=__doc__)
    parser.add_argument("runs", type=Path, metavar="RUNS.jsonl", help="where finished runs are kept")
    parser.add_argument("--epochs", type=int, default=best.epochs)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default="", metavar="TEXT", help="train only techniques whose name contains this")
    arguments = parser.parse_args()
    best, seeds = replace(best, epochs=arguments.epochs), range(1, arguments.seeds + 1)
    with threadpool_limits(1, user_api="blas"):
        for seed in seeds:  # all techniques with one seed, before the next
            for name, place, config in configs(best):
                one = replace(config, seed=seed)
                if arguments.only not in name or one in finished(arguments.runs):
                    continue
                outcome = train(one)
                line = {"config": json.loads(one.to_json()), "outcome": outcome._asdict()}
                with arguments.runs.open("a") as file:
                    file.write(json.dumps(line) + "\n")
                print(f"{name}, {place}, seed {seed}: {outcome.test:.2%} in {outcome.seconds:.0f} s", flush=True)
    print(report(best, seeds, finished(arguments.runs)))


if __name__ == "__main__":
    main()
