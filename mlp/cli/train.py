"""Training on the command line: progress bars, one line per epoch, and results to keep."""

import re
import sys
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from mlp.cli.record import EpochFigures, Record, check_writable, write_json
from mlp.config import RunConfig
from mlp.datasets import REGRESSION, Dataset, load_dataset
from mlp.inspection.diagnostics import Case, diagnose, explain_divergence
from mlp.inspection.metrics import wilson
from mlp.network.optimizers import OPTIMIZERS
from mlp.text import counted
from mlp.training import Model, Report, evaluate, finished, initial_state, steps_left_in_epoch
from mlp.training.pacing import Pacing
from mlp.training.quantum import train_quantum

DIVERGED = 3  # exit code
PIECE_SECONDS = 0.2  # of training between two updates of the bars
# A full bar disappears, its line of results stays. disable=None: no bars unless on a terminal.
LOOK: dict[str, Any] = dict(
    unit=" examples", unit_scale=True, mininterval=0.05, dynamic_ncols=True, leave=False, disable=None
)


def train(config: RunConfig, threads: int, json_file: Path | None) -> int:
    """Train and show the progress. Return the exit code: 0 at the end, 3 if it diverged, 130 after Ctrl-C.

    Raises DatasetError if the data is not available, UsageError if the file cannot be written.
    """
    if json_file is not None:
        check_writable(json_file)
    dataset = load_dataset(config.dataset)
    record = Record(config)
    tqdm.write(_headline(config, dataset))
    try:
        with threadpool_limits(threads, user_api="blas"):
            case = _learn(dataset, record)
        if case.diverged:
            _complain(case.diverged)
            return DIVERGED
        tqdm.write(
            f"test accuracy {record.test_accuracy:.2%}, trained on {record.samples_per_second:,.0f} samples per second"
        )
        if _only_guesses(dataset, record):
            tqdm.write(_why(case))
    except KeyboardInterrupt:
        _complain(_stopped(record))
        return 130
    finally:
        if json_file is not None:
            write_json(json_file, record)
    return 0


def _learn(dataset: Dataset, record: Record) -> Case:
    """Train to the end, or until it diverges, and record every epoch. Return what a diagnosis needs."""
    config, examples = record.config, dataset.info.train
    model, pacing = Model(config, dataset, initial_state(config, dataset)), Pacing(perf_counter)
    with tqdm(total=config.epochs * examples, desc="whole run", **LOOK) as run:
        while not finished(config, model.state):
            reports: list[Report] = []
            with tqdm(total=examples, desc=f"epoch {model.state.epoch + 1}/{config.epochs}", **LOOK) as epoch:
                while not reports or model.state.position:
                    steps, _ = pacing.next_quantum(PIECE_SECONDS, model, pause_at=None, stepping=False)
                    steps = min(steps, steps_left_in_epoch(config, dataset, model.state))
                    result = train_quantum(model, steps, validate=False)
                    pacing.measure(model.state, result, trip_seconds=None)
                    model = replace(model, state=result.state)
                    for report in result.reports:  # with the first step's, there is one of the state before it
                        record.history.append(report)
                    report = result.reports[-1]
                    if report.diverged:
                        return Case(model, record.history.view(), explain_divergence(config, report.diverged))
                    figures = f"accuracy {report.train_accuracy:.1%}, loss {report.train_loss:.4g}"
                    epoch.set_postfix_str(figures, refresh=False)
                    for bar in (epoch, run):
                        bar.update(report.trained)
                    reports.append(report)
            record.epochs.append(EpochFigures.of(reports))
            tqdm.write(_line(config, record.epochs[-1]))
    record.test_accuracy = evaluate(config, dataset, model.state, "test").accuracy
    return Case(model, record.history.view())


def _headline(config: RunConfig, dataset: Dataset) -> str:
    info = dataset.info
    return (
        f"{info.name}: {counted(info.train, 'training example')}; "
        f"network {'–'.join(map(str, config.sizes(info)))} with {config.parameters(info):,} parameters; "
        f"{OPTIMIZERS[config.optimizer].label}, learning rate {config.learning_rate:g}, "
        f"batch size {config.batch_size:,}, seed {config.seed}"
    )


def _line(config: RunConfig, figures: EpochFigures) -> str:
    number = f"{figures.epoch:>{len(str(config.epochs))}}/{config.epochs}"
    return (
        f"epoch {number}  train accuracy {figures.train_accuracy:7.2%} loss {figures.train_loss:<9.4g}  "
        f"validation accuracy {figures.validation_accuracy:7.2%} loss {figures.validation_loss:<9.4g}  "
        f"{figures.seconds:.2f} s"
    )


def _stopped(record: Record) -> str:
    """Return a line on what was reached before Ctrl-C."""
    if not record.epochs:
        return "Stopped by Ctrl-C before the first epoch was complete."
    last = record.epochs[-1]
    return (
        f"Stopped by Ctrl-C after {last.epoch} of {counted(record.config.epochs, 'epoch')}, "
        f"with a validation accuracy of {last.validation_accuracy:.2%}."
    )


def _only_guesses(dataset: Dataset, record: Record) -> bool:
    """Return whether always predicting the most frequent class would do as well, as far as the test set can show."""
    if dataset.info.task == REGRESSION:
        return False
    labels = dataset.test.labels
    lowest, _ = wilson(round(record.test_accuracy * len(labels)), len(labels))
    return lowest <= np.bincount(labels).max() / len(labels)


def _why(case: Case) -> str:
    """Return why a run ended no better than guessing: the first thing that the diagnosis finds."""
    verdict = "No better than guessing."
    for finding in diagnose(case).values():
        evidence = re.split(r"(?<=[^.]\.) ", finding.evidence)[0]
        return f"{verdict} {finding.title}: {evidence[0].lower()}{evidence[1:]}"
    return f"{verdict} Train longer, or try another learning rate."


def _complain(sentence: str) -> None:
    tqdm.write(sentence, file=sys.stderr)
