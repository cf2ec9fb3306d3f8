"""Fine-tuning learns a person's own images, and forgets little of what the network knew."""

import functools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mlp import Model, RunConfig, load_dataset
from mlp.config import SETTINGS
from mlp.inspection.distortions import Distortion, distort
from mlp.inspection.predictions import class_probabilities
from mlp.network.layers import Array
from mlp.presets import PRESETS
from mlp.training import TrainingState, advance
from mlp.training.tuning import OLD_PER_NEW, REPEATS, rehearsal_set, tune
from tests.models import WHOLE, model_of

CONFIG = PRESETS["fast"].config("digits")
DIGITS = load_dataset("digits")
FORGOTTEN = 0.02  # the largest loss of validation accuracy that is allowed


@functools.cache
def trained(config: RunConfig = CONFIG) -> TrainingState:
    return model_of(config, WHOLE).state


def turned(count: int) -> tuple[Array, Array]:
    """Digits that the network has not seen, by somebody who writes them slanted."""
    images = distort(DIGITS, DIGITS.test.inputs[:count], Distortion(degrees=35.0))
    return images.astype(np.uint8), DIGITS.test.labels[:count]


def right(model: Model, images: Array, labels: Array) -> float:
    return float((class_probabilities(model, images).argmax(axis=1) == labels).mean())


@pytest.mark.parametrize(
    ("count", "options"), [(1, {}), (10, {}), (60, {}), (10, {"averaging": 0.999, "batch_norm": True})]
)
def test_ones_own_pictures_are_learned_and_little_is_forgotten(count: int, options: dict[str, Any]) -> None:
    images, labels = turned(count)
    config = replace(CONFIG, **options)
    before = Model(config, DIGITS, trained(config))
    tuned = tune(before, images, labels)
    assert right(before, images, labels) < 0.6
    assert right(replace(before, state=tuned.state), images, labels) > 0.9
    assert tuned.before.accuracy > 0.95
    assert tuned.after.accuracy > tuned.before.accuracy - FORGOTTEN


def test_the_same_drawings_give_the_same_network_to_the_last_bit_and_change_nothing_else() -> None:
    images, labels = turned(5)
    before = trained()
    parameters = before.parameters.copy()
    tuned = tune(Model(CONFIG, DIGITS, before), images, labels)
    assert tuned.state.same_as(tune(Model(CONFIG, DIGITS, before), images, labels).state)
    assert (before.parameters == parameters).all()
    assert (tuned.state.epoch, tuned.state.position) == (before.epoch, before.position)
    assert tuned.state.step > before.step


def test_a_run_goes_on_from_where_it_was_tuned() -> None:
    config = replace(CONFIG, epochs=2 * CONFIG.epochs)
    state = model_of(config, 50).state
    tuned = tune(Model(config, DIGITS, state), *turned(3)).state
    after, report = advance(config, DIGITS, tuned, 5)
    assert after.step == tuned.step + 5
    assert report.progress == advance(config, DIGITS, state, 5)[1].progress


def test_the_least_learning_rate_is_no_less() -> None:
    least = replace(CONFIG, learning_rate=SETTINGS["learning_rate"].low)
    assert tune(Model(least, DIGITS, trained()), *turned(3)).report.learning_rate == pytest.approx(least.learning_rate)


def test_the_pile_has_each_picture_among_old_ones_of_all_classes() -> None:
    images, labels = turned(80)
    mixed = rehearsal_set(DIGITS, images, labels, seed=1).train
    new = REPEATS * len(labels)
    assert len(mixed.labels) == new + min(OLD_PER_NEW * new, len(DIGITS.train.labels))
    assert (mixed.inputs[:new:REPEATS] == images).all()
    assert set(mixed.labels[new:].tolist()) == set(range(10))


def test_where_the_numbers_leave_the_finite_ones_it_says_so() -> None:
    config = replace(CONFIG, optimizer="sgd", activation="identity", learning_rate=10.0)
    state = replace(trained(), optimizer="sgd", moments=np.zeros((0, len(trained().parameters)), np.float32))
    tuned = tune(Model(config, DIGITS, state), *turned(10))
    assert tuned.report.diverged
    assert np.isfinite(tuned.state.parameters).all()


@pytest.mark.parametrize(
    ("images", "labels", "told"),
    [
        (np.zeros((0, 64), np.uint8), np.zeros(0, int), "do not fit digits"),
        (np.zeros((2, 784), np.uint8), np.zeros(2, int), "do not fit digits"),
        (np.zeros((2, 64), np.uint8), np.zeros(3, int), "do not fit digits"),
        (np.zeros((2, 64), np.uint8), np.array([0, 10]), "from 0 to 9"),
    ],
)
def test_what_is_no_pile_of_pictures_is_refused(images: Array, labels: Array, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        tune(Model(CONFIG, DIGITS, trained()), images, labels)


def test_points_are_refused() -> None:
    model = model_of(RunConfig(dataset="moons", hidden=(4,)))
    with pytest.raises(ValueError, match="points, not images"):
        tune(model, np.zeros((1, 2), np.float32), np.zeros(1, int))
