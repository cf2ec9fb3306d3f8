"""A comparison shows how runs differ, in their settings and in their results.

Runs that differ only in the seed repeat one experiment; they form a group. Whether one group is better than another is
for mlp.comparison.verdict.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from mlp.config import SETTINGS, RunConfig
from mlp.datasets import CLASSIFICATION, REGRESSION, short_dataset_label
from mlp.network.layers import Array
from mlp.store import RunRecord
from mlp.text import counted, percent, score

MOST_COMPARED = 12  # runs drawn into one chart
UNNAMED: Mapping[str, str] = {}
LONGEST_LABEL = 40  # characters: two settings with their names
BAND_POINTS = 300

Spread = Literal["min–max", "± standard deviation"]
SPREADS: tuple[Spread, ...] = ("min–max", "± standard deviation")

# Settings whose values need no name in a label.
_PLAIN = ("dataset", "hidden", "activation", "initializer", "optimizer", "schedule")
# Settings that a run's name starts with.
_MAIN = ("dataset", "hidden", "optimizer", "learning_rate")


class RunResult(NamedTuple):
    """A result of a run: a field of its record."""

    label: str  # with its unit
    field: str
    scale: float = 1.0  # of what is shown to what the record has
    task: str = ""  # of the runs that have it; "" for all

    def of(self, run: RunRecord) -> float:
        """Return a run's result as its record has it; NaN if a run with its task has none."""
        value: float = getattr(run, self.field) if self.task in ("", run.task) else math.nan
        return value

    def shown(self, run: RunRecord) -> float:
        """Return a run's result in the unit in which it is shown."""
        return self.scale * self.of(run)


RESULTS = {
    "best_validation_accuracy": RunResult("Best validation accuracy (%)", "best_validation_score", 100, CLASSIFICATION),
    "best_validation_r_squared": RunResult("Best validation R²", "best_validation_score", task=REGRESSION),
    "validation_accuracy": RunResult("Final validation accuracy (%)", "validation_score", 100, CLASSIFICATION),
    "validation_r_squared": RunResult("Final validation R²", "validation_score", task=REGRESSION),
    "validation_loss": RunResult("Final validation loss", "validation_loss"),
    "train_accuracy": RunResult("Final training accuracy (%)", "train_score", 100, CLASSIFICATION),
    "train_r_squared": RunResult("Final training R²", "train_score", task=REGRESSION),
    "seconds": RunResult("Time (s)", "seconds"),
    "samples_per_second": RunResult("Examples per second", "samples_per_second"),
    "parameters": RunResult("Parameters", "parameters"),
}


@dataclass(frozen=True)
class Group:
    """What is drawn as one line: one run, or several that differ only in the seed."""

    label: str  # how it differs from the others in a chart
    runs: tuple[RunRecord, ...]
    is_named: bool = False  # whether people called its runs so

    @property
    def seeds(self) -> int:
        """How many different seeds its runs have."""
        return len({run.seed for run in self.runs})

    @property
    def finals(self) -> dict[int, float]:
        """The last validation score for each seed; of runs with the same seed, that of the longest one."""
        measured = [run for run in self.runs if math.isfinite(run.validation_score)]
        return {seed: run.validation_score for seed, run in _longest(measured).items()}

    @property
    def statuses(self) -> set[str]:
        """The statuses of its runs; of runs with the same seed, that of the longest one."""
        return {run.status for run in _longest(self.runs).values()}

    @property
    def task(self) -> str:
        """What its runs learn: all learn from the same data."""
        return self.runs[0].task


def _longest(runs: Sequence[RunRecord]) -> dict[int, RunRecord]:
    """Return the longest of the runs with each seed."""
    return {run.seed: run for run in sorted(runs, key=lambda run: run.step)}


class Band(NamedTuple):
    """Several curves as one: their mean and how far they spread, at the same places."""

    x: Array  # [points]
    mean: Array
    low: Array
    high: Array


def results_of(runs: Sequence[RunRecord]) -> list[str]:
    """Return the names of the results that at least one of the runs may have: accuracies, or R² of a regression."""
    tasks = {"", *(run.task for run in runs)}
    return [name for name, result in RESULTS.items() if result.task in tasks]


