"""A checkpoint is a run at one time, with all that is needed to continue it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from mlp.config import RunConfig
from mlp.training.best import better_models, explain_end
from mlp.training.evaluation import evaluate
from mlp.training.history import COLUMNS, Change, History, HistoryView
from mlp.training.loop import report_untrained
from mlp.training.model import Model
from mlp.training.quantum import QuantumResult
from mlp.training.report import Report, explain_divergence
from mlp.training.state import TrainingState, finished

NO_REPORTS = HistoryView(np.empty((len(COLUMNS), 0)))


class Status(StrEnum):
    """What a run is doing."""

    READY = "ready"  # not one step trained yet
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"  # all epochs done; more can be asked for
    DIVERGED = "diverged"  # became NaN or infinite; the last finite state is kept
    FAILED = "failed"  # the message explains why


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A run at one time. A fork's history, changes and kept states begin with those of its parent, up to the fork."""

    model: Model
    status: Status = Status.READY
    history: HistoryView = NO_REPORTS
    changes: tuple[Change, ...] = ()
    message: str = ""  # for a person: why it paused, failed or diverged; else empty
    kept: tuple[int, ...] = ()  # steps at which its state is stored
    best: Mapping[str, Model] = field(default_factory=dict)  # by measure, if it was passed since the run was opened
    started_with: RunConfig | None = None  # the settings of the first step, a fork's from its parent; None if unknown

    @property
    def config(self) -> RunConfig:
        return self.model.config

    @property
    def state(self) -> TrainingState:
        return self.model.state

    @property
    def trained_with(self) -> RunConfig:
        """The settings of the last step; those of the config may be newer. Raises ConfigError if they make no sense."""
        latest = self.changes[-1].config_json if self.changes else ""
        if latest:
            return RunConfig.from_json(latest)
        return self.config if self.changes or self.started_with is None else self.started_with

    def settled_at(self, step: int) -> int:
        """Return the step from which on it has trained with the settings that it has at this step.

        A mark need not change them: a fork, and a run that resumes or moves to another machine, has one, too.
        """
        settings, since = self.started_with.to_json() if self.started_with else "", 0
        for change in self.changes:
            if change.step <= step and change.config_json != settings:
                settings, since = change.config_json, change.step
        return since

    def after(self, result: QuantumResult, history: HistoryView) -> "Checkpoint":
        """Return the run after a quantum, whose reports the history has: it trains on, unless it is over."""
        model, last = replace(self.model, state=result.state), result.reports[-1]
        status, message = Status.RUNNING, ""
        if last.diverged:
            status, message = Status.DIVERGED, explain_divergence(self.trained_with, last.diverged)
        elif finished(model.config, model.state):
            status, message = Status.FINISHED, explain_end(model.config, model.state, history)
        best = {**self.best, **better_models(history, model, result.best)}
        return replace(self, model=model, status=status, message=message, history=history, best=best)

    def mark(self, description: str) -> Change:
        """Return a mark on the curves for what changed here."""
        state, seconds = self.state, self.history.seconds
        return Change(state.step, self.model.progress, state.examples, seconds, description, self.config.to_json())

    def until(self, fork: int) -> "Checkpoint":
        """Return what a fork at this step has of it."""
        return Checkpoint(
            self.model,
            self.status,
            self.history.until(fork) if fork else NO_REPORTS,
            tuple(change for change in self.changes if change.step < fork),
            kept=tuple(kept for kept in self.kept if kept < fork),
            started_with=self.started_with,
        )


def report_now(model: Model) -> Report:
    """Return the report of a network that was not trained just now, measured on the validation set."""
    measured = evaluate(model.config, model.dataset, model.state)
    return replace(report_untrained(model.config, model.dataset, model.state), validation=measured)


def begun_with(model: Model) -> Checkpoint:
    """Return a run that begins with a network from elsewhere: paused, and measured on the validation set."""
    history = History()
    history.append(report_now(model))
    return Checkpoint(model, Status.PAUSED, history.view())
