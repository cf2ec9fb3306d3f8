"""A history keeps every report, and a view of it never changes."""

import math
from dataclasses import replace

import numpy as np
import pytest

from mlp.training import Evaluation, Report
from mlp.training.history import COLUMNS, History

REPORT = Report(
    epoch=2,
    step=11,
    examples=219,
    progress=2.05,
    trained=40,
    train_loss=0.7,
    train_accuracy=0.8,
    learning_rate=0.1,
    gradient_norm=5.0,
    update_ratio=0.03,
    seconds=0.5,
)
UNTRAINED = replace(REPORT, trained=0, train_loss=math.nan, gradient_norm=math.nan, update_ratio=math.nan, seconds=0.0)


def test_every_column_says_what_the_report_said() -> None:
    history = History()
    history.append(
        replace(
            REPORT,
            validation=Evaluation(0.9, 0.3),
            unaveraged=Evaluation(0.8, 0.4),
            evaluated_train=Evaluation(0.95, 0.2),
        )
    )
    row = {name: float(history.view()[name][0]) for name in COLUMNS}
    assert row == {
        "step": 11,
        "epoch": 2,
        "progress": 2.05,
        "examples": 219,
        "seconds": 0.5,
        "trained": 40,
        "learning_rate": 0.1,
        "train_loss": 0.7,
        "train_accuracy": 0.8,
        "validation_loss": 0.3,
        "validation_accuracy": 0.9,
        "unaveraged_validation_loss": 0.4,
        "unaveraged_validation_accuracy": 0.8,
        "evaluated_train_loss": 0.2,
        "evaluated_train_accuracy": 0.95,
        "gradient_norm": 5.0,
        "update_ratio": 0.03,
    }


@pytest.mark.parametrize(
    "column",
    [
        "validation_loss",
        "evaluated_train_loss",
        "evaluated_train_accuracy",
        "train_loss",
        "gradient_norm",
        "update_ratio",
    ],
)
def test_what_was_not_measured_is_no_number(column: str) -> None:
    history = History()
    history.append(UNTRAINED)
    assert np.isnan(history.view()[column][0])


def test_seconds_add_up_over_the_run() -> None:
    history = History()
    for seconds in (0.5, 0.25, 1.0):
        history.append(replace(REPORT, seconds=seconds))
    np.testing.assert_allclose(history.view()["seconds"], [0.5, 0.75, 1.75])


def test_a_view_stays_as_it_is_while_the_history_outgrows_its_room() -> None:
    history, views = History(), []
    for step in range(1500):
        history.append(replace(REPORT, step=step))
        views.append(history.view())
    for count, view in enumerate(views, start=1):
        assert len(view) == count
        assert view["step"][-1] == count - 1
    np.testing.assert_array_equal(history.view()["step"], np.arange(1500))


def test_a_view_cannot_be_written() -> None:
    history = History()
    history.append(REPORT)
    with pytest.raises(ValueError, match="read-only"):
        history.view()["step"][0] = 1
    history.append(REPORT)  # the history itself still can
    assert len(history.view()) == 2


def test_the_last_value_is_the_latest_that_was_measured() -> None:
    history = History()
    assert math.isnan(history.view().last("validation_accuracy"))
    history.append(replace(REPORT, validation=Evaluation(0.6, 1.0)))
    history.append(replace(REPORT, validation=Evaluation(0.7, 0.9)))
    history.append(replace(REPORT, validation=Evaluation(0.1, math.inf)))
    history.append(REPORT)
    assert history.view().last("validation_accuracy") == 0.1
    assert history.view().last("validation_loss") == 0.9, "infinity is no measurement"
