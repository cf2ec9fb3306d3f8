"""Weights: a class of few examples, or a single example, counts as much as wanted, in training and nowhere else."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from mlp import Model, RunConfig, TrainingState, advance, evaluate, initial_state, load_dataset
from mlp.datasets import CLASSIFICATION, REGRESSION, Dataset, Recipe, Split
from mlp.inspection.metrics import class_scores
from mlp.inspection.predictions import predict
from mlp.training import FLOAT
from mlp.training.loop import class_weights, example_weights

PLAIN = RunConfig(hidden=(8,), batch_size=16, learning_rate=0.1, epochs=50)
BALANCED = replace(PLAIN, class_weights="balanced")


def dataset_with(counts: list[int], distance: float = 1.0) -> Dataset:
    """Return clouds of points of four columns, so many of each class in the training set, `distance` apart."""
    rng = np.random.default_rng(5)
    labels = np.repeat(np.arange(len(counts), dtype=np.uint8), counts)
    inputs = (rng.normal(size=(len(labels), 4)) + distance * labels[:, None]).astype(np.float32)
    base = Dataset.from_arrays(inputs, labels, class_names=list("abcdef")[: len(counts)])
    split = Split(inputs, labels)
    return replace(base, info=replace(base.info, train=len(labels)), train=split)


def trained(config: RunConfig, dataset: Dataset, steps: int) -> TrainingState:
    return advance(config, dataset, initial_state(config, dataset), steps)[0]


def test_balanced_weights_are_scikit_learns() -> None:
    dataset = dataset_with([60, 30, 6])
    weights = class_weights(BALANCED, dataset)
    assert weights is not None
    labels = dataset.train.labels
    np.testing.assert_allclose(weights, compute_class_weight("balanced", classes=np.arange(3), y=labels))
    assert weights[labels].mean() == pytest.approx(1), "losses stay as large as they were"
    assert class_weights(PLAIN, dataset) is None


def test_a_class_without_training_examples_disturbs_nothing() -> None:
    dataset = dataset_with([20, 20, 3])
    without = replace(dataset, train=dataset.train.rows(0, 40))
    weights = class_weights(BALANCED, without)
    assert weights is not None
    np.testing.assert_allclose(weights[:2], 40 / (3 * 20))
    assert np.isfinite(weights).all()


def test_weights_do_what_repeating_the_rare_examples_does() -> None:
    dataset = dataset_with([30, 10])
    rare = dataset.train.rows(30, 40)
    repeated = Split(*(np.concatenate([part, *2 * [more]]) for part, more in zip(dataset.train, rare, strict=True)))
    config = replace(BALANCED, batch_size=40, learning_rate=0.3)  # a step sees all examples
    weighted, found = advance(config, dataset, initial_state(config, dataset), 30)
    other = replace(dataset, info=replace(dataset.info, train=60), train=repeated)
    config = replace(PLAIN, batch_size=60, learning_rate=0.3)
    longer, expected = advance(config, other, initial_state(config, other), 30)
    np.testing.assert_allclose(weighted.parameters, longer.parameters, atol=1e-5)
    assert found.train_loss == pytest.approx(expected.train_loss, rel=1e-5)
    unweighted = trained(replace(PLAIN, batch_size=40, learning_rate=0.3), dataset, 30)
    assert np.abs(unweighted.parameters - longer.parameters).max() > 0.01


@pytest.mark.parametrize("task", [CLASSIFICATION, REGRESSION])
def test_an_examples_own_weight_does_what_repeating_it_does(task: str) -> None:
    dataset = dataset_with([30, 10]) if task == CLASSIFICATION else load_dataset(Recipe("slope", task=REGRESSION).name)
    part = dataset.train.rows(0, 40)
    times = np.tile([1, 2, 3, 4], 10)
    weighted = replace(dataset, info=replace(dataset.info, train=40), train=part, weights=times / times.mean())
    config = replace(PLAIN, batch_size=40, learning_rate=0.3)  # a step sees all examples
    found, report = advance(config, weighted, initial_state(config, weighted), 30)
    repeated = Split(*(np.repeat(values, times, axis=0) for values in part))
    other = replace(dataset, info=replace(dataset.info, train=100), train=repeated)
    config = replace(config, batch_size=100)
    longer, expected = advance(config, other, initial_state(config, other), 30)
    np.testing.assert_allclose(found.parameters, longer.parameters, atol=1e-5)
    assert report.train_loss == pytest.approx(expected.train_loss, rel=1e-4)


def test_an_example_counts_by_its_own_weight_times_its_classs() -> None:
    dataset = replace(dataset_with([30, 10]), weights=np.tile([0.5, 1.5], 20))
    weights = example_weights(BALANCED, dataset, FLOAT)
    assert weights is not None
    np.testing.assert_allclose(weights[:2], np.array([0.5, 1.5]) * 40 / (2 * 30))
    np.testing.assert_allclose(weights[-2:], np.array([0.5, 1.5]) * 40 / (2 * 10))
    assert example_weights(PLAIN, dataset_with([30, 10]), FLOAT) is None


def test_on_classes_of_one_size_nothing_changes_to_the_last_bit() -> None:
    dataset = dataset_with([25, 25, 25])
    assert trained(BALANCED, dataset, 20).same_as(trained(PLAIN, dataset, 20))


def test_a_regression_has_no_class_weights() -> None:
    dataset = load_dataset(Recipe("slope", task=REGRESSION).name)
    assert class_weights(BALANCED, dataset) is None
    assert trained(BALANCED, dataset, 5).same_as(trained(PLAIN, dataset, 5))


def test_an_evaluation_is_not_weighted() -> None:
    dataset = dataset_with([30, 10])
    state = trained(BALANCED, dataset, 20)
    for split in ("train", "validation"):
        assert evaluate(BALANCED, dataset, state, split) == evaluate(PLAIN, dataset, state, split)


def test_a_rare_class_is_found_more_often() -> None:
    dataset = dataset_with([400, 20], distance=0.8)
    recalls = {}
    for config in (PLAIN, BALANCED):
        found = class_scores(predict(Model(config, dataset, trained(config, dataset, 1000)), "train"))
        recalls[config.class_weights] = found.recall
    assert recalls["none"][1] < 0.6
    assert recalls["balanced"][1] > 0.8
