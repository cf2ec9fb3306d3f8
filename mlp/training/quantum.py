"""A quantum is the piece of training that a worker does in one go: some steps, with measurements."""

from collections.abc import Mapping
from dataclasses import replace
from math import inf
from time import perf_counter
from typing import NamedTuple

from mlp.machine import Machine
from mlp.training.best import MEASURES, merit
from mlp.training.evaluation import evaluate
from mlp.training.loop import Trainer, report_untrained
from mlp.training.model import Model
from mlp.training.report import Report
from mlp.training.state import TrainingState, finished, steps_left_in_epoch


class Quantum(NamedTuple):
    """What a worker is asked for: the arguments of `train_quantum`."""

    model: Model
    steps: int
    validate: bool


class QuantumResult(NamedTuple):
    """What a worker returns."""

    state: TrainingState
    reports: list[Report]  # one for each epoch or part of an epoch
    seconds: float  # that the worker was busy
    validation_seconds: float  # the part spent on the last measurement on the validation set; 0 if there was none
    best: Mapping[str, TrainingState]  # of the epochs that ended, the best state by each of MEASURES
    machine: Machine | None = None  # of a cluster that trained it; None: this one


def train_quantum(model: Model, steps: int, validate: bool) -> QuantumResult:
    """Train up to `steps` mini-batches, with a report at each epoch's end and at the last step.

    The validation set is measured before the very first step, at each epoch's end, where training diverges and, if
    `validate`, after the last step. With `evaluate_train`, so is the training set: of images at each epoch's end, of
    points in the plane, which are few, every time. Where an average of the weights predicts, the validation set is
    measured without it, too. What is learned does not depend on any of that. Where it does, with
    early stopping, `advance` has measured the validation set.
    """
    started = perf_counter()
    config, dataset, state = model.config, model.dataset, model.state
    validation_seconds = 0.0
    reports = []
    best: dict[str, tuple[float, TrainingState]] = {}

    def measured(report: Report) -> Report:
        nonlocal validation_seconds
        begun, known = perf_counter(), report.validation
        report = replace(report, validation=known or evaluate(config, dataset, state))
        if config.averaging:
            report = replace(report, unaveraged=evaluate(replace(config, averaging=0.0), dataset, state))
        if config.evaluate_train and dataset.info.features:
            report = replace(report, evaluated_train=evaluate(config, dataset, state, "train"))
        if known is None:
            validation_seconds = perf_counter() - begun
        return report

    if state.step == 0:
        reports.append(measured(report_untrained(config, dataset, state)))
    trainer = Trainer(config, dataset, state)
    while steps > 0 and not finished(config, state):
        piece = min(steps, steps_left_in_epoch(config, dataset, state))
        steps -= piece
        state, report = trainer.advance(piece)
        epoch_ended = state.position == 0 and report.trained > 0
        if epoch_ended or report.diverged or (validate and steps == 0):
            report = measured(report)
        if epoch_ended and config.evaluate_train and not report.evaluated_train:
            report = replace(report, evaluated_train=evaluate(config, dataset, state, "train"))
        reports.append(report)
        if epoch_ended and report.validation:
            for measure in MEASURES:
                value = merit(measure, report.validation)
                if value > (best[measure][0] if measure in best else -inf):
                    best[measure] = value, state
        if report.diverged:
            break
    passed = {measure: passed for measure, (_, passed) in best.items()}
    return QuantumResult(state, reports, perf_counter() - started, validation_seconds, passed)
