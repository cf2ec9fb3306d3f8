"""A record holds a run's results: one row per epoch, and the totals."""

import json
import math
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryFile

from mlp.cli.arguments import UsageError
from mlp.config import RunConfig
from mlp.files import write_whole
from mlp.text import LONGEST, known_or_none
from mlp.training import Evaluation, Report
from mlp.training.history import History


@dataclass(frozen=True)
class EpochFigures:
    """One complete epoch. Losses are means in nats, accuracies shares from 0 to 1."""

    epoch: int  # counted from 1
    train_accuracy: float
    validation_accuracy: float
    train_loss: float
    validation_loss: float
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
        train = last.full_train or Evaluation(correct / examples, float(f"{loss:.7g}"))
        validation = last.validation or Evaluation(math.nan, math.nan)
        seconds = sum(report.seconds for report in reports)
        return cls(last.epoch, train.accuracy, validation.accuracy, train.loss, validation.loss, seconds)


@dataclass
class Record:
    """A run's results so far."""

    config: RunConfig
    epochs: list[EpochFigures] = field(default_factory=list)
    history: History = field(default_factory=History)
    test_accuracy: float = math.nan  # measured at the very end

    @property
    def samples_per_second(self) -> float:
        """Training speed, without the time for measuring; NaN before the first step."""
        history = self.history.view()
        return history.last("examples") / history.last("seconds")

    def to_json(self) -> str:
        """Return everything as standard JSON: NaN and infinity become null."""
        figures = {
            "config": asdict(self.config),
            "epochs": [
                {name: known_or_none(value) for name, value in asdict(figures).items()} for figures in self.epochs
            ],
            "test_accuracy": known_or_none(self.test_accuracy),
            "samples_per_second": known_or_none(self.samples_per_second),
        }
        return json.dumps(figures, indent=2, allow_nan=False) + "\n"


def check_writable(path: Path) -> None:
    """Check, before hours of training, that a file can be written there. Raises UsageError if not."""
    folder = Path(os.path.realpath(path)).parent
    try:
        if path.exists() and not path.is_file():
            raise UsageError(f"--json {_shown(path)} is not a file. Name a file to write to.")
        if not folder.is_dir():
            raise UsageError(f"--json {_shown(path)}: there is no such folder. Create it first, or name another.")
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _cannot_write(path, error) from error


def write_json(path: Path, record: Record) -> None:
    """Write a run's results. Raises UsageError if that can't be done; then an older file stays."""
    try:
        write_whole(path, record.to_json().encode())
    except OSError as error:
        raise _cannot_write(path, error) from error


def _cannot_write(path: Path, error: OSError) -> UsageError:
    return UsageError(f"--json {_shown(path)} can't be written ({error.strerror}). Name another file.")


def _shown(path: Path) -> str:
    """Return the end of a long path, which says most."""
    text = str(path)
    return text if len(text) <= LONGEST else f"...{text[3 - LONGEST :]}"
