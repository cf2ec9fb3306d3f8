"""A trial is one run of a search: its settings, what it reached, and how it ended."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import ceil, inf, isfinite, nan

import numpy as np

from mlp.config import ConfigError, RunConfig
from mlp.datasets import Dataset
from mlp.inspection.regression import target_scales
from mlp.search.plan import SearchPlan
from mlp.store import RunRecord
from mlp.text import known_or_none
from mlp.training.best import epoch_ends
from mlp.training.checkpoint import Status
from mlp.training.history import HistoryView

LATE = 1.0  # seconds at most that a trial trains after its end, until it has paused
PARTS = 20  # of a trial's seconds, in each of which trials are compared


class Outcome(StrEnum):
    """How a trial ended."""

    RUNNING = "running"  # or paused, with its search
    COMPLETE = "complete"
    PRUNED = "pruned"  # ended early, since it did badly
    CUT = "cut"  # ended early, with the search: its time was up, or a person stopped it
    DIVERGED = "diverged"
    FAILED = "failed"  # or nothing could be measured
    CHANGED = "changed"  # a person changed its settings, so it says nothing about those that it was given


RANKED = (Outcome.COMPLETE, Outcome.CUT)  # among which the best is


@dataclass(frozen=True)
class Trial:
    """One run of a search."""

    number: int  # from 1
    config: RunConfig  # that it was given
    run_id: str = ""  # empty until it is stored
    outcome: Outcome = Outcome.RUNNING
    value: float = nan  # its best so far by the search's measure; NaN if nothing was measured yet
    values: Mapping[int, float] = field(default_factory=dict)  # its best up to each epoch or part of its time
    seconds: float = 0.0  # that it trained
    ended: float = nan  # when, in seconds that its search was running; NaN while it is
    remembered: Mapping[str, object] = field(default_factory=dict)  # by the pruner

    @property
    def is_ranked(self) -> bool:
        """Whether it could be the best."""
        return self.outcome in RANKED and isfinite(self.value)

    def to_json(self) -> str:
        """Return what the store keeps with the trial's run."""
        return json.dumps(
            {
                "number": self.number,
                "outcome": self.outcome,
                "value": known_or_none(self.value),
                "values": self.values,
                "seconds": self.seconds,
                "ended": known_or_none(self.ended),
                "remembered": self.remembered,
            }
        )

    @classmethod
    def of(cls, run: RunRecord) -> "Trial":
        """Return the trial that a stored run is.

        Raises ConfigError for what this program can't read, StoreError for such settings.
        """
        try:
            kept = json.loads(run.trial)
            return cls(
                int(kept["number"]),
                run.initial_config,
                run.id,
                Outcome(kept["outcome"]),
                nan if kept["value"] is None else float(kept["value"]),
                {int(step): float(value) for step, value in kept["values"].items()},
                float(kept["seconds"]),
                nan if kept["ended"] is None else float(kept["ended"]),
                dict(kept["remembered"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError(f"The trial of run {run.id} can't be read: {error!r}.") from error


def outcome_of(run: RunRecord) -> Outcome | None:
    """Return how a stored run ended as a trial; None if it is no trial."""
    return next((outcome for outcome in Outcome if f'"outcome": "{outcome}"' in run.trial), None)


def as_ended(run: RunRecord) -> RunRecord:
    """Return a stored run as its search sees it: a trial that paused since its time was over has finished.

    One that was trained on since has not.
    """
    if run.status != Status.PAUSED or outcome_of(run) is not Outcome.COMPLETE:
        return run
    trained_on = run.seconds > json.loads(run.trial).get("seconds", inf) + LATE
    return run if trained_on else replace(run, status=Status.FINISHED)


def number_of(run: RunRecord) -> int | None:
    """Return which trial of its search a stored run is, counted from 1; None if it is no trial."""
    found = re.match(r'{"number": (\d+)', run.trial)
    return int(found[1]) if found else None


def measured(plan: SearchPlan, history: HistoryView, dataset: Dataset) -> dict[int, float]:
    """Return the best that a run reached by each epoch's end or, with limited seconds, by each part of them.

    Parameters
    ----------
    plan
        Says by what a trial is judged, and how long it trains.
    history
        The run's reports.
    dataset
        What the run learns from.

    Returns
    -------
    dict of int to float
        Counted from 1. Values that are not finite are left out.
    """
    measure, values = plan.judged_by, history[plan.judged_by.column]
    if plan.measure == "r_squared":
        values = target_scales(dataset)["validation"].r_squared(values)
    if plan.seconds:
        rows = np.flatnonzero((history["seconds"] <= plan.seconds) & (history["trained"] > 0))
        places = [max(ceil(PARTS * second / plan.seconds), 1) for second in history["seconds"][rows]]
    else:
        rows = epoch_ends(history)
        places = history["epoch"][rows].astype(int).tolist()
    best, found = -inf if measure.higher else inf, {}
    for place, value in zip(places, values[rows].tolist(), strict=True):
        if isfinite(value):
            best = max(best, value) if measure.higher else min(best, value)
            found[place] = best
    return found
