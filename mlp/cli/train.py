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

from mlp.cli.arguments import UsageError
from mlp.cli.keeping import Keeper, format_of, save
from mlp.cli.paths import check_writable, shown
from mlp.cli.record import EpochFigures, Record, write_json
from mlp.config import RunConfig
from mlp.datasets import REGRESSION, Dataset, load_dataset
from mlp.datasets.own.stored import is_own
from mlp.export import ExportedRun
from mlp.inspection.diagnostics import Case, diagnose
from mlp.inspection.metrics import wilson
from mlp.inspection.regression import reached, target_scales
from mlp.network.optimizers import OPTIMIZERS
from mlp.text import counted, percent
from mlp.training import Evaluation, Model, Report, evaluate, finished, initial_state, steps_left_in_epoch
from mlp.training.best import measure_of
from mlp.training.checkpoint import Checkpoint, Status, begun_with
from mlp.training.monitor import stops_too_late
from mlp.training.pacing import Pacing
from mlp.training.quantum import train_quantum

DIVERGED = 3  # exit code
PIECE_SECONDS = 0.2  # of training between two updates of the bars
# A full bar disappears, its line of results stays. disable=None: no bars unless on a terminal.
LOOK: dict[str, Any] = dict(
    unit=" examples", unit_scale=True, mininterval=0.05, dynamic_ncols=True, leave=False, disable=None
)


def train(
    config: RunConfig,
    threads: int,
    json_file: Path | None,
    file: Path | None = None,
    kept_as: str | None = None,
    at: str = "final",
) -> int:
    """Train and show the progress. Return the exit code: 0 at the end, 3 if it diverged, 130 after Ctrl-C.

    What was trained is saved to `file`, as it was `at` the "best" epoch's end or finally, and kept in the store under
    the name `kept_as` unless that is None. Raises DatasetError if the data is not available, UsageError if something
    can't be written.
    """
    for option, path in (("--json", json_file), ("--save", file)):
        if path is not None:
            check_writable(option, path)
    form = format_of(file) if file else None
    dataset = load_dataset(config.dataset)
    start = Checkpoint(Model(config, dataset, initial_state(config, dataset)), started_with=config)
    if form:
        ahead = replace(start.model, state=replace(start.model.state, step=1))
        trained = replace(start, model=ahead, history=begun_with(start.model).history)  # as it will be, with reports
        if reason := form.why_not(ExportedRun.of(trained)):
            raise UsageError(f"--save {file}: {reason}")
    record = Record(start)
    keeper = None if kept_as is None else Keeper(start, kept_as)
    tqdm.write(_headline(config, dataset))
    if too_late := stops_too_late(config):
        tqdm.write(too_late)
    stopped = False
    try:
        with threadpool_limits(threads, user_api="blas"):
            _learn(dataset, record, keeper)
        if record.run.status is Status.FINISHED:
            if record.run.message:
                tqdm.write(record.run.message)
            if config.averaging:
                tqdm.write(_without_averaging(record))
            tqdm.write(f"{_test(record)}, trained on {record.samples_per_second:,.0f} examples per second")
    except KeyboardInterrupt:
        stopped = True
    finally:
        if json_file is not None:
            write_json(json_file, record)
    if file and form:
        run, best = ExportedRun.of(record.run, kept_as or ""), record.best()
        if at == "best" and best:
            run = run.at_best()
        save("--save", run, form, file)
        which = f"after its best epoch, {best.epoch:,}" if best and best.step == run.state.step else "as it is now"
        tqdm.write(f"Saved the network {which}, as {shown(file)}." if at == "best" else f"Saved as {shown(file)}.")
    if keeper:
        tqdm.write(keeper.close(record.run))
    if stopped:
        complain(_stopped(record))
        return 130
    if record.run.status is Status.DIVERGED:
        complain(record.run.message)
        return DIVERGED
    if _only_guesses(dataset, record):
        tqdm.write(_why(Case(record.run.model, record.run.history)))
    return 0


