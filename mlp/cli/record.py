"""A record holds a run's results: one row per epoch, and the totals."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from mlp.cli.paths import cannot_write
from mlp.config import RunConfig
from mlp.datasets import REGRESSION, Dataset
from mlp.files import write_whole
from mlp.inspection.regression import target_scales
from mlp.text import known_or_none
from mlp.training import Evaluation, Report
from mlp.training.best import Best, best_of, measure_of
from mlp.training.checkpoint import Checkpoint
from mlp.training.history import History
from mlp.training.quantum import QuantumResult

UNMEASURED = Evaluation(math.nan, math.nan)


@dataclass(frozen=True)
class EpochFigures:
    """One complete epoch. Losses are means, in nats except those of a regression; accuracies shares from 0 to 1."""

    epoch: int  # counted from 1
    train: Evaluation
    validation: Evaluation
    seconds: float  # spent training, without measuring

    @classmethod
    def of(cls, reports: Sequence[Report]) -> "EpochFigures":
        """Return the figures of the epoch that these reports make up; the last one has its measurements.

        Without one of the whole training set, the training figures are means over the mini-batches, each example
        measured before it was learned.
        """
        last, examples = reports[-1], sum(report.trained for report in reports)
        correct = sum(round(report.train_accuracy * report.trained) for report in reports)
        loss = sum(report.train_loss * report.trained for report in reports) / examples
        # To the seven digits of float32: further digits depend on where the epoch was cut.
        train = last.evaluated_train or Evaluation(correct / examples, float(f"{loss:.7g}"))
        return cls(last.epoch, train, last.validation or UNMEASURED, sum(report.seconds for report in reports))


@dataclass
class Record:
    """A run's results so far."""

    run: Checkpoint  # as it is now
    epochs: list[EpochFigures] = field(default_factory=list)
    history: History = field(default_factory=History)
    test: Evaluation = UNMEASURED  # measured at the very end
    best_test: Evaluation = UNMEASURED  # of the state after the best epoch

    @property
    def config(self) -> RunConfig:
        return self.run.config

    @property
    def dataset(self) -> Dataset:
        return self.run.model.dataset

    def reach(self, result: QuantumResult) -> Report:
        """Take what was trained; return the last report."""
        for report in result.reports:  # with the first step's, there is one of the state before it
            self.history.append(report)
        self.run = self.run.after(result, self.history.view())
        return result.reports[-1]

    def best(self) -> Best | None:
        """Return the best epoch so far (`measure_of` says by what); None before the first."""
        return best_of(self.run.history, measure_of(self.run.model))

    @property
    def samples_per_second(self) -> float:
        """Training speed, without the time for measuring; NaN before the first step."""
        history = self.history.view()
        return history.last("examples") / history.last("seconds")

    def to_json(self) -> str:
        """Return everything as standard JSON: NaN and infinity become null."""
        figures = {
            "config": asdict(self.config),
            "epochs": [_known(self._epoch(figures)) for figures in self.epochs],
            "message": self.run.message,
            "best": self._best(),
            **_known(self._figures("test", self.test)),
            "samples_per_second": known_or_none(self.samples_per_second),
        }
        return json.dumps(figures, indent=2, allow_nan=False) + "\n"

    def _epoch(self, found: EpochFigures) -> dict[str, float]:
        return {
            "epoch": found.epoch,
            **self._figures("train", found.train),
            **self._figures("validation", found.validation),
            "train_loss": found.train.loss,
            "validation_loss": found.validation.loss,
            "seconds": found.seconds,
        }

    def _best(self) -> dict[str, float | None] | None:
        """Return the figures of the best epoch."""
        best = self.best()
        if best is None:
            return None
        validation = self._figures("validation", Evaluation(best.accuracy, best.loss))
        return _known({"epoch": best.epoch, **validation, **self._figures("test", self.best_test)})

    def _figures(self, split: str, found: Evaluation) -> dict[str, float]:
        """Return the accuracy or, of a regression, R² and the root mean squared error in the target's own unit."""
        if self.dataset.info.task != REGRESSION:
            return {f"{split}_accuracy": found.accuracy}
        target = target_scales(self.dataset)[split]
        return {f"{split}_r_squared": target.r_squared(found.loss), f"{split}_rmse": target.rmse(found.loss)}


def _known(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: known_or_none(value) for name, value in values.items()}


def write_json(path: Path, record: Record) -> None:
    """Write a run's results. Raises UsageError if that can't be done; then an older file stays."""
    try:
        write_whole(path, record.to_json().encode())
    except OSError as error:
        raise cannot_write("--json", path, error) from error
