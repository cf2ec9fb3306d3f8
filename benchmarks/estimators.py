"""Our MLPClassifier beside scikit-learn's, with the same settings on the same arrays.

Both fit by turns, each round with another seed, in one thread. The time is the processor's, which other programs on the
machine change least.
"""

import warnings
from statistics import mean, median
from time import process_time
from typing import Any, NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier as TheirClassifier
from threadpoolctl import threadpool_limits

from benchmarks.race import pace
from benchmarks.tables import table
from mlp import load_dataset
from mlp.estimators import MLPClassifier
from mlp.text import counted

NEVER = 10_000  # epochs without improvement until training stops
EPOCHS = {"digits": 50, "mnist": 5}
SETTINGS: dict[str, dict[str, Any]] = {
    "defaults: 100, batch 200, Adam": {},
    "100–200, batch 32, SGD": dict(hidden_layer_sizes=(100, 200), batch_size=32, solver="sgd", learning_rate_init=0.05),
}


class Fit(NamedTuple):
    """One fit."""

    seconds: float  # of the processor
    accuracy: float  # on the validation set


def fitted(estimator: Any, arrays: list[np.ndarray]) -> Fit:
    """Fit one estimator on the training set."""
    inputs, labels, validation_inputs, validation_labels = arrays
    started = process_time()
    estimator.fit(inputs, labels)
    seconds = process_time() - started
    return Fit(seconds, estimator.score(validation_inputs, validation_labels))


def row(dataset: str, precision: str, name: str, quick: bool) -> list[str]:
    """Race the two in one setting; return the table's row."""
    data, scale = load_dataset(dataset), {"digits": 16, "mnist": 255}[dataset]
    arrays = [part for split in (data.train, data.validation) for part in (split.inputs / scale, split.labels)]
    arrays[0], arrays[2] = arrays[0].astype(precision), arrays[2].astype(precision)
    epochs, rounds = (max(EPOCHS[dataset] // 5, 1), 2) if quick else (EPOCHS[dataset], 5)
    fits: dict[type, list[Fit]] = {MLPClassifier: [], TheirClassifier: []}
    for seed in range(rounds):
        for kind, found in fits.items():
            settings = SETTINGS[name] | dict(max_iter=epochs, n_iter_no_change=NEVER, random_state=seed)
            found.append(fitted(kind(**settings), arrays))
    ours, theirs = fits.values()
    ratios = [their.seconds / our.seconds for our, their in zip(ours, theirs, strict=True)]
    return [
        f"{dataset}, {precision}, {name}, {counted(epochs, 'epoch')}",
        f"{median(fit.seconds for fit in ours):.2f} s",
        f"{median(fit.seconds for fit in theirs):.2f} s",
        f"{median(ratios):.2f}",
        f"{pace(ratios).spread:.0%}",
        f"{mean(fit.accuracy for fit in ours):.2%}",
        f"{mean(fit.accuracy for fit in theirs):.2%}",
    ]


def main(quick: bool) -> str:
    """Measure; return the table."""
    headings = ["", "ours", "scikit-learn", "times as fast", "spread", "our accuracy", "scikit-learn's"]
    rows = []
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # all epochs are trained, on purpose
        for dataset in EPOCHS:
            for precision in ("float64", "float32"):
                for name in SETTINGS:
                    rows.append(row(dataset, precision, name, quick))
                    print(f"  {' | '.join(rows[-1])}", flush=True)
    return table(headings, rows)
