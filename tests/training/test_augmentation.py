"""Augmented images are the same for a seed and a place in the run, and change by no more than was asked for."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from mlp import RunConfig, advance, initial_state, load_dataset
from mlp.inspection.distortions import Distortion, distort
from mlp.run_settings import AUGMENTATION
from mlp.training import Model, augmentation, evaluate
from mlp.training.augmentation import augmented, background_of, displacements, interpolated, places
from mlp.training.loop import Trainer
from tests.small_dataset import small_dataset

EACH: dict[str, Any] = {
    "shift": 2.0,
    "rotation": 30.0,
    "scaling": 0.3,
    "shear": 0.4,
    "elastic": 20.0,
    "flip": True,
    "pixel_noise": 0.2,
    "cutout": 0.4,
}
SHAPE = (9, 7)
IMAGES = np.random.default_rng(0).random((40, 63)).astype(np.float32)
shapes = st.tuples(st.integers(2, 9), st.integers(2, 9))


def changed(images: np.ndarray = IMAGES, at: tuple[int, int, int] = (0, 0, 0), **how: Any) -> np.ndarray:
    return augmented(images, SHAPE, 0.25, RunConfig(**how), *at)


def test_these_are_all_ways_to_change_an_image() -> None:
    assert [*EACH, "elastic_smoothness"] == sorted(AUGMENTATION, key=[*EACH, "elastic_smoothness"].index)


@pytest.mark.parametrize("name", EACH)
def test_equal_places_in_a_run_have_equal_images_and_others_have_others(name: str) -> None:
    how, before = {name: EACH[name]}, IMAGES.copy()
    first = changed(**how)
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first, changed(**how))
    np.testing.assert_array_equal(IMAGES, before)
    for other in ((1, 0, 0), (0, 1, 0), (0, 0, 1)):
        assert (changed(at=other, **how) != first).any(), other
    assert (first != IMAGES).any(axis=1).mean() > 0.4


def test_without_any_of_them_an_image_stays_as_it_is() -> None:
    np.testing.assert_array_equal(changed(), IMAGES)


@given(shapes, st.floats(-3, 3, width=32), st.data())
@settings(max_examples=60)
def test_between_pixels_and_beyond_the_edge_it_is_what_scipy_finds(
    shape: tuple[int, int], background: float, data: st.DataObject
) -> None:
    pixels = shape[0] * shape[1]
    images = data.draw(arrays(np.float32, (2, pixels), elements=st.floats(-1, 1, width=32)))
    x, y = data.draw(arrays(np.float32, (2, 2, pixels), elements=st.floats(-15, 15, width=16)))
    expected = [
        ndimage.map_coordinates(image.reshape(shape), [rows, columns], order=1, mode="grid-constant", cval=background)
        for image, rows, columns in zip(images, y, x, strict=True)
    ]
    np.testing.assert_allclose(interpolated(images, shape, background, x.copy(), y.copy()), expected, atol=1e-5)


def test_images_move_no_further_and_turn_no_more_than_asked() -> None:
    rng = np.random.default_rng(1)
    shape, middle = (11, 11), 60
    x, y = places(500, shape, RunConfig(shift=3), rng)
    moved = np.stack([x[:, middle] - 5, y[:, middle] - 5])
    assert 2.9 < np.abs(moved).max() <= 3
    assert np.abs(moved.mean()) < 0.3

    x, y = places(500, shape, RunConfig(rotation=20, scaling=0.2), rng)
    right = np.stack([x[:, middle + 5] - 5, y[:, middle + 5] - 5])  # where five pixels right of the middle was
    angles = np.degrees(np.arctan2(right[1], right[0]))
    assert 19 < np.abs(angles).max() <= 20.001
    lengths = np.hypot(*right) / 5
    assert 0.8 <= lengths.min() < 0.82
    assert 1.18 < lengths.max() <= 1.2001

    x, y = places(500, shape, RunConfig(rotation=20), rng)
    right, down = (np.stack([x[:, at] - 5, y[:, at] - 5]) for at in (middle + 5, middle + 55))
    np.testing.assert_allclose(down, [-right[1], right[0]], atol=1e-5)  # a quarter turn further, clockwise

    x, y = places(500, shape, RunConfig(shear=0.5), rng)
    slants = (x[:, middle + 11] - 5, y[:, middle + 11] - 6)
    assert 0.48 < np.abs(slants[0]).max() <= 0.5
    np.testing.assert_allclose(slants[1], 0, atol=1e-5)


def test_half_of_the_images_are_mirrored() -> None:
    flipped = changed(flip=True).reshape(-1, *SHAPE)
    before = IMAGES.reshape(-1, *SHAPE)
    mirrored = (flipped == before[:, :, ::-1]).all(axis=(1, 2))
    assert (mirrored | (flipped == before).all(axis=(1, 2))).all()
    assert 8 < mirrored.sum() < 32


def test_the_elastic_field_is_simards() -> None:
    bent = displacements((20, 30), 34.0, 3.0, 5, 2)
    rows, columns = 20 + augmentation.PLACES - 1, 30 + augmentation.PLACES - 1
    noise = np.random.default_rng([5, 2, 0, 2]).uniform(-1, 1, (2, rows + 24, columns + 24))
    smooth = [ndimage.gaussian_filter(each, 3.0, truncate=4)[12:-12, 12:-12] for each in noise]
    np.testing.assert_allclose(bent, 34 * np.stack(smooth), atol=1e-4)
    assert (displacements((20, 30), 34.0, 3.0, 5, 3) != bent).any()


def test_noise_is_as_strong_as_asked_and_a_cutout_as_large() -> None:
    gray = np.full((400, 63), 0.5, np.float32)
    assert changed(gray, pixel_noise=0.2).std() == pytest.approx(0.2, rel=0.02)
    holes = changed(gray, cutout=0.5) == 0.25
    assert (holes.sum(axis=1) == 4 * 4).all()  # of 9 rows and 7 columns
    assert len({tuple(np.flatnonzero(row)) for row in holes}) == 6 * 4  # every place it can be


def test_a_large_mini_batch_is_changed_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(augmentation, "MOST_PIXELS", 63 * 7)
    pieces = changed(rotation=30, elastic=20)
    assert (pieces != IMAGES).any(axis=1).all()
    monkeypatch.setattr(augmentation, "MOST_PIXELS", 1)
    assert (changed(shift=1) != IMAGES).any(axis=1).all()  # images larger than a piece


def test_beyond_the_edge_is_what_the_images_have_at_theirs() -> None:
    dataset = load_dataset("digits")
    assert background_of(dataset) == 0
    paper = replace(dataset, train=dataset.train._replace(inputs=16 - dataset.train.inputs))
    assert background_of(paper) == 1


def test_training_images_are_changed_and_no_others() -> None:
    dataset = small_dataset()
    config = RunConfig(hidden=(5,), batch_size=16, rotation=30)
    plain, turned = (
        Trainer(each, dataset, initial_state(each, dataset)) for each in (replace(config, rotation=0), config)
    )
    inputs, labels, _ = turned.next_batch()
    before, same_labels, _ = plain.next_batch()
    np.testing.assert_array_equal(labels, same_labels)
    expected = augmented(before, (3, 4), background_of(dataset), config, config.seed, 0, 0)
    np.testing.assert_array_equal(inputs, expected)
    state = initial_state(config, dataset)
    assert evaluate(config, dataset, state) == evaluate(replace(config, rotation=0), dataset, state)


def test_it_makes_a_network_robust() -> None:
    dataset = load_dataset("digits")
    images, labels = dataset.validation
    moved = [distort(dataset, images, Distortion(right=right, down=down)) for right in (-1, 1) for down in (-1, 1)]
    accuracies = []
    for shift in (0, 1.5):
        config = RunConfig(dataset="digits", hidden=(64,), epochs=20, shift=shift)
        state, _ = advance(config, dataset, initial_state(config, dataset), 20 * 38)
        answers = [Model(config, dataset, state).logits(each).argmax(axis=1) for each in moved]
        accuracies.append(np.mean(answers == labels))
    before, after = accuracies
    assert after > before + 0.2
