"""A comparison says how runs differ: in what was set, in what came of it, and whether that is more than chance.

Runs that are alike in all settings but the seed repeat one experiment. They form a group, whose spread is the noise
that a difference between two groups must exceed.
"""

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Literal, NamedTuple

import numpy as np

from mlp.config import FIELDS, RunConfig, value_words
from mlp.history import COLUMNS, HistoryView
from mlp.layers import Array
from mlp.store import RunRecord

MOST_COMPARED = 12  # runs drawn into one chart
LONGEST_LABEL = 28  # characters in a chart
BAND_POINTS = 300
SIGNIFICANCE = 0.05

Spread = Literal["min–max", "± standard deviation"]
SPREADS: tuple[Spread, ...] = ("min–max", "± standard deviation")

# A setting that speaks for itself in a label, or what is put before its value.
_SHORT = {
    "dataset": "",
    "hidden": "",
    "activation": "",
    "initializer": "",
    "optimizer": "",
    "schedule": "",
    "learning_rate": "rate ",
    "batch_size": "batch ",
}


class Result(NamedTuple):
    """Something that came of a run: a field of its record, as it is shown."""

    label: str
    unit: str
    scale: float = 1.0


RESULTS = {
    "best_validation_accuracy": Result("Best validation accuracy", "%", 100),
    "validation_accuracy": Result("Final validation accuracy", "%", 100),
    "validation_loss": Result("Final validation loss", "nats"),
    "train_accuracy": Result("Final training accuracy", "%", 100),
    "seconds": Result("Time", "s"),
    "samples_per_second": Result("Samples per second", "1/s"),
    "parameters": Result("Parameters", ""),
}


@dataclass(frozen=True)
class Group:
    """What is drawn as one line: one run, or several that are alike in all but the seed."""

    label: str  # what tells it apart from the others in a chart
    runs: tuple[RunRecord, ...]

    @property
    def seeds(self) -> int:
        """How many different seeds its runs have."""
        return len({run.seed for run in self.runs})

    @property
    def finals(self) -> tuple[float, ...]:
        """The last validation accuracy for each seed that has one; a seed that was run twice says nothing new."""
        farthest = sorted(self.runs, key=lambda run: run.step)
        found = {run.seed: run.validation_accuracy for run in farthest if math.isfinite(run.validation_accuracy)}
        return tuple(found.values())


class Band(NamedTuple):
    """Several curves as one: their mean and how far they spread, at the same places."""

    x: Array  # [points]
    mean: Array
    low: Array
    high: Array


class Welch(NamedTuple):
    """What Welch's t-test says of two samples."""

    t: float
    freedom: float  # degrees of
    p: float  # the chance of a difference at least so large if there were none


# ── What runs are called ──────────────────────────────────────────────────────────────────────────────────────────


def label_of(config: RunConfig) -> str:
    """Return a label for a run that nobody has named: "100–200 · SGD 0.1 · seed 42"."""
    return _label(config, ("hidden", "optimizer", "learning_rate", "seed"))


def title_of(run: RunRecord) -> str:
    """Return a run's name, or where it has none a label made from its settings."""
    return run.name or label_of(run.config)


def differing(configs: Sequence[RunConfig]) -> list[str]:
    """Return the names of the settings in which not all configurations agree."""
    return [name for name in FIELDS if len({getattr(config, name) for config in configs}) > 1]


def _label(config: RunConfig, names: Sequence[str]) -> str:
    """Return some settings in a few words; an optimizer and its learning rate belong together."""
    words = []
    for name in names:
        value = getattr(config, name)
        if name == "hidden" and len(value) < 2:
            words.append(f"{value[0]} units" if value else "no hidden layer")
        elif name == "dataset":
            words.append(value)
        elif name == "learning_rate" and "optimizer" in names:
            words[-1] += f" {value:g}"
        else:
            before = _SHORT.get(name, f"{FIELDS[name].metadata['label'].lower()} ")
            words.append(f"{before}{value_words(name, value)}")
    return " · ".join(words)


