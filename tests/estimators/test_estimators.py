"""The estimators keep scikit-learn's rules, and compute what its own perceptrons compute."""

import inspect
import pickle
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from mlp.estimators import MLPClassifier, MLPRegressor
from mlp.estimators.parameters import PARAMETERS
from mlp.export import FORMATS, ExportedRun
from mlp.export.opening import open_network
from mlp.network.network import split_parameters
from mlp.training import initial_state
from tests.estimators.examples import COURSE, FLOWERS, NAMES, PATIENTS, SPECIES

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.filterwarnings("ignore")  # scikit-learn looks at some of the checks' warnings itself
@pytest.mark.parametrize(
    ("ours", "theirs", "passed"), [(MLPClassifier, TheirClassifier, 62), (MLPRegressor, TheirRegressor, 58)]
)
def test_scikit_learns_checks_pass(ours: Any, theirs: Any, passed: int) -> None:
    results = check_estimator(ours(), on_skip=None)
    assert sum(result["status"] == "passed" for result in results) == passed
    assert [result["check_name"] for result in results if result["status"] != "passed"] == ["check_array_api_input"]


@pytest.mark.parametrize(
    ("ours", "theirs", "y"), [(MLPClassifier, TheirClassifier, NAMES), (MLPRegressor, TheirRegressor, FLOWERS[:, 0])]
)
def test_what_differs_from_scikit_learns_is_what_is_documented(ours: Any, theirs: Any, y: np.ndarray) -> None:
    names = ours().get_params().keys()
    assert theirs().get_params().keys() - names == ({"max_fun", "loss"} if ours is MLPRegressor else {"max_fun"})
    fitted, model = (one(max_iter=1).fit(FLOWERS, y) for one in (theirs, ours))
    attributes = [name for name in dir(fitted) if re.fullmatch(r"[a-z].*_", name)]
    assert [name for name in attributes if not hasattr(model, name)] == []
    for name in ("n_layers_", "n_outputs_", "out_activation_"):
        assert getattr(model, name) == getattr(fitted, name)


def from_the_same_weights(theirs: Any, ours: Any, X: Any, y: Any) -> Any:
    """Train scikit-learn's estimator from the weights that ours started from."""
    start = initial_state(ours.model_.config, ours.model_.dataset, ours.model_.state.parameters.dtype)
    theirs.set_params(warm_start=True)
    theirs.partial_fit(X, y, **({"classes": np.unique(y)} if hasattr(theirs, "predict_proba") else {}))
    for layer, (weights, biases) in enumerate(split_parameters(start.parameters, ours.model_.sizes)):
        theirs.coefs_[layer], theirs.intercepts_[layer] = weights.copy(), biases.copy()
    theirs.t_, theirs.loss_curve_, theirs.best_loss_, theirs._no_improvement_count = 0, [], np.inf, 0
    return theirs


SAME: dict[str, dict[str, Any]] = {
    "Nesterov": dict(solver="sgd", learning_rate_init=0.05),
    "momentum": dict(solver="sgd", learning_rate_init=0.05, nesterovs_momentum=False, momentum=0.8),
    "plain SGD": dict(solver="sgd", learning_rate_init=0.05, momentum=0),
    "Adam": dict(learning_rate_init=0.01, epsilon=1e-12, beta_1=0.8, beta_2=0.9),
    "a penalty": dict(solver="sgd", learning_rate_init=0.05, alpha=2.0),
    "logistic": dict(solver="sgd", learning_rate_init=0.05, activation="logistic"),
    "tanh, two layers": dict(solver="sgd", learning_rate_init=0.05, activation="tanh", hidden_layer_sizes=(8, 5)),
    "identity": dict(solver="sgd", learning_rate_init=0.05, activation="identity", max_iter=20),
    "invscaling": dict(solver="sgd", learning_rate_init=0.05, momentum=0, learning_rate="invscaling", power_t=0.2),
    "adaptive": dict(
        solver="sgd",
        learning_rate_init=0.2,
        momentum=0,
        learning_rate="adaptive",
        tol=0.01,
        n_iter_no_change=2,
        max_iter=20,
    ),
    "until it stops": dict(solver="sgd", learning_rate_init=0.05, tol=0.02, n_iter_no_change=3, max_iter=500),
}