def score_text(task: str, value: float) -> str:
    """Return a score as people read it.

    >>> score_text("classification", 0.976), score_text("regression", 0.5)
    ('97.6\u202f%', 'R² 0.500')
    """
    return f"R² {score(value)}" if task == REGRESSION else percent(value)


# ── What runs are called ──────────────────────────────────────────────────────────────────────────────────────────


def label_of(config: RunConfig) -> str:
    """Return a label for an unnamed run: "100–200 · SGD 0.1 · seed 42"."""
    return _label(config, ("hidden", "optimizer", "learning_rate", "seed"))


def title_of(run: RunRecord) -> str:
    """Return a run's name, or, if it has none, a label made from its settings."""
    return run.name or label_of(run.config)


def names_of(runs: Sequence[RunRecord], token: str | None = None) -> list[str]:
    """Return names that show how runs in one list differ: what people called them, else the settings that differ.

    Of the main settings and the seed, those that differ at all are named; of the others, only what is unusual. Imported
    data is called as in the browser with this token.
    """
    configs = [run.config for run in runs]
    made = _whole_labels(configs, differing(configs), token)
    names = [run.name or label for run, label in zip(runs, made, strict=True)]
    return _numbered(names, [run.created for run in runs])


def names_by_id(runs: Sequence[RunRecord], token: str | None = None) -> dict[str, str]:
    """Return what each of the stored runs is called where all are listed, in the browser with this token."""
    return {run.id: name for run, name in zip(runs, names_of(runs, token), strict=True)}


def numbered_names(runs: Sequence[RunRecord]) -> dict[str, str]:
    """Return what people called those runs that they named, by id; equal names are numbered, the oldest first."""
    named = [run for run in runs if run.name]
    names = _numbered([run.name for run in named], [run.created for run in named])
    return {run.id: name for run, name in zip(named, names, strict=True)}


def setting_text(name: str, value: Any, token: str | None = None) -> str:
    """Return a setting's value as people read it, imported data as the browser with this token calls it."""
    return short_dataset_label(value, token) if name == "dataset" else SETTINGS[name].show(value)


def differing(configs: Sequence[RunConfig]) -> list[str]:
    """Return the names of the settings in which not all configurations agree."""
    return [name for name in SETTINGS if len({getattr(config, name) for config in configs}) > 1]


def _label(config: RunConfig, names: Sequence[str], token: str | None = None) -> str:
    """Return some settings in a few words; an optimizer and its learning rate belong together."""
    words: list[str] = []
    for name in names:
        value = getattr(config, name)
        if name == "hidden" and len(value) < 2:
            words.append(counted(value[0], "unit") if value else "no hidden layer")
        elif name == "learning_rate" and "optimizer" in names:
            words[-1] += f" {value:g}"
        else:
            before = "" if name in _PLAIN else f"{SETTINGS[name].label_in_text} "
            words.append(f"{before}{setting_text(name, value, token)}")
    return " · ".join(words)


def _whole_labels(configs: Sequence[RunConfig], different: Sequence[str], token: str | None) -> list[str]:
    """Return labels of any length: of the settings that differ, those that a name starts with, and what is unusual."""
    labels = []
    for config, unusual in zip(configs, _unusual(configs, different), strict=True):
        shown = [name for name in different if name in (*_MAIN, "seed") or name in unusual]
        labels.append(_label(config, shown or _MAIN[1:], token))
    return labels


def _cut(label: str) -> str:
    """Return a label that is not too long for a chart or a sentence."""
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"


def _numbered(labels: Sequence[str], created: Sequence[float]) -> list[str]:
    """Return labels of which no two are equal: equal ones get numbers, the oldest the first."""
    seen: Counter[str] = Counter()
    numbered = list(labels)
    for place in sorted(range(len(labels)), key=created.__getitem__):
        label = labels[place]
        seen[label] += 1
        if labels.count(label) > 1:
            numbered[place] = f"{label} ({seen[label]})"
    return numbered