def _learn(dataset: Dataset, record: Record, keeper: Keeper | None) -> None:
    """Train to the end, or until it diverges, and record every epoch."""
    config, examples = record.config, dataset.info.train
    pacing = Pacing(perf_counter)
    with tqdm(total=config.epochs * examples, desc="whole run", **LOOK) as run:
        while not finished(config, record.run.state):
            reports: list[Report] = []
            with tqdm(total=examples, desc=f"epoch {record.run.state.epoch + 1}/{config.epochs}", **LOOK) as epoch:
                while not reports or record.run.state.position:
                    model = record.run.model
                    steps, _ = pacing.next_quantum(PIECE_SECONDS, model, pause_at=None, stepping=False)
                    steps = min(steps, steps_left_in_epoch(config, dataset, model.state))
                    result = train_quantum(model, steps, validate=False)
                    pacing.measure(model.state, result, trip_seconds=None)
                    report = record.reach(result)
                    if keeper:
                        keeper.record(record.run)
                    if report.diverged:
                        return
                    found = Evaluation(report.train_accuracy, report.train_loss)
                    epoch.set_postfix_str(reached(dataset, "train", found, 1, with_loss=True), refresh=False)
                    for bar in (epoch, run):
                        bar.update(report.trained)
                    reports.append(report)
            record.epochs.append(EpochFigures.of(reports))
            tqdm.write(_line(record, record.epochs[-1]))
    record.test = record.best_test = evaluate(config, dataset, record.run.state, "test")
    best = record.best()
    if best and best.step < record.run.state.step:
        model = record.run.best[measure_of(record.run.model)]
        record.best_test = evaluate(config, dataset, model.state, "test")


def _headline(config: RunConfig, dataset: Dataset) -> str:
    info = dataset.info
    return (
        f"{info.label if is_own(info.name) else info.name}: {counted(info.train, 'training example')}; "
        f"network {'–'.join(map(str, config.sizes(info)))} with {config.parameters(info):,} parameters; "
        f"{OPTIMIZERS[config.optimizer].label}, learning rate {config.learning_rate:g}, "
        f"batch size {config.batch_size:,}, seed {config.seed}"
    )


def _line(record: Record, figures: EpochFigures) -> str:
    epochs = record.config.epochs
    number = f"{figures.epoch:>{len(str(epochs))}}/{epochs}"
    columns = []
    for split, found in (("train", figures.train), ("validation", figures.validation)):
        if record.dataset.info.task == REGRESSION:
            columns.append(f"{split} {reached(record.dataset, split, found):<25}")
        else:
            columns.append(f"{split} accuracy {percent(found.accuracy, 2):>8} loss {found.loss:<9.4g}")
    return f"epoch {number}  {'  '.join(columns)}  {figures.seconds:.2f} s"


def _test(record: Record) -> str:
    """Return what the network reaches on the test set, at the end and, if that was another, after its best epoch."""
    best, last = record.best(), f"test {reached(record.dataset, 'test', record.test)}"
    if best is None or best.step == record.run.state.step:
        return last
    return f"{last} ({reached(record.dataset, 'test', record.best_test)} after the best epoch, {best.epoch:,})"


def _without_averaging(record: Record) -> str:
    """Return what the averaged weights reach on the validation set, beside those of the last step."""
    names, history = ("validation", "unaveraged_validation"), record.run.history
    averaged, last = (Evaluation(history.last(f"{name}_accuracy"), history.last(f"{name}_loss")) for name in names)
    return (
        f"validation {reached(record.dataset, 'validation', averaged)} with averaged weights, "
        f"{reached(record.dataset, 'validation', last)} with those of the last step"
    )


def _stopped(record: Record) -> str:
    """Return a line on what was reached before Ctrl-C."""
    if not record.epochs:
        return "Stopped by Ctrl-C before the first epoch was complete."
    last = record.epochs[-1]
    validation = reached(record.dataset, "validation", last.validation).replace("accuracy ", "accuracy of ")
    epochs = counted(record.config.epochs, "epoch")
    return f"Stopped by Ctrl-C after {last.epoch} of {epochs}, with a validation {validation}."


def _only_guesses(dataset: Dataset, record: Record) -> bool:
    """Return whether guessing the most frequent class, or the mean, does as well, as far as the test set can show."""
    if dataset.info.task == REGRESSION:
        return target_scales(dataset)["test"].r_squared(record.test.loss) <= 0
    labels = dataset.test.labels
    lowest, _ = wilson(round(record.test.accuracy * len(labels)), len(labels))
    return lowest <= np.bincount(labels).max() / len(labels)


def _why(case: Case) -> str:
    """Return why a run ended no better than guessing: the first thing that the diagnosis finds."""
    verdict = "No better than guessing."
    for finding in diagnose(case).values():
        evidence = re.split(r"(?<=[^.]\.) ", finding.evidence)[0]
        return f"{verdict} {finding.title}: {evidence[0].lower()}{evidence[1:]}"
    return f"{verdict} Train longer, or try another learning rate."


def complain(sentence: str) -> None:
    """Print a sentence where errors belong, above the bars."""
    tqdm.write(sentence, file=sys.stderr)
