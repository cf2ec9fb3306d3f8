"""Measure everything, or the parts named: `python -m benchmarks [--quick] [part …]`.

A full run writes `benchmarks/results.md` and `docs/benchmarks.svg`. A quick run, or one of some parts, only prints;
with `--write`, the parts replace their sections of `benchmarks/results.md`.
"""

import argparse
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from benchmarks import (
    ablation,
    breakdown,
    chart,
    cluster,
    crowd,
    engine,
    estimators,
    growth,
    keeping,
    machine,
    memory,
    options,
    own_data,
    report,
    search,
    steps,
    ticks,
    time_to_98,
    trials,
)

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"  # real MNIST, where a developer has it


class Part(NamedTuple):
    """One row of the table: a section of the results."""

    title: str
    about: str
    main: Callable[[bool], str]  # given whether to be quick, returns its tables


PARTS = {
    "mnist98": Part("Time to 98 % on MNIST", "A fresh Python, data on disk.", time_to_98.main),
    "growth": Part("How a step's time grows", "SGD, one thread.", growth.main),
    "options": Part("What each option costs", "784–512–512–10, batch 128, SGD, one thread, by turns.", options.main),
    "engine": Part("The engine's cost", "A lone run on an engine; negative is noise.", engine.main),
    "crowd": Part(
        "Many runs on one engine",
        "Two workers, no page, no store: examples a second over those of two bare processes that call `advance`.",
        crowd.main,
    ),
    "cluster": Part(
        "Training on a cluster",
        "Dask's scheduler and workers on this machine, MNIST, 784–100–200–10. Simulated workers return at once what a "
        "quantum of a second would; times are of the processor, for each quantum.",
        cluster.main,
    ),
    "keeping": Part("What keeping runs costs", "The engine with an SQLite store and without, by turns.", keeping.main),
    "ticks": Part("What the page is sent", "MNIST, a new state each time.", ticks.main),
    "memory": Part("Memory", "784–100–200–10, SGD, after eight seconds of training.", memory.main),
    "breakdown": Part("Where a step's time goes", "784–100–200–10, batch 32, one thread.", breakdown.main),
    "estimators": Part(
        "The estimators beside scikit-learn's",
        "`MLPClassifier` of each, by turns, in one thread: seconds of the processor, and the mean accuracy on the "
        "validation set.",
        estimators.main,
    ),
    "search": Part(
        "Searching",
        "Seconds of the processor, one thread. An ordinary trial: MNIST, 784–100–200–10, five epochs. The task of the "
        "second table: digits, 40 trials of 16 epochs over rate, optimizer, layers, batch and dropout; mean over five "
        "searches.",
        search.main,
    ),
    "trials": Part(
        "Trials a minute",
        "MNIST, three epochs, 16 random trials of rate, optimizer, one or two layers of 32 to 256 units, batch and "
        "dropout, on two cores; ours with its engine and store. Three searches, by turns.",
        trials.main,
    ),
    "ablation": Part(
        "What each technique buys",
        f'The preset "As good as an MLP gets" on MNIST: 784–1000–500–10, batch 128, {ablation.EPOCHS} epochs in place '
        "of the preset's 160. Mean ± standard deviation of the test accuracy after the last epoch. *Alone*: added to "
        "plain SGD at the same rate, 0.1, with Xavier's initial weights and nothing else. *Left out* and *added*: the "
        "preset without it, or with it. *A run*: seconds of the processor in one thread, median of all runs of the "
        "row. Nothing was chosen by these figures. Finished runs are kept in `ablation.jsonl` and not trained again.",
        ablation.main,
    ),
    "own": Part("Your own data", "The preview and the import of a table, each in a fresh process.", own_data.main),
}
MACHINE = "The machine of the last full run"
STEPS = Part(
    "A training step",
    "Ours counts with everything it reports. Ratios above 1 mean that ours is faster, but for the third column: how "
    "many times as long as its matrix products alone our step takes. Medians over rounds in which all take turns; the "
    "spread is that of the middle half of the rounds.",
    lambda quick: steps.main(quick)[0],
)


def main() -> None:
    """Measure, print, and write what a full run found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"any of: steps, {', '.join(PARTS)}; all by default")
    parser.add_argument("--quick", action="store_true", help="try every part in two minutes; the numbers mean little")
    parser.add_argument("--write", action="store_true", help="put the parts into benchmarks/results.md")
    arguments = parser.parse_args()
    parts = {"steps": STEPS} | PARTS
    for name in arguments.parts:
        if name not in parts:
            parser.error(f"there is no part {name!r}. Known: {', '.join(parts)}.")
    if arguments.quick and arguments.write:
        parser.error("the numbers of --quick mean little; leave out --quick or --write.")
    if SHARED_DATA.is_dir():
        os.environ.setdefault("MLP_DATA_DIR", str(SHARED_DATA))

    load_before = machine.load()
    full = not arguments.quick and not arguments.parts
    sections: dict[str, str] = {}
    raced: list[steps.Result] = []
    for name in arguments.parts or parts:
        part, started = parts[name], perf_counter()
        print(f"{part.title} …", flush=True)
        if name == "steps":
            tables, raced = steps.main(arguments.quick)
        else:
            tables = part.main(arguments.quick)
        print(f"  {perf_counter() - started:.0f} s\n", flush=True)
        sections[part.title] = f"{part.about} Reported on {date.today()}.\n\n{tables}"
    order = [MACHINE, *(part.title for part in parts.values())]
    on = {MACHINE: machine.main(load_before)}
    print(report.updated("", on | sections, order))
    if full or arguments.write:
        path = ROOT / "benchmarks" / "results.md"
        path.write_text(report.updated(path.read_text(), on | sections if full else sections, order))
        print(f"Wrote {path}.")
    if full:
        print(chart.write(raced, ROOT / "docs" / "benchmarks.svg"))


if __name__ == "__main__":
    main()