def _numbered(labels: Sequence[str]) -> list[str]:
    """Return labels cut to a chart's room, those that are alike told apart by a number."""
    cut = [label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…" for label in labels]
    seen: dict[str, int] = {}
    numbered = []
    for label in cut:
        seen[label] = seen.get(label, 0) + 1
        numbered.append(label if cut.count(label) == 1 else f"{label} ({seen[label]})")
    return numbered


# ── Groups of runs ────────────────────────────────────────────────────────────────────────────────────────────────


def one_by_one(runs: Sequence[RunRecord]) -> list[Group]:
    """Return each run as a group of its own."""
    return _groups([(run,) for run in runs], differing([run.config for run in runs]))


def by_settings(runs: Sequence[RunRecord]) -> list[Group]:
    """Return the runs that are alike in all settings but the seed together, in the order in which they come."""
    alike: dict[Any, list[RunRecord]] = {}
    for run in runs:
        alike.setdefault(_experiment(run), []).append(run)
    parts = [tuple(members) for members in alike.values()]
    return _groups(parts, differing([replace(members[0].config, seed=0) for members in parts]))


def _experiment(run: RunRecord) -> Any:
    """Return what runs must share to repeat one experiment: all settings but the seed, from beginning to end."""
    return replace(run.config, seed=0), replace(run.initial_config, seed=0), run.parent, run.parent_step


def _groups(parts: Sequence[tuple[RunRecord, ...]], names: Sequence[str]) -> list[Group]:
    configs = [runs[0].config for runs in parts]
    made = [_label(config, names or ("hidden", "optimizer", "learning_rate")) for config in configs]
    if max(map(len, made)) > LONGEST_LABEL:
        made = _departures(configs, names)
    named = [{run.name for run in runs} for runs in parts]
    labels = [called.pop() or label if len(called) == 1 else label for called, label in zip(named, made, strict=True)]
    return [Group(label, runs) for label, runs in zip(_numbered(labels), parts, strict=True)]


def _departures(configs: Sequence[RunConfig], names: Sequence[str]) -> list[str]:
    """Return for each configuration only where it departs from what most of them have."""
    usual = {name: Counter(getattr(config, name) for config in configs).most_common(1)[0][0] for name in names}
    labels = []
    for config in configs:
        departs = {name for name in names if getattr(config, name) != usual[name]}
        if "optimizer" in departs and "learning_rate" in names:
            departs.add("learning_rate")
        labels.append(_label(config, [name for name in names if name in departs]) or "the usual settings")
    return labels


def band(curves: Sequence[tuple[Array, Array]], spread: Spread) -> Band:
    """Return the mean of curves (x and y, x rising) and their spread, as far as all of them reach.

    Curves are joined up between their points. "± standard deviation" is that of a sample, divisor n − 1.
    """
    start = max(x[0] for x, _ in curves)
    stop = min(x[-1] for x, _ in curves)
    grid = np.unique(np.concatenate([x for x, _ in curves]))
    grid = grid[(grid >= start) & (grid <= stop)]
    if len(grid) > BAND_POINTS:
        grid = grid[np.linspace(0, len(grid) - 1, BAND_POINTS).astype(np.intp)]
    heights = np.stack([np.interp(grid, x, y) for x, y in curves])  # [curves, points]
    mean = heights.mean(axis=0)
    if spread == "min–max":
        return Band(grid, mean, heights.min(axis=0), heights.max(axis=0))
    deviation = heights.std(axis=0, ddof=1)
    return Band(grid, mean, mean - deviation, mean + deviation)


# ── Whether a difference exceeds the noise ────────────────────────────────────────────────────────────────────────


def welch(one: Sequence[float], other: Sequence[float]) -> Welch:
    """Return Welch's t-test for the means of two samples, whose variances may differ.

        t = (m₁ − m₂) / √(s₁²/n₁ + s₂²/n₂)

    Both need two values, and one of them some spread. B. L. Welch, Biometrika 34, 1947.
    """
    from scipy.stats import ttest_ind  # takes half a second to import, and most pages never need it

    found = ttest_ind(one, other, equal_var=False)
    return Welch(float(found.statistic), float(found.df), float(found.pvalue))


def judge(one: Group, other: Group, pairs: int = 1) -> str:
    """Return a sentence that says whether two groups' final validation accuracies differ by more than the noise.

    The more `pairs` are looked at, the sooner one seems to differ by chance, so each must be the clearer (Bonferroni).
    """
    told = f"{_told(one)} against {_told(other)}"
    for group in (one, other):
        if len(group.finals) < 2:
            return (
                f"{told}: {group.label} needs at least 2 seeds, better 5, "
                "before anyone can tell whether a difference exceeds the noise."
            )
    difference = 100 * (np.mean(one.finals) - np.mean(other.finals))
    told = f"{told}: the difference of {abs(difference):.2f} points"
    if max(np.ptp(one.finals), np.ptp(other.finals)) < 1e-9:
        return f"{told} can't be tested, for no seed made any difference within either."
    test, level = welch(one.finals, other.finals), SIGNIFICANCE / pairs
    verdict = "exceeds" if test.p < level else "does not exceed"
    bound = f"{SIGNIFICANCE:g}" if pairs == 1 else f"{SIGNIFICANCE:g} / {pairs} pairs = {level:.2g}"
    relation = "<" if test.p < level else "≥"
    return (
        f"{told} {verdict} the noise (Welch's t-test, t = {_minus(test.t)}, {test.freedom:.1f} degrees of freedom, "
        f"p = {test.p:.2g} {relation} {bound})."
    )


def judgements(groups: Sequence[Group]) -> list[str]:
    """Return a sentence for each pair of groups that learned the same data; without data in common nothing is said."""
    pairs = [
        (one, other)
        for one, other in combinations(groups, 2)
        if one.runs[0].dataset == other.runs[0].dataset and one.finals and other.finals
    ]
    tested = sum(len(one.finals) > 1 and len(other.finals) > 1 for one, other in pairs)
    return [judge(one, other, max(tested, 1)) for one, other in pairs]


def _minus(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _told(group: Group) -> str:
    mean, count = 100 * float(np.mean(group.finals)), len(group.finals)
    if count == 1:
        return f"{group.label} with {mean:.2f}\u202f% (n = 1)"
    return f"{group.label} with {mean:.2f} ± {100 * float(np.std(group.finals, ddof=1)):.2f}\u202f% (n = {count})"


# ── Files ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def row_of(run: RunRecord) -> dict[str, Any]:
    """Return all that was set and all that came of a run, as plain values; what was not measured is None."""
    row: dict[str, Any] = {"id": run.id, "name": run.name, "status": run.status, "notes": run.notes}
    row |= {"tags": list(run.tags), "created": run.created, "parent": run.parent, "parent_step": run.parent_step}
    row |= {name: getattr(run.config, name) for name in FIELDS}
    row |= {name: getattr(run, name) for name in ("step", "progress", *RESULTS)}
    return {name: _finite(value) for name, value in row.items()}


def runs_csv(runs: Sequence[RunRecord]) -> str:
    """Return a table of runs, a row a run, with their names at the top."""
    rows = [{name: _cell(value) for name, value in row_of(run).items()} for run in runs]
    return _csv(rows[0], (row.values() for row in rows)) if rows else ""


def curves_csv(runs: Sequence[RunRecord], histories: Mapping[str, HistoryView]) -> str:
    """Return a table of all reports of runs, a row a report."""
    return _csv(
        ("id", "run", *COLUMNS),
        (
            (run.id, _cell(title_of(run)), *map(_cell, report))
            for run in runs
            for report in histories[run.id].table.T.tolist()
        ),
    )


def runs_json(runs: Sequence[RunRecord], histories: Mapping[str, HistoryView]) -> str:
    """Return settings, results and reports of runs as a JSON list; what was not measured is null."""
    told = [
        row_of(run)
        | {"history": {name: [_finite(value) for value in histories[run.id][name].tolist()] for name in COLUMNS}}
        for run in runs
    ]
    return json.dumps(told, ensure_ascii=False, allow_nan=False)


def _csv(header: Any, rows: Any) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return file.getvalue()


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _cell(value: Any) -> Any:
    """Return a value for a table's cell. A text that a spreadsheet would take for a formula gets an apostrophe."""
    if isinstance(value, tuple):
        return "-".join(map(str, value)) or "none"
    if isinstance(value, list):
        value = ", ".join(value)
    if isinstance(value, float):
        return f"{value:.10g}" if math.isfinite(value) else ""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
