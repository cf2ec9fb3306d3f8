"""Training on the command line: bars that move, a line an epoch, and figures to keep."""

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits
from tqdm import tqdm

from mlp.cli.record import EpochFigures, Record, RunningMean, check_writable, write_whole
from mlp.config import RunConfig
from mlp.datasets import DATASETS, Dataset, load_dataset
from mlp.diagnostics import explain_divergence
from mlp.optimizers import OPTIMIZERS
from mlp.training import (
    Divergence,
    Report,
    TrainingState,
    advance,
    evaluate,
    finished,
    initial_state,
    steps_left_in_epoch,
)

PIECE_SECONDS = 0.2  # of training between two moves of the bar: five a second
MOST_GROWTH = 8  # of a piece's steps from one to the next
# A bar goes when it is full: its line stays. disable=None means: unless on a terminal.
LOOK: dict[str, Any] = dict(
    unit=" examples", unit_scale=True, mininterval=0.05, dynamic_ncols=True, leave=False, disable=None
)


def train(config: RunConfig, threads: int, json_file: Path | None) -> int:
    """Train and tell how it goes. Return the exit code: 0 at the end, 1 if it diverged, 130 after Ctrl-C.

    Raises DatasetError where the data can't be had, UsageError where the file can't be written.
    """
    if json_file is not None:
        check_writable(json_file)
    dataset = load_dataset(config.dataset)
    record = Record(config)
    tqdm.write(_headline(config))
    try:
        with threadpool_limits(threads, user_api="blas"):
            divergence = _learn(dataset, record)
        if divergence is not None:
            _complain(explain_divergence(config, divergence))
            return 1
        tqdm.write(
            f"test accuracy {record.test_accuracy:.2%}, trained on {record.samples_per_second:,.0f} samples per second"
        )
    except KeyboardInterrupt:
        _complain(_stopped(record))
        return 130
    finally:
        if json_file is not None:
            write_whole(json_file, record.to_json())
    return 0


def _learn(dataset: Dataset, record: Record) -> Divergence | None:
    """Train to the end, or until the numbers stop being finite, and put every epoch on record."""
    config = record.config
    epoch = RunningMean()
    with closing(Bars(config)) as bars:
        for state, report in _pieces(config, dataset):
            epoch.add(report)
            record.examples += report.trained
            record.seconds += report.seconds
            bars.move(report)
            if report.diverged is not None:
                return report.diverged
            if state.position == 0:
                record.epochs.append(_measure(config, dataset, state, epoch))
                tqdm.write(_line(config, record.epochs[-1]))
                epoch = RunningMean()
                bars.start(state.epoch)
            if finished(config, state):
                record.test_accuracy = evaluate(config, dataset, state, "test").accuracy
    return None


def _pieces(config: RunConfig, dataset: Dataset) -> Iterator[tuple[TrainingState, Report]]:
    """Train piece by piece, each about PIECE_SECONDS long and within one epoch."""
    state, steps = initial_state(config, dataset), 1
    while not finished(config, state):
        steps = min(steps, steps_left_in_epoch(config, dataset, state))
        state, report = advance(config, dataset, state, steps)
        yield state, report
        if report.diverged is not None:
            return
        steps = max(1, min(int(steps / report.seconds * PIECE_SECONDS), steps * MOST_GROWTH))


def _measure(config: RunConfig, dataset: Dataset, state: TrainingState, epoch: RunningMean) -> EpochFigures:
    """Return the figures of the epoch that has just ended."""
    validation = evaluate(config, dataset, state)
    train_accuracy, train_loss = epoch.mean_accuracy, epoch.mean_loss
    if config.evaluate_train:
        train_accuracy, train_loss = evaluate(config, dataset, state, "train")
    return EpochFigures(
        epoch=state.epoch,
        train_accuracy=train_accuracy,
        validation_accuracy=validation.accuracy,
        train_loss=train_loss,
        validation_loss=validation.loss,
        seconds=epoch.seconds,
    )


class Bars:
    """Two bars on a terminal, for the whole run and for the epoch under way. In a file or a pipe there are none."""

    def __init__(self, config: RunConfig) -> None:
        self._epochs, self._examples = config.epochs, DATASETS[config.dataset].train
        self._run = tqdm(total=self._epochs * self._examples, desc="whole run", **LOOK)
        self._epoch = tqdm(total=self._examples, desc=f"epoch 1/{self._epochs}", **LOOK)

    def start(self, done: int) -> None:
        """Begin an epoch, after `done` whole ones."""
        if done < self._epochs:
            self._epoch.set_description_str(f"epoch {done + 1}/{self._epochs}", refresh=False)
            self._epoch.set_postfix_str("", refresh=False)
            self._epoch.reset()

    def move(self, report: Report) -> None:
        """Show one piece of training."""
        figures = f"accuracy {report.train_accuracy:.1%}, loss {report.train_loss:.4g}"
        self._epoch.set_postfix_str(figures, refresh=False)
        self._epoch.update(report.trained)
        self._run.update(report.trained)

    def close(self) -> None:
        """Wipe both off the terminal."""
        self._epoch.close()
        self._run.close()


def _headline(config: RunConfig) -> str:
    """Say what is about to be trained."""
    return (
        f"{config.dataset}: {DATASETS[config.dataset].train:,} examples to learn from; "
        f"network {'–'.join(map(str, config.sizes))} with {config.parameters:,} parameters; "
        f"{OPTIMIZERS[config.optimizer].label}, learning rate {config.learning_rate:g}, "
        f"batch size {config.batch_size:,}, seed {config.seed}"
    )


def _line(config: RunConfig, figures: EpochFigures) -> str:
    """Say how one epoch went."""
    number = f"{figures.epoch:>{len(str(config.epochs))}}/{config.epochs}"
    return (
        f"epoch {number}  train accuracy {figures.train_accuracy:7.2%} loss {figures.train_loss:<9.4g}  "
        f"validation accuracy {figures.validation_accuracy:7.2%} loss {figures.validation_loss:<9.4g}  "
        f"{figures.seconds:.2f} s"
    )


def _stopped(record: Record) -> str:
    """Say what was reached before Ctrl-C."""
    if not record.epochs:
        return "Stopped by Ctrl-C before the first epoch was complete."
    last = record.epochs[-1]
    return (
        f"Stopped by Ctrl-C after {last.epoch} of {record.config.epochs} epochs, "
        f"with a validation accuracy of {last.validation_accuracy:.2%}."
    )


def _complain(sentence: str) -> None:
    tqdm.write(sentence, file=sys.stderr)
