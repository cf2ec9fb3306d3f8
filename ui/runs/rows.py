"""The rows of the table of runs: a run each, or a setting with all its seeds, which unfolds to its runs."""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from mlp.comparison.groups import RESULTS, by_settings, differing, results_of
from mlp.config import SETTINGS
from mlp.datasets import dataset_label
from mlp.search.trial import Outcome, as_ended, number_of, outcome_of
from mlp.store import RunRecord
from mlp.training import Status
from ui.parts.browser import browser_token
from ui.parts.wording import STATUS_WORDS

ALWAYS = ("dataset", "hidden", "optimizer", "learning_rate", "batch_size", "epochs", "seed")
ENDED = "once a run has ended; the chart shows it while it trains"
BEST = "at the end of an epoch: a run that ended within one can have a final value above it"
TRIAL_WORDS = {Outcome.PRUNED: "Pruned", Outcome.CUT: "Stopped"}  # of runs that rest
NUMBERS = {
    "best_validation_accuracy": ("Best (%)", "%.1f", f"Best validation accuracy, {BEST}"),
    "validation_accuracy": ("Final (%)", "%.1f", f"Final validation accuracy, {ENDED}"),
    "best_validation_r_squared": (
        "Best R²",
        "%.3f",
        f"Best validation R² of a regression, {BEST}. 1 is exact",
    ),
    "validation_r_squared": ("Final R²", "%.3f", f"Final validation R², of a regression, {ENDED}"),
    "seconds": ("Time (s)", "%.1f", "Training time"),
    "samples_per_second": ("k examples/s", "%.1f", "Training examples per second of training time, in thousands"),
    "parameters": ("Parameters", "localized", "Weights and biases"),
}
FINAL = ("validation_accuracy", "validation_r_squared")  # while a run trains, the chart has them, ahead of the table
SCORES = tuple(name for name in NUMBERS if "validation" in name)  # with a spread over seeds
FOLDED, UNFOLDED = "▶\N{VARIATION SELECTOR-15}", "▼"  # without the selector, an emoji on some tablets


class Row(NamedTuple):
    """A run, or several that differ only in the seed."""

    name: str
    runs: tuple[RunRecord, ...]
    is_unfolded: bool = False
    is_seed: bool = False  # one of the runs of the setting above it

    @property
    def ids(self) -> list[str]:
        """The ids of its runs."""
        return [run.id for run in self.runs]


def rows_by_run(runs: Sequence[RunRecord], names: Mapping[str, str]) -> list[Row]:
    """Return a row for each run; `names` are what the runs are called, by id."""
    return [Row(names[run.id], (run,)) for run in runs]


def rows_by_setting(runs: Sequence[RunRecord], names: Mapping[str, str], unfolded: Collection[str]) -> list[Row]:
    """Return a row for each setting; those that have one of the `unfolded` runs are followed by a row for each run."""
    rows = []
    given = {run.id: names[run.id] for run in runs if run.name}
    for group in by_settings(runs, browser_token(), given, whole=True):
        is_unfolded = len(group.runs) > 1 and any(run.id in unfolded for run in group.runs)
        rows.append(Row(group.label, group.runs, is_unfolded))
        if is_unfolded:
            rows += [Row(names[run.id], (run,), is_seed=True) for run in group.runs]
    return rows


def frame(rows: Sequence[Row], samples: Mapping[str, str]) -> pd.DataFrame:
    """Return the table: results first, then the settings that are always shown or differ.

    `samples` has for each run that is drawn the address of a sample of its line. If a row has several runs, its results
    are their means, and there are columns for how far the scores spread.
    """
    runs = [run for row in rows for run in row.runs]
    configs = [row.runs[0].config for row in rows]
    different = set(differing([run.config for run in runs]))
    settings = [name for name in SETTINGS if name in ALWAYS or name in different]
    has_groups = any(len(row.runs) > 1 for row in rows)
    columns: dict[str, list[Any]] = {"line": [samples.get(row.runs[0].id, "") for row in rows]}
    columns["run"] = [f"\u2003{row.name}" if row.is_seed else row.name for row in rows]
    numbers = [number_of(row.runs[0]) if len(row.runs) == 1 else None for row in rows]
    if any(numbers):
        columns["trial"] = numbers
    if has_groups:
        columns["seeds"] = [_unfolding(row) for row in rows]
    columns["open"] = [f"./?run={row.runs[0].id}" if len(row.runs) == 1 else None for row in rows]
    columns["status"] = [_status(row) for row in rows]
    columns["created"] = [pd.Timestamp(min(run.created for run in row.runs), unit="s", tz="UTC") for row in rows]
    for name in results_of(runs):
        if name not in NUMBERS:
            continue
        values = [_of_each_seed(row.runs, name) for row in rows]
        columns[name] = [float(np.mean(known)) if known else math.nan for known in values]
        if has_groups and name in SCORES:
            columns[f"{name} deviation"] = [np.std(known, ddof=1) if len(known) > 1 else math.nan for known in values]
            columns[f"{name} range"] = [_range(name, known) if len(known) > 1 else None for known in values]
    for name in settings:
        known = [getattr(config, name) for config in configs]
        if name == "seed":
            known = [seed if len(row.runs) == 1 else None for seed, row in zip(known, rows, strict=True)]
        elif not SETTINGS[name].are_numbers(known):
            known = [_shown(name, value) for value in known]
        elif SETTINGS[name].is_share:
            known = [float(f"{100 * share:.4g}") for share in known]
        columns[name] = known
    if any(run.tags for run in runs):
        columns["tags"] = [list(dict.fromkeys(tag for run in row.runs for tag in run.tags)) for row in rows]
    if any(run.notes for run in runs):
        columns["notes"] = [row.runs[0].notes if len(row.runs) == 1 else "" for row in rows]
    return pd.DataFrame(columns)


def _of_each_seed(runs: Sequence[RunRecord], name: str) -> list[float]:
    """Return a result for each seed, of those that have it; of runs with the same seed, that of the longest one."""
    shortest_first = sorted(runs, key=lambda run: run.step)
    return list({run.seed: value for run in shortest_first if math.isfinite(value := _number(run, name))}.values())


def _unfolding(row: Row) -> str | None:
    """Return what is written on the button that shows or hides the runs of a setting; None for a single run."""
    seeds = len({run.seed for run in row.runs})
    return f"{UNFOLDED if row.is_unfolded else FOLDED} {seeds}" if len(row.runs) > 1 else None


def _status(row: Row) -> str:
    """Return the status in a word; of several runs how many have which, unless all have the same."""
    words = Counter(status_word(run) for run in row.runs)
    return (
        next(iter(words)) if len(words) == 1 else ", ".join(f"{count} {word.lower()}" for word, count in words.items())
    )


def status_word(run: RunRecord) -> str:
    """Return a run's status as the table shows it: a trial that its search has paused for good is not "Paused"."""
    word = STATUS_WORDS[Status(as_ended(run).status)]
    outcome = outcome_of(run) if run.status == Status.PAUSED else None
    return TRIAL_WORDS.get(outcome, word) if outcome else word


def _range(name: str, values: Sequence[float]) -> str:
    form = NUMBERS[name][1]
    return f"{form % min(values)}–{form % max(values)}"


def _shown(name: str, value: Any) -> str:
    return dataset_label(value, browser_token()) if name == "dataset" else SETTINGS[name].show(value)


def _number(run: RunRecord, name: str) -> float:
    if name in FINAL and run.status == Status.RUNNING:
        return math.nan
    return run.samples_per_second / 1000 if name == "samples_per_second" else RESULTS[name].shown(run)
