"""How long a fresh Python takes from its start to 98 % validation accuracy on MNIST.

    the preset      this project's "fast" preset, as its workers run: one thread
    the recipe      the tutorial's settings in this project, the training set measured after each epoch as there
    the tutorial    its own float64 code, 25 epochs, its passes over training and validation set, all threads

Each process prints the validation accuracy after every epoch; the clock is the parent's.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from statistics import median
from time import perf_counter
from typing import NamedTuple

import numpy as np

from benchmarks.contenders.task import Task
from benchmarks.contenders.tutorial import build, predict, train_batch
from benchmarks.race import ONE_THREAD
from benchmarks.tables import table
from mlp.config import RunConfig
from mlp.datasets import load_dataset
from mlp.presets import PRESETS
from mlp.training import Model, finished, initial_state, steps_left_in_epoch
from mlp.training.quantum import train_quantum

GOAL = 0.98
LABELS = {"preset": "this project, preset", "recipe": "this project, tutorial's recipe", "tutorial": "the tutorial"}


def train_ours(config: RunConfig) -> Iterator[float]:
    """Train to the last epoch; yield the validation accuracy after each."""
    dataset = load_dataset(config.dataset)
    state = initial_state(config, dataset)
    while not finished(config, state):
        quantum = train_quantum(
            Model(config, dataset, state), steps_left_in_epoch(config, dataset, state), validate=False
        )
        state = quantum.state
        validation = quantum.reports[-1].validation
        yield validation.accuracy if validation else float("nan")


def train_tutorial(config: RunConfig) -> Iterator[float]:
    """Train as the tutorial does; yield the validation accuracy after each epoch."""
    task = Task.from_json(config.to_json())
    x, y = task.pixels(np.float64), task.dataset.train.labels
    x_validation, y_validation = task.dataset.validation.inputs / 255.0, task.dataset.validation.labels
    layers = build(task.initial_weights(np.float64), config.learning_rate)
    for _ in range(config.epochs):
        for batch in task.batches(len(y) // config.batch_size):
            train_batch(layers, x[batch], y[batch])
        np.mean(predict(layers, x) == y)
        yield float(np.mean(predict(layers, x_validation) == y_validation))


def child(which: str, seed: int, epochs: int) -> None:
    """Train one of the three, printing an accuracy a line."""
    config = PRESETS["fast" if which == "preset" else "tutorial"].config("mnist")
    config = replace(config, seed=seed, epochs=epochs or config.epochs, evaluate_train=which == "recipe")
    for accuracy in (train_tutorial if which == "tutorial" else train_ours)(config):
        print(accuracy, flush=True)


class Outcome(NamedTuple):
    """One process, watched from its start to its end."""

    to_goal: float  # seconds until the goal was reached; NaN where it was not
    whole: float  # seconds until the process ended
    best: float  # validation accuracy


def watch(which: str, seed: int, epochs: int) -> Outcome:
    """Run one of the three in a fresh Python."""
    environment = os.environ | (ONE_THREAD if which != "tutorial" else {})
    command = [sys.executable, "-m", "benchmarks.time_to_98", which, str(seed), str(epochs)]
    started = perf_counter()
    to_goal, best = float("nan"), 0.0
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            best = max(best, float(line))
            if best >= GOAL and not to_goal > 0:
                to_goal = perf_counter() - started
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed; its last output is above.")
    return Outcome(to_goal, perf_counter() - started, best)


def report(outcomes: dict[str, list[Outcome]]) -> str:
    """Return the table: medians over the seeds, and how many times as long as the preset each takes."""
    headings = ["", "seeds", f"to {GOAL:.0%}", "÷ preset", "whole run", "÷ preset", "best validation accuracy"]
    preset = outcomes["preset"]
    to_goal, whole = median(each.to_goal for each in preset), median(each.whole for each in preset)
    rows = []
    for which, each in outcomes.items():
        seconds, ended = median(outcome.to_goal for outcome in each), median(outcome.whole for outcome in each)
        reached = f"{seconds:.1f} s" if seconds > 0 else "not reached"
        ratio = f"{seconds / to_goal:.1f}" if seconds > 0 and to_goal > 0 else "–"
        accuracy = ", ".join(f"{outcome.best:.2%}" for outcome in each)
        rows.append([LABELS[which], str(len(each)), reached, ratio, f"{ended:.1f} s", f"{ended / whole:.1f}", accuracy])
    return table(headings, rows)


def main(quick: bool) -> str:
    """Measure, saying how it goes; return the report."""
    load_dataset("mnist")  # unpacked on disk before any clock starts
    outcomes: dict[str, list[Outcome]] = {}
    for which in LABELS:
        seeds = (1, 2, 3, 4, 5) if which == "preset" and not quick else (1,)
        outcomes[which] = []
        for seed in seeds:
            outcome = watch(which, seed, epochs=1 if quick else 0)
            seconds = f"{outcome.to_goal:.2f} s to {GOAL:.0%}, {outcome.whole:.2f} s in all"
            print(f"  {LABELS[which]}, seed {seed}: {seconds}", flush=True)
            outcomes[which].append(outcome)
    return report(outcomes)


if __name__ == "__main__":
    child(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
