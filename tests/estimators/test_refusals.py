"""What the estimators warn of, and what they refuse with a sentence."""

from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from mlp.estimators import MLPClassifier, MLPRegressor
from tests.estimators.examples import COURSE, FLOWERS, NAMES, PATIENTS, SPECIES

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_epochs_that_are_too_few_are_a_warning() -> None:
    with pytest.warns(ConvergenceWarning, match="All 3 epochs are done, and training still makes progress"):
        MLPClassifier((5,), max_iter=3).fit(FLOWERS, NAMES)


def test_divergence_is_an_error_that_says_what_to_do() -> None:
    network = MLPRegressor((5,), solver="sgd", learning_rate_init=100, random_state=0)
    with pytest.raises(
        ValueError, match=r"Training diverged at step \d+: .* Lower learning_rate_init \(it is 100\), or scale"
    ):
        network.fit(PATIENTS * 100, COURSE)
    with pytest.raises(NotFittedError):
        network.predict(PATIENTS)


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"solver": "lbfgs"}, r"There is no solver 'lbfgs'\. Known: sgd, rmsprop, adam, adamw\."),
        ({"activation": "rellu"}, r"There is no activation 'rellu'\. Did you mean 'relu'\?"),
        ({"learning_rate": "cosin"}, "There is no learning rate 'cosin'. Did you mean 'cosine'?"),
        ({"learning_rate_init": 0}, r"learning_rate_init is 0; it must be a number from 0\.000001 to 100\."),
        ({"hidden_layer_sizes": (10, 0)}, "hidden_layer_sizes is 0; it must be a whole number from 1 to 1,024."),
        ({"hidden_layer_sizes": 2.5}, r"hidden_layer_sizes is 2\.5; it must be a whole number from 1 to 1,024\."),
        ({"hidden_layer_sizes": (5,) * 7}, "hidden_layer_sizes has 7 layers; 0 to 6 are allowed"),
        ({"batch_size": "all"}, "batch_size is 'all'; it must be a whole number"),
        ({"alpha": -1}, "alpha is -1; it must be a number of at least 0"),
        ({"alpha": 500, "batch_size": 50}, "alpha is 500; it must be at most 50"),
        ({"early_stopping": "yes"}, "early_stopping is 'yes'; it must be true or false"),
        ({"class_weight": "equal"}, "class_weight is 'equal'; it must be None, 'balanced' or"),
        ({"class_weight": {"tulip": 2}}, r"class_weight has the classes \['tulip'\], which are not in y"),
        ({"class_weight": {"setosa": None}}, "class_weight of 'setosa' is None; it must be a number of at least 0"),
        ({"class_weight": {"setosa": "two"}}, "class_weight of 'setosa' is 'two'; it must be a number of at least 0"),
        ({"early_stopping": True, "validation_fraction": 0.001}, "validation_fraction is 0.001 of 150 examples; at"),
        ({"early_stopping": True, "validation_fraction": 1}, "validation_fraction is 1 of 150 examples; at least 3"),
        ({"n_iter_no_change": 0}, "n_iter_no_change is 0; it must be a number of at least 1"),
    ],
)  # fmt: skip
def test_an_invalid_parameter_is_refused_with_a_sentence(parameters: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        MLPClassifier(**parameters).fit(FLOWERS, NAMES)


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"early_stopping": True}, "partial_fit trains one epoch, so it can't stop early"),
        ({"learning_rate": "cosine"}, "learning_rate is 'cosine', which depends on the number of epochs"),
        ({"class_weight": "balanced"}, "class_weight is 'balanced', but partial_fit does not see all examples"),
    ],
)
def test_partial_fit_refuses_what_one_epoch_cannot_do(parameters: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        MLPClassifier(**parameters).partial_fit(FLOWERS, NAMES, classes=np.unique(NAMES))


@pytest.mark.parametrize("large", [1e39, -1e39, 3e38])  # the sums of the last alone are beyond it
def test_inputs_beyond_the_networks_precision_are_refused(large: float) -> None:
    network = MLPClassifier((5,), max_iter=3, batch_size=50, random_state=0).fit(FLOWERS, NAMES)
    network.model_ = network.model_.with_parameters(1000 * network.model_.parameters)
    for answer in (network.predict, network.predict_proba, network.predict_log_proba):
        with pytest.raises(ValueError, match=r"X has numbers so large .* beyond float32\. Scale the inputs"):
            answer(np.full_like(FLOWERS, large))


def test_weights_that_are_nan_are_not_blamed_on_the_inputs() -> None:
    network = MLPClassifier((5,), max_iter=3, batch_size=50, random_state=0).fit(FLOWERS, NAMES)
    network.model_ = network.model_.with_parameters(np.nan * network.model_.parameters)
    assert np.isnan(network.predict_proba(FLOWERS)).all()


def test_a_regression_of_words_is_refused() -> None:
    for fit in (MLPRegressor().fit, MLPRegressor().partial_fit):
        with pytest.raises(ValueError, match=r"y is of type <U.*; it must be numbers"):
            fit(PATIENTS, COURSE.astype(str))


def test_what_makes_no_sense_or_is_not_supported_is_refused() -> None:
    with pytest.raises(ValueError, match="There is only one class"):
        MLPClassifier().fit(FLOWERS[:50], NAMES[:50])
    with pytest.raises(ValueError, match="There is only one class"):
        MLPClassifier().partial_fit(FLOWERS[:50], NAMES[:50], classes=["setosa"])
    for weights, sentence in [([1.0] * 5, r"must be \(150,\)"), ([-1.0] * 150, "0 or more"), ([0] * 150, "are zero")]:
        with pytest.raises(ValueError, match=sentence):
            MLPClassifier().fit(FLOWERS, NAMES, sample_weight=weights)
    for fit in (MLPClassifier().fit, MLPClassifier().partial_fit, MLPRegressor().fit, MLPRegressor().partial_fit):
        with pytest.raises(ValueError, match=r"y has 2 answers for each example.* sklearn\.multioutput\.MultiOutput"):
            fit(FLOWERS, np.column_stack([SPECIES, SPECIES]))
