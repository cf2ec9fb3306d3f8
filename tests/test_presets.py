"""Each preset shows what its sentence promises."""

import re

import pytest

from mlp import RunConfig, advance, evaluate, initial_state, load_dataset
from mlp.datasets import DATASETS
from mlp.presets import PRESETS
from mlp.training import Evaluation


def course(config: RunConfig) -> tuple[list[float], list[Evaluation]]:
    """Return the training accuracy over each epoch, and the evaluation after it."""
    dataset = load_dataset(config.dataset)
    state = initial_state(config, dataset)
    accuracies, evaluations = [], []
    for _ in range(config.epochs):
        state, report = advance(config, dataset, state, config.steps_per_epoch(dataset.info))
        accuracies.append(report.train_accuracy)
        evaluations.append(evaluate(config, dataset, state))
    return accuracies, evaluations


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("dataset", DATASETS)
def test_a_preset_fits_every_data_set(name: str, dataset: str) -> None:
    config = PRESETS[name].config(dataset)
    assert config.dataset == dataset
    info = DATASETS[dataset]
    assert config.epochs * config.steps_per_epoch(info) * config.parameters(info) < 1e10  # a class sees its end


def test_the_classic_network_is_the_tutorials() -> None:
    assert PRESETS["tutorial"].config("mnist") == RunConfig(
        dataset="mnist", hidden=(100, 200), optimizer="sgd", learning_rate=0.1, batch_size=32, epochs=25
    )
    (promised,) = re.findall(r"(\d+) %", PRESETS["tutorial"].story_on("digits"))
    assert course(PRESETS["tutorial"].config("digits"))[1][-1].accuracy == pytest.approx(int(promised) / 100, abs=0.015)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("dataset", DATASETS)
def test_a_story_fits_the_data_set(name: str, dataset: str) -> None:
    preset = PRESETS[name]
    story = preset.story_on(dataset)
    named = {other for other, info in DATASETS.items() if info.label.partition(",")[0] in story}
    if preset.only_on and dataset not in preset.only_on:
        assert story.startswith(f"Doesn't show on {DATASETS[dataset].label}; try ")
        assert named >= {dataset, *preset.only_on}
    else:
        assert not named
        assert "MNIST" not in story
        units = preset.config(dataset).hidden
        assert all(int(number) in units for number in re.findall(r"(\d+)(?=(?: and \d+)? ReLU units)", story))


@pytest.mark.parametrize("dataset", ["circles", "gaussians"])
def test_straight_boundaries_are_enough_for_what_the_story_says(dataset: str) -> None:
    enough = "not enough" not in PRESETS["linear"].story_on(dataset)
    assert (course(PRESETS["linear"].config(dataset))[1][-1].accuracy > 0.95) == enough


def test_a_learning_rate_too_high_thrashes() -> None:
    _, evaluations = course(PRESETS["too_fast"].config("digits"))
    # How high it jumps now and then depends on the last bits, and so on the processor: 0.26 to 0.73 in ten runs.
    assert max(evaluation.accuracy for evaluation in evaluations[10:]) < 0.8
    assert evaluations[-1].accuracy < 0.5


@pytest.mark.parametrize(("name", "low", "high"), [("fast", 0.97, 1), ("linear", 0.9, 0.97)])
def test_the_fast_one_is_good_and_one_without_hidden_layers_no_better_than_that(
    name: str, low: float, high: float
) -> None:
    assert low < course(PRESETS[name].config("digits"))[1][-1].accuracy < high


def test_overfitting_memorizes_while_the_validation_loss_rises() -> None:
    accuracies, evaluations = course(PRESETS["over_fitting"].config("digits"))
    losses = [evaluation.loss for evaluation in evaluations]
    assert accuracies[-1] == 1
    assert losses[-1] > 1.2 * min(losses)
