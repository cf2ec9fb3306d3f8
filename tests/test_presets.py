"""Each preset shows what its sentence promises, on the embedded digits."""

import pytest

from mlp import RunConfig, advance, evaluate, initial_state, load_dataset
from mlp.datasets import DATASETS
from mlp.presets import PRESETS
from mlp.training import Evaluation


def course(config: RunConfig) -> tuple[list[float], list[Evaluation]]:
    """Return the training accuracy over each epoch, and what the validation set says after it."""
    dataset = load_dataset(config.dataset)
    state = initial_state(config, dataset)
    accuracies, evaluations = [], []
    for _ in range(config.epochs):
        state, report = advance(config, dataset, state, config.steps_per_epoch)
        accuracies.append(report.train_accuracy)
        evaluations.append(evaluate(config, dataset, state))
    return accuracies, evaluations


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("dataset", DATASETS)
def test_a_preset_fits_every_data_set(name: str, dataset: str) -> None:
    config = PRESETS[name].config(dataset)
    assert config.dataset == dataset
    assert config.epochs * config.steps_per_epoch * config.parameters < 1e10  # a class sees its end


def test_the_tutorials_network_is_the_tutorials() -> None:
    assert PRESETS["tutorial"].config("mnist") == RunConfig(
        dataset="mnist", hidden=(100, 200), optimizer="sgd", learning_rate=0.1, batch_size=32, epochs=25
    )
    assert course(PRESETS["tutorial"].config("digits"))[1][-1].accuracy > 0.95


def test_the_fast_one_is_fast() -> None:
    assert course(PRESETS["fast"].config("digits"))[1][-1].accuracy > 0.97


def test_a_learning_rate_too_high_thrashes() -> None:
    _, evaluations = course(PRESETS["too_fast"].config("digits"))
    # How high it is thrown now and then hangs on the last bits, and so on the processor: 0.26 to 0.73 with ten courses.
    assert max(evaluation.accuracy for evaluation in evaluations[10:]) < 0.8
    assert evaluations[-1].accuracy < 0.5


def test_no_hidden_layer_is_good_and_then_no_better() -> None:
    _, evaluations = course(PRESETS["linear"].config("digits"))
    assert 0.9 < evaluations[-1].accuracy < 0.97


def test_over_fitting_learns_by_heart_while_the_validation_loss_turns() -> None:
    accuracies, evaluations = course(PRESETS["over_fitting"].config("digits"))
    losses = [evaluation.loss for evaluation in evaluations]
    assert accuracies[-1] == 1
    assert losses[-1] > 1.2 * min(losses)


def test_weights_of_zero_never_leave_a_guess() -> None:
    _, evaluations = course(PRESETS["zeros"].config("digits"))
    assert max(evaluation.accuracy for evaluation in evaluations) < 0.15