@pytest.mark.parametrize("batch_size", [50, 150])
@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize("name", SAME)
def test_they_compute_what_scikit_learns_compute(name: str, task: str, batch_size: int) -> None:
    classifies = task == "classification"
    X, y = (FLOWERS, NAMES) if classifies else (PATIENTS[:150], COURSE[:150])
    parameters: dict[str, Any] = dict(hidden_layer_sizes=(10,), max_iter=30, shuffle=False) | SAME[name]
    parameters["batch_size"] = batch_size
    ours = (MLPClassifier if classifies else MLPRegressor)(random_state=0, **parameters).fit(X, y)
    theirs = (TheirClassifier if classifies else TheirRegressor)(**parameters)
    theirs = from_the_same_weights(theirs, ours, X, y).fit(X, y)
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.t_ == theirs.t_
    assert (ours.n_iter_ < parameters["max_iter"]) == (name == "until it stops")
    # Mini-batches are computed in float32. Adam's ε is added before the correction for the start at zero there.
    tolerance = 1e-4 if batch_size == 50 else 1e-5 if name == "Adam" else 1e-9
    for ours_of, theirs_of in [(ours.coefs_, theirs.coefs_), (ours.intercepts_, theirs.intercepts_)]:
        for mine, other in zip(ours_of, theirs_of, strict=True):
            np.testing.assert_allclose(mine, other, atol=tolerance)
    if classifies:
        np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=10 * tolerance)
        np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    else:
        np.testing.assert_allclose(ours.predict(X), theirs.predict(X), atol=10 * tolerance)


def test_the_adaptive_learning_rate_falls_on_each_plateau() -> None:
    parameters: dict[str, Any] = dict(SAME["adaptive"], max_iter=500, batch_size=50, shuffle=False, random_state=0)
    falling = MLPClassifier(**parameters).fit(FLOWERS, NAMES)
    assert falling._progress.slowdown > 5**4
    assert falling.learning_rate_init / (5 * falling._progress.slowdown) < 1e-6, "it stops at the lowest rate there is"
    assert falling.n_iter_ < 500


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_each_parameter_counts(estimator: Any) -> None:
    X, y = (FLOWERS, NAMES) if estimator is MLPClassifier else (PATIENTS, COURSE)
    base: dict[str, Any] = dict(max_iter=4, hidden_layer_sizes=(6,), batch_size=30, random_state=0)
    sgd, stopping = dict(solver="sgd"), dict(early_stopping=True, max_iter=40, learning_rate_init=0.03)
    changes: dict[str, tuple[Any, dict[str, Any]]] = {
        "hidden_layer_sizes": (7, {}), "activation": ("gelu", {}), "solver": ("rmsprop", {}), "alpha": (1.0, {}),
        "batch_size": ("auto", {}), "learning_rate": ("cosine", {}), "learning_rate_init": (0.02, {}),
        "power_t": (0.1, sgd | {"learning_rate": "invscaling"}), "max_iter": (5, {}), "shuffle": (False, {}),
        "tol": (1.0, {"n_iter_no_change": 1}), "warm_start": (True, {}), "momentum": (0.5, sgd),
        "nesterovs_momentum": (False, sgd), "early_stopping": (True, {}), "validation_fraction": (0.3, stopping),
        "beta_1": (0.5, {}), "beta_2": (0.5, {}), "epsilon": (0.1, {}), "n_iter_no_change": (1, {"tol": 1.0}),
        "initializer": ("he", {}), "dropout": (0.5, {}), "weight_decay": (1.0, {"solver": "adamw"}),
    }  # fmt: skip
    assert changes.keys() == PARAMETERS.keys()
    for name, (value, others) in changes.items():
        fitted = [estimator(**base | others | more).fit(X, y) for more in ({}, {name: value})]
        if name == "warm_start":
            fitted = [one.fit(X, y) for one in fitted]
        before, after = (one.model_.state.parameters for one in fitted)
        assert not np.array_equal(before, after), name


