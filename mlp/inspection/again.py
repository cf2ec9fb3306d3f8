"""A network whose state was not kept is trained again, from an earlier one, to be measured."""

from collections.abc import Sequence
from dataclasses import replace
from math import nan
from time import monotonic

from mlp.config import RunConfig
from mlp.inspection.regression import measured_score
from mlp.training import Model, advance
from mlp.training.best import resumable
from mlp.training.history import Change
from mlp.training.state import steps_left_in_epoch

MOST_SECONDS = 3.0  # of training: others wait for the same process
MOST_STEPS = 200  # between two looks at the clock, fewer of a large network:
MOST_PARAMETERS = 4_000_000  # in all of these steps
AS_SHOWN = 0.0005  # two scores that differ by less are the same network's, perhaps trained on another processor


def score_on_test(kept: Model, changes: Sequence[Change], step: int, validation: float) -> float:
    """Return the score on the test set that a run's network had at a step; NaN if it can't be found again.

    `kept` is its last kept state at or before that step, `changes` are the run's, and `validation` is the score on the
    validation set that was reported there.
    """
    if kept.state.step == step:
        return measured_score(kept, "test")
    model = trained_again(kept, changes, step)
    found = model is not None and abs(measured_score(model, "validation") - validation) < AS_SHOWN
    return measured_score(model, "test") if model and found else nan


def trained_again(kept: Model, changes: Sequence[Change], step: int) -> Model | None:
    """Return a run's network at a step after that of a kept one, trained on with the settings that the run had.

    None if training ends before, or takes too long.
    """
    model, ends = kept, monotonic() + MOST_SECONDS
    piece = min(MOST_STEPS, 1 + MOST_PARAMETERS // len(kept.state.parameters))
    settings = {change.step: change.config_json for change in changes if kept.state.step <= change.step < step}
    for until in (*sorted(settings), step):
        while model.state.step < until:
            if monotonic() > ends:
                return None
            config, dataset, before = model.config, model.dataset, model.state
            steps = min(until - before.step, steps_left_in_epoch(config, dataset, before), piece)
            model = replace(model, state=advance(config, dataset, before, steps)[0])
            if model.state.step == before.step:
                return None
        if settings.get(until):
            model = resumable(replace(model, config=RunConfig.from_json(settings[until])))
    return model
