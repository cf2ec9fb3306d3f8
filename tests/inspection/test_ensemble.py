"""Networks that answer together give the mean of what each says."""

from dataclasses import replace

import numpy as np
import pytest

from mlp import Model, RunConfig, evaluate
from mlp.datasets.dataset import Target
from mlp.inspection.ensemble import ensemble, mean_predictions
from mlp.inspection.predictions import predict
from mlp.inspection.regression import predict_numbers
from tests.models import model_of, with_parameters
from tests.tables import regression_model

DIGITS = RunConfig(dataset="digits", hidden=(20,))
NAMES = ["first", "second", "third"]


def networks(steps: int = 60) -> list[Model]:
    return [model_of(replace(DIGITS, seed=seed, hidden=(20, seed)), steps) for seed in (5, 6, 7)]


@pytest.mark.parametrize("split", ["validation", "test"])
def test_an_ensemble_has_the_mean_of_the_probabilities(split: str) -> None:
    models = networks()
    found = ensemble(models, NAMES, split)
    each = np.array([predict(model, split).probabilities for model in models], np.float64)
    labels = models[0].dataset.split(split).labels
    mean = each.mean(axis=0)
    assert found.together.accuracy == (mean.argmax(axis=1) == labels).mean()
    assert found.together.loss == pytest.approx(-np.log(mean[np.arange(len(labels)), labels]).mean(), rel=1e-5)
    assert mean_predictions([predict(model, split) for model in models]).probabilities == pytest.approx(mean)
    answers = each.argmax(axis=2)
    assert found.disagreement == np.mean([len(set(column)) > 1 for column in answers.T])
    assert 0 < found.disagreement < 1
    for model, alone in zip(models, found.members, strict=True):
        assert alone == pytest.approx(evaluate(model.config, model.dataset, model.state, split), rel=1e-5)


def test_different_mistakes_are_corrected() -> None:
    found = ensemble(networks(), NAMES)
    assert found.together.accuracy >= np.mean([alone.accuracy for alone in found.members])
    assert found.together.loss < np.mean([alone.loss for alone in found.members]), "cross-entropy is convex"


def test_a_network_with_itself_is_itself() -> None:
    model = networks()[0]
    found = ensemble([model, model], ["one", "two"])
    assert found.together == pytest.approx(found.members[0])
    assert found.disagreement == 0


def test_an_ensemble_of_a_regression_has_the_mean_of_the_numbers() -> None:
    model = regression_model(100)
    info = replace(model.dataset.info, target=Target("disease", mean=150.0, scale=77.0))
    model = replace(model, dataset=replace(model.dataset, info=info))
    other = with_parameters(model, 0.5 * model.state.parameters)
    found = ensemble([model, other], NAMES[:2])
    each = np.array([predict_numbers(one).numbers for one in (model, other)])
    errors = (each.mean(axis=0) - predict_numbers(model).truth) / 77.0
    assert found.together.loss == pytest.approx(0.5 * np.mean(errors**2), rel=1e-5)
    assert found.together.accuracy == (np.abs(errors) <= 0.1).mean()
    assert found.disagreement == pytest.approx(each.std(axis=0).mean(), rel=1e-5)


def test_what_is_no_ensemble_is_refused_with_a_sentence() -> None:
    first, second, _ = networks(1)
    moons = model_of(RunConfig(dataset="moons", batch_size=10))
    broken = with_parameters(second, second.state.parameters * np.nan)
    with pytest.raises(ValueError, match="One network is no ensemble"):
        ensemble([first], ["first"])
    with pytest.raises(ValueError, match="different data sets: Digits, 8 × 8; Moons"):
        ensemble([first, second, moons], NAMES)
    other = replace(second, dataset=replace(second.dataset, validation=second.dataset.test))
    with pytest.raises(ValueError, match="different examples, though all are called Digits, 8 × 8"):
        ensemble([first, other], NAMES[:2])
    with pytest.raises(ValueError, match="The weights of second became NaN or infinite"):
        ensemble([first, broken], NAMES[:2])