def test_the_docstring_lists_each_choice() -> None:
    described = inspect.getdoc(MLPClassifier) or ""
    for name, parameter in PARAMETERS.items():
        if parameter.choices:
            listed = re.search(rf"^{name} : {{(.*)}}", described, re.MULTILINE)
            assert listed
            assert set(listed[1].split(", ")) == {f'"{choice}"' for choice in parameter.choices}


def test_each_hidden_layer_may_have_its_own_dropout() -> None:
    network = MLPClassifier((8, 6), dropout=(0.1, 0.5), max_iter=2, random_state=0)
    with pytest.warns(ConvergenceWarning):
        assert network.fit(FLOWERS, NAMES).model_.config.dropouts == (0.1, 0.5)
    with pytest.raises(ValueError, match=r"dropout is 0\.1-0\.5, 2 values for 1 hidden layer"):
        network.set_params(hidden_layer_sizes=(8,)).fit(FLOWERS, NAMES)


def test_labels_are_texts_and_probabilities_are_in_their_order() -> None:
    network = MLPClassifier((10,), learning_rate_init=0.02, random_state=0).fit(FLOWERS, NAMES)
    assert network.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert network.score(FLOWERS, NAMES) > 0.95
    probabilities = network.predict_proba(FLOWERS)
    np.testing.assert_array_equal(network.classes_[probabilities.argmax(axis=1)], network.predict(FLOWERS))
    np.testing.assert_allclose(np.log(probabilities), network.predict_log_proba(FLOWERS))
    assert np.isfinite(network.predict_log_proba(FLOWERS * 1000)).all(), "though a probability is rounded to 0"
    assert (network.predict_proba(FLOWERS * 1000) == 0).any()


def test_it_works_in_a_pipeline_a_grid_search_and_a_pickle() -> None:
    X, y = load_digits(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), MLPClassifier((20,), random_state=0, max_iter=15))
    search = GridSearchCV(
        pipeline, {"mlpclassifier__alpha": [1e-4, 1.0], "mlpclassifier__solver": ["adam", "rmsprop"]}, cv=3
    )
    search.fit(X[:900], y[:900])
    assert search.best_score_ > 0.85
    network = search.best_estimator_[-1]
    assert len(pickle.dumps(network)) < 4 * network.model_.state.parameters.nbytes, "it holds no examples"
    again = pickle.loads(pickle.dumps(search.best_estimator_))  # noqa: S301  # our own bytes
    np.testing.assert_array_equal(again.predict_proba(X), search.predict_proba(X))
    fresh = clone(network)
    with pytest.raises(NotFittedError):
        fresh.predict(X)
    assert fresh.get_params() == network.get_params()


def test_early_stopping_returns_the_network_of_the_best_epoch() -> None:
    parameters: dict[str, Any] = dict(random_state=1, learning_rate_init=0.02, early_stopping=True, n_iter_no_change=5)
    for estimator, X, y in [(MLPClassifier, FLOWERS, NAMES), (MLPRegressor, PATIENTS, COURSE)]:
        network = estimator((10,), **parameters).fit(X, y)
        scores = network.validation_scores_
        assert scores is not None
        best = int(np.argmax(scores))
        assert network.best_validation_score_ == scores[best]
        assert network.best_loss_ is None
        assert len(scores) == network.n_iter_ < network.max_iter
        assert best < network.n_iter_ - 1
        shorter = estimator((10,), **parameters | {"max_iter": best + 1}).fit(X, y)
        np.testing.assert_array_equal(shorter.model_.state.parameters, network.model_.state.parameters)