# ── Groups of runs ────────────────────────────────────────────────────────────────────────────────────────────────


def one_by_one(runs: Sequence[RunRecord], token: str | None = None, names: Mapping[str, str] = UNNAMED) -> list[Group]:
    """Return a group for each run. Imported data is called as in the browser with this token.

    `names` are the numbered ones of runs, by id; without them, equal names are numbered among these runs.
    """
    return _groups([(run,) for run in runs], differing([run.config for run in runs]), token, names)


def by_settings(
    runs: Sequence[RunRecord], token: str | None = None, names: Mapping[str, str] = UNNAMED, *, whole: bool = False
) -> list[Group]:
    """Group the runs that differ only in the seed, in the order in which they come; the rest as in `one_by_one`.

    With `whole`, labels are not cut to the width of a chart.
    """
    alike: dict[Any, list[RunRecord]] = {}
    for run in runs:
        alike.setdefault(experiment(run), []).append(run)
    parts = [tuple(members) for members in alike.values()]
    different = [name for name in differing([members[0].config for members in parts]) if name != "seed"]
    return _groups(parts, different, token, names, whole=whole)


def experiment(run: RunRecord) -> Any:
    """Return what runs must share to repeat one experiment: all settings but the seed, from start to end."""
    now = _without_seed(run.config)
    first = now if run.initial_config is run.config else _without_seed(run.initial_config)
    return now, first, run.parent, run.parent_step


def _without_seed(config: RunConfig) -> tuple[Any, ...]:
    return tuple(getattr(config, name) for name in SETTINGS if name != "seed")


def _groups(
    parts: Sequence[tuple[RunRecord, ...]],
    different: Sequence[str],
    token: str | None,
    names: Mapping[str, str],
    *,
    whole: bool = False,
) -> list[Group]:
    configs = [runs[0].config for runs in parts]
    made = [_label(config, different or ("hidden", "optimizer", "learning_rate"), token) for config in configs]
    if max(map(len, made)) > LONGEST_LABEL and whole:
        made = _whole_labels(configs, different, token)
    elif max(map(len, made)) > LONGEST_LABEL:
        main = [name for name in different if name in _MAIN]
        # Of two, neither is the usual one.
        two = main and len(parts) == 2
        made = [_label(config, main, token) for config in configs] if two else _departures(configs, different, token)
    called = [_called(runs, names) for runs in parts]
    labels = [name or label for name, label in zip(called, made, strict=True)]
    shown = labels if whole else [*map(_cut, labels)]
    numbered = _numbered(shown, [min(run.created for run in runs) for runs in parts])
    return [Group(label, runs, bool(name)) for label, runs, name in zip(numbered, parts, called, strict=True)]


def _called(runs: Sequence[RunRecord], names: Mapping[str, str]) -> str:
    """Return what people called some runs; empty if they did not, or not all of them the same."""
    called = {run.name for run in runs}
    if len(called) > 1:
        return ""
    return called.pop() if len(runs) > 1 else names.get(runs[0].id, runs[0].name)


def _departures(configs: Sequence[RunConfig], names: Sequence[str], token: str | None) -> list[str]:
    """Return for each configuration only what is unusual among them."""
    labels = []
    for config, departs in zip(configs, _unusual(configs, names), strict=True):
        if "optimizer" in departs and "learning_rate" in names:
            departs.add("learning_rate")
        labels.append(_label(config, [name for name in names if name in departs], token) or "the usual settings")
    return labels


def _unusual(configs: Sequence[RunConfig], names: Sequence[str]) -> list[set[str]]:
    """Return for each configuration its settings that are not as usual: as most are, if two are alike."""
    usual = {name: Counter(getattr(config, name) for config in configs).most_common(1)[0] for name in names}
    return [
        {name for name, (value, count) in usual.items() if count == 1 or getattr(config, name) != value}
        for config in configs
    ]


def band(curves: Sequence[tuple[Array, Array]], spread: Spread) -> Band:
    """Return the mean of curves (x and y, x increasing) and their spread, as far as all of them reach.

    Between its points a curve is a straight line. "± standard deviation" is that of a sample, divisor n − 1.
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
