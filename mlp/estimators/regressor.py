"""A regressor for scikit-learn: the network's one output is the number to predict."""

from typing import Any, ClassVar, Self

from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils.validation import validate_data

from mlp.datasets import REGRESSION
from mlp.estimators.perceptron import INPUTS, Examples, Perceptron, check_one_answer, checked_weights
from mlp.network.layers import Array


class MLPRegressor(RegressorMixin, Perceptron):  # type: ignore[misc]  # scikit-learn ships no types
    r"""Predict a number with a multilayer perceptron that is trained by stochastic gradients.

    With the output :math:`z` of the last layer, the loss over examples :math:`i` of weight :math:`w_i` is

    .. math:: L = \frac{1}{2 \sum_i w_i} \sum_i w_i (z_i - y_i)^2 + \frac{\alpha}{2 \sum_i w_i} \|W\|^2

    where the sums are over a mini-batch. The sum of its weights is taken as its size times the mean over all examples;
    in the penalty, the size is that of a full mini-batch.

    Parameters
    ----------
    hidden_layer_sizes, activation, solver and all others
        Those of `MLPClassifier`, without `class_weight`. The loss is always that above, so there is no `loss`.

    Attributes
    ----------
    model_, coefs_, intercepts_, loss_curve_, n_iter_ and all others
        Those of `MLPClassifier`, without `classes_`; `out_activation_` is "identity". The loss is that above, without
        the penalty; the validation score is R², :math:`1 - \sum_i (y_i - z_i)^2 / \sum_i (y_i - \bar y)^2`.

    Notes
    -----
    The network learns y as it is. If its numbers are large, scale them: see
    `sklearn.compose.TransformedTargetRegressor`. Several numbers for one example are not supported: see
    `sklearn.multioutput.MultiOutputRegressor`. Training differs from scikit-learn's as that of `MLPClassifier` does.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.linspace(-1, 1, 200)[:, None]
    >>> y = X[:, 0] ** 2
    >>> parabola = MLPRegressor((20,), solver="sgd", learning_rate_init=0.1, batch_size=20, random_state=0)
    >>> parabola.fit(X, y).score(X, y) > 0.95
    True
    """

    task: ClassVar[str] = REGRESSION

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train until the loss, or the validation score, stops improving.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Numbers, which the network gets as they are: scale them, as StandardScaler does.
        y : array-like of shape (n_samples,)
            The number to predict for each example.
        sample_weight : array-like of shape (n_samples,), default=None
            How often each example counts; as none if 0.

        Returns
        -------
        self : MLPRegressor

        Raises
        ------
        ValueError
            If a parameter, X, y or the weights are invalid, or if training diverges.
        """
        self._check()
        warm = self.warm_start and hasattr(self, "model_")
        return self._fit(self._examples(X, y, sample_weight, reset=not warm), ["value"], warm)

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train one epoch on these examples, continuing from what was learned before.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`.

        Returns
        -------
        self : MLPRegressor

        Raises
        ------
        ValueError
            As `fit` does, or with `early_stopping` or a learning rate that depends on the number of epochs.
        """
        self._check()
        examples = self._examples(X, y, sample_weight, reset=not hasattr(self, "model_"))
        return self._partial_fit(examples, ["value"], examples.mean_weight())

    def predict(self, X: Any) -> Array:
        """Return the predicted number of each example, shape (n_samples,).

        Raises NotFittedError before `fit`, and ValueError for an invalid X.
        """
        return self._outputs(X)[:, 0]

    def _examples(self, X: Any, y: Any, sample_weight: Any, reset: bool) -> Examples:
        check_one_answer(y, "MultiOutputRegressor")
        X, y = validate_data(self, X, y, dtype=INPUTS, y_numeric=True, reset=reset)
        if y.dtype.kind not in "biuf":
            raise ValueError(f"y is of type {y.dtype}; it must be numbers.")
        return Examples(X, y, checked_weights(sample_weight, len(y))).counting()

    def _judged(self, outputs: Array, examples: Examples) -> float:
        """Return R²."""
        return float(r2_score(examples.labels, outputs[:, 0], sample_weight=examples.weights))