def test_the_best_score_is_that_of_the_network_also_after_a_warm_start_that_made_it_worse() -> None:
    network = MLPClassifier((10,), random_state=1, learning_rate_init=0.02, early_stopping=True, warm_start=True)
    before = network.set_params(max_iter=20).fit(FLOWERS, NAMES).best_validation_score_
    network.set_params(max_iter=2, learning_rate_init=50.0).fit(FLOWERS, NAMES)
    assert network.validation_scores_ is not None
    assert len(network.validation_scores_) == 22
    assert before is not None
    assert network.best_validation_score_ == max(network.validation_scores_[20:]) < before


def test_a_call_of_partial_fit_is_an_epoch() -> None:
    network = MLPClassifier((10,), random_state=0).partial_fit(FLOWERS, NAMES, classes=np.unique(NAMES))
    whole = MLPClassifier((10,), random_state=0, max_iter=1).fit(FLOWERS, NAMES)
    np.testing.assert_array_equal(network.model_.state.parameters, whole.model_.state.parameters)
    orders = set()
    for _ in range(30):
        network.partial_fit(FLOWERS, NAMES)
        orders.add(network.model_.config.seed)
    assert len(orders) == 30, "each call visits the examples in another order"
    assert network.n_iter_ == len(network.loss_curve_) == 31
    assert network.t_ == 31 * 150
    assert network.loss_curve_[-1] < network.loss_curve_[0]
    assert network.model_.state.updates == 31, "Adam's moments are kept"


def test_partial_fit_may_see_a_class_late_but_none_that_is_not_known() -> None:
    network = MLPClassifier((10,), random_state=0, learning_rate_init=0.05)
    network.partial_fit(FLOWERS[:50], NAMES[:50], classes=["virginica", "setosa", "versicolor"])
    for _ in range(40):
        network.partial_fit(FLOWERS, NAMES)
    assert network.score(FLOWERS, NAMES) > 0.95
    with pytest.raises(ValueError, match=r"y has the classes \['tulip'\], which are not among those known"):
        network.partial_fit(FLOWERS[:2], ["setosa", "tulip"])
    with pytest.raises(ValueError, match="but in the first call they were"):
        network.partial_fit(FLOWERS, NAMES, classes=["setosa", "tulip"])
    with pytest.raises(ValueError, match="The first call of partial_fit needs all classes"):
        MLPClassifier().partial_fit(FLOWERS, NAMES)


def test_a_warm_start_goes_on_from_what_was_learned() -> None:
    network = MLPClassifier((10,), random_state=0, max_iter=20, warm_start=True, learning_rate_init=0.02)
    network.fit(FLOWERS, NAMES)
    before = network.loss_curve_
    network.fit(FLOWERS, NAMES)
    assert len(network.loss_curve_) == 40
    assert network.n_iter_ == 20
    assert len(before) == 20, "a curve that somebody kept does not grow"
    assert network.loss_curve_[20] < 1.2 * before[-1]
    network.partial_fit(FLOWERS, NAMES)
    assert (network.n_iter_, len(network.loss_curve_)) == (21, 41), "of the last fit, and after it"
    with pytest.raises(ValueError, match="with warm_start they must be those of before"):
        network.fit(FLOWERS[:100], NAMES[:100])
    with pytest.raises(ValueError, match="hidden_layer_sizes now asks for"):
        network.set_params(hidden_layer_sizes=(11,)).fit(FLOWERS, NAMES)


def test_a_fit_that_fails_leaves_the_network_as_it_was() -> None:
    network = MLPClassifier((5,), solver="sgd", batch_size=50, random_state=0, max_iter=5, warm_start=True)
    network.fit(FLOWERS, NAMES)
    before = network.predict_proba(FLOWERS), [*network.loss_curve_]
    with pytest.raises(ValueError, match="diverged"):
        network.set_params(learning_rate_init=100).fit(FLOWERS * 1e30, NAMES)
    with pytest.raises(ValueError, match="diverged"):
        network.set_params(warm_start=False).fit(FLOWERS * 1e30, SPECIES)
    np.testing.assert_array_equal(network.predict_proba(FLOWERS), before[0])
    assert network.loss_curve_ == before[1]
    assert set(network.predict(FLOWERS)) <= set(NAMES)


def test_after_early_stopping_partial_fit_goes_by_the_loss() -> None:
    network = MLPClassifier((5,), random_state=0, max_iter=20, early_stopping=True).fit(FLOWERS, NAMES)
    network.set_params(early_stopping=False).partial_fit(FLOWERS, NAMES)
    assert network._progress.best == network.best_loss_ == min(network.loss_curve_) > 0


def test_mini_batches_are_computed_in_single_precision() -> None:
    for given, used in [(np.float32, np.float32), (np.uint8, np.float32), (np.float64, np.float64), (int, np.float64)]:
        X = (FLOWERS * 10 + 50).astype(given)
        for batch_size, precision in [(150, used), (149, np.float32)]:
            network = MLPClassifier((5,), batch_size=batch_size, max_iter=2, random_state=0, warm_start=True).fit(
                X, NAMES
            )
            again = network.set_params(batch_size=30).fit(X, NAMES)
            for one in (network, again):
                assert one.model_.state.parameters.dtype == one.model_.state.moments.dtype == precision
                assert one.predict_proba(X).dtype == precision


def test_progress_is_shown_if_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    MLPClassifier((5,), max_iter=3).fit(FLOWERS, NAMES)
    assert capsys.readouterr().err == ""
    MLPClassifier((5,), max_iter=3, verbose=True).fit(FLOWERS, NAMES)
    shown = capsys.readouterr().err
    assert "3/3" in shown
    assert "loss" in shown


def test_a_batch_larger_than_the_data_is_all_of_it() -> None:
    with pytest.warns(UserWarning, match="batch_size is 500, but there are 150 training examples"):
        large = MLPClassifier((5,), batch_size=500, random_state=0, max_iter=3).fit(FLOWERS, NAMES)
    whole = MLPClassifier((5,), batch_size=150, random_state=0, max_iter=3).fit(FLOWERS, NAMES)
    np.testing.assert_array_equal(large.model_.state.parameters, whole.model_.state.parameters)


def test_the_model_serves_what_looks_at_networks() -> None:
    network = MLPClassifier((5,), random_state=0, max_iter=30).fit(FLOWERS, NAMES)
    model = network.model_
    assert model.sizes == (4, 5, 3)
    assert model.progress == 30
    assert model.dataset.info.class_names == ("setosa", "versicolor", "virginica")
    np.testing.assert_array_equal(
        model.logits(FLOWERS).argmax(axis=1), np.searchsorted(network.classes_, network.predict(FLOWERS))
    )


def test_the_model_leaves_as_a_file_and_where_it_cannot_a_sentence_says_why(tmp_path: Path) -> None:
    network = MLPClassifier((5,), random_state=0, max_iter=30).fit(FLOWERS, NAMES)
    run = ExportedRun(network.model_)
    FORMATS["safetensors"].save(run, tmp_path / "flowers.safetensors")
    opened = open_network(tmp_path / "flowers.safetensors").on(network.model_.dataset)
    np.testing.assert_allclose(opened.logits(FLOWERS), network.model_.logits(FLOWERS), atol=1e-5)
    assert opened.dataset.info.class_names == ("setosa", "versicolor", "virginica")
    with pytest.raises(ValueError, match="The page shows examples, and this network comes without any"):
        FORMATS["html"].save(run, tmp_path / "flowers.html")


def test_importing_the_library_does_not_import_scikit_learn() -> None:
    script = "import sys, mlp; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
