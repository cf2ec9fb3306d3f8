"""A classifier for scikit-learn: the network ends in one output for each class."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils.multiclass import check_classification_targets, unique_labels
from sklearn.utils.validation import validate_data

from mlp.datasets import CLASSIFICATION
from mlp.estimators.perceptron import INPUTS, Examples, Perceptron, check_one_answer, checked_weights
from mlp.network.class_weights import balanced
from mlp.network.layers import Array
from mlp.network.losses import log_softmax, softmax
from mlp.text import quoted


@dataclass(eq=False, repr=False, kw_only=True)
class MLPClassifier(ClassifierMixin, Perceptron):  # type: ignore[misc]  # scikit-learn ships no types
    r"""Classify with a multilayer perceptron that is trained by stochastic gradients.

    With the logits :math:`z` of the last layer, the loss over examples :math:`i` of weight :math:`w_i` is

    .. math::
        L = -\frac{1}{\sum_i w_i} \sum_i w_i \log \mathrm{softmax}(z_i)_{y_i} + \frac{\alpha}{2 \sum_i w_i} \|W\|^2

    where the sums are over a mini-batch. The sum of its weights is taken as its size times the mean over all examples;
    in the penalty, the size is that of a full mini-batch. `partial_fit`, which doesn't see all examples, leaves class
    weights out of that mean.

    Parameters
    ----------
    hidden_layer_sizes : array-like of int, default=(100,)
        The units of each hidden layer: up to 6 layers of up to 1,024 units. ``()`` is a linear model.
    activation : {"relu", "leaky_relu", "tanh", "logistic", "gelu", "swish", "elu", "selu", "identity"}, default="relu"
        The function applied to each hidden unit's weighted sum.
    solver : {"adam", "adamw", "rmsprop", "sgd"}, default="adam"
        How gradients become weight updates.
    alpha : float, default=0.0001
        The strength of the L2 penalty, as in the loss above.
    batch_size : int or "auto", default="auto"
        Examples in a mini-batch, up to 4,096; "auto" is 200, or all if there are fewer.
    learning_rate : {"constant", "invscaling", "adaptive", "step", "cosine", "one_cycle", "warm_up", "decay_at_end"}
        How the learning rate changes, whatever the solver; by default it doesn't. "invscaling" divides it after each
        epoch by :math:`(t + 1)^p` with the `t_` examples seen so far and p the `power_t`; "adaptive" divides it by 5 on
        each plateau, instead of stopping. The last five follow a curve from the first to the last epoch of `max_iter`.
    learning_rate_init : float, default=0.001
        The learning rate at the start; with "one_cycle" the highest one.
    power_t : float, default=0.5
        The exponent of "invscaling".
    max_iter : int, default=200
        The most epochs that `fit` trains, up to 10,000.
    shuffle : bool, default=True
        Whether each epoch visits the examples in another order.
    random_state : int, RandomState instance or None, default=None
        What is random: initial weights, the order of examples, dropout and the validation set.
    tol : float, default=0.0001
        An epoch improves on those before it if its loss is lower by at least this, or its validation score higher.
    verbose : bool or int, default=False
        Whether to show a progress bar.
    warm_start : bool, default=False
        Whether `fit` starts from what was learned before.
    momentum : float, default=0.9
        How much of the previous updates carries over into the next one, with the solver "sgd".
    nesterovs_momentum : bool, default=True
        Whether that momentum looks ahead, as Nesterov's does.
    early_stopping : bool, default=False
        Whether to keep some examples for validation, stop when their score no longer improves, and return the network
        of the best epoch.
    validation_fraction : float, default=0.1
        The share of the examples kept for that; of each class.
    beta_1, beta_2, epsilon : float, default=0.9, 0.999, 1e-8
        :math:`\beta_1`, :math:`\beta_2` and :math:`\epsilon` of Adam; RMSProp's decay is `beta_2`.
    n_iter_no_change : int, default=10
        Training stops after more than this many epochs in a row without improvement.
    initializer : {"xavier", "he", "lecun", "zeros"}, default="xavier"
        How the first weights are drawn. Biases start at zero.
    dropout : float or one for each hidden layer, default=0.0
        The chance that a hidden unit is switched off during a training step.
    weight_decay : float, default=0.01
        How strongly the solver "adamw" pulls every weight toward zero.
    class_weight : dict, "balanced" or None, default=None
        How much each class counts in the loss, 1 if it is not named. "balanced": :math:`n / (k \cdot n_y)` with k
        classes and the sums :math:`n_y` of sample weights in each, n in all, so that all classes count the same.
        `fit` divides all weights by their mean; in `partial_fit`, a class of weight 5 has 5 times the gradient.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted.
    coefs_, intercepts_ : list of ndarray
        Weights [inputs, outputs] and biases [outputs] of each layer.
    n_layers_, n_outputs_ : int
        The layers, with inputs and outputs, and the outputs: one for each class.
    out_activation_ : str
        What makes probabilities of the outputs: "softmax".
    model_ : mlp.Model
        The network, for `mlp.inspection`. Its data set describes the examples and has none.
    loss_curve_ : list of float
        The mean loss of each epoch, in nats, without the penalty, each mini-batch measured just before its update.
    loss_, best_loss_ : float
        The last and the lowest of them; `best_loss_` is None with early stopping.
    validation_scores_, best_validation_score_ : list of float, float
        The accuracy on the validation set after each epoch, and the highest one of the last `fit`; None without early
        stopping.
    n_iter_ : int
        Epochs that the last `fit` trained, and `partial_fit` after it.
    t_ : int
        Examples seen, each as often as it was.
    n_features_in_, feature_names_in_ : int, ndarray of str
        The columns of X, and their names if they have any.

    Notes
    -----
    The names are those of `sklearn.neural_network.MLPClassifier`, and so is their meaning, but the solver "lbfgs" and
    its `max_fun` are missing, and these differ: two classes have two outputs, not one; the first weights are drawn from
    a normal distribution of the same variance; Adam adds ε after the correction for its start at zero; SGD's
    momentum sums gradients, not updates, so that a new learning rate applies to earlier ones, too; a smaller last
    mini-batch has the penalty of a full one. Training is in float32, which takes half the time, unless X is in float64
    and fits one mini-batch.

    Several labels for one example are not supported: see `sklearn.multioutput.MultiOutputClassifier`. Nor are sparse
    matrices.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> X, y = load_iris(return_X_y=True)
    >>> iris = make_pipeline(StandardScaler(), MLPClassifier((20,), learning_rate_init=0.01, random_state=0))
    >>> iris.fit(X, y).score(X, y) > 0.95
    True
    >>> iris.predict_proba(X[:2]).shape
    (2, 3)
    """

    task: ClassVar[str] = CLASSIFICATION

    class_weight: Any = None

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train until the loss, or the validation score, stops improving.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Numbers, which the network gets as they are: scale them, as StandardScaler does.
        y : array-like of shape (n_samples,)
            The class of each example: whole numbers or words.
        sample_weight : array-like of shape (n_samples,), default=None
            How often each example counts; as none if 0.

        Returns
        -------
        self : MLPClassifier

        Raises
        ------
        ValueError
            If a parameter, X, y or the weights are invalid, if y has one class only, or if training diverges.
        """
        self._check()
        warm = self.warm_start and hasattr(self, "model_")
        check_one_answer(y, "MultiOutputClassifier")
        X, y = validate_data(self, X, y, dtype=INPUTS, reset=not warm)
        check_classification_targets(y)
        classes = _several(np.unique(y))
        if warm and not np.array_equal(classes, self.classes_):
            raise ValueError(
                f"y has the classes {classes}, but with warm_start they must be those of before: {self.classes_}."
            )
        examples = self._class_weighted(self._examples(X, y, sample_weight, classes), classes)
        self._fit(examples, [str(name) for name in classes], warm)
        self.classes_: Array = classes
        return self

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Self:
        """Train one epoch on these examples, continuing from what was learned before.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`.
        classes : array-like of shape (n_classes,), default=None
            All classes there are. The first call needs them; later ones may repeat them.

        Returns
        -------
        self : MLPClassifier

        Raises
        ------
        ValueError
            As `fit` does, or if a class in y is not among the classes, or with `early_stopping`, a learning rate that
            depends on the number of epochs, or balanced classes: they need to know all examples or epochs.
        """
        self._check()
        first = not hasattr(self, "model_")
        check_one_answer(y, "MultiOutputClassifier")
        X, y = validate_data(self, X, y, dtype=INPUTS, reset=first)
        check_classification_targets(y)
        if self.class_weight == "balanced":
            raise ValueError(
                "class_weight is 'balanced', but partial_fit does not see all examples. Give a weight for each class."
            )
        if first and classes is None:
            raise ValueError("The first call of partial_fit needs all classes: partial_fit(X, y, classes=[…]).")
        known = _several(unique_labels(classes)) if first else self.classes_
        if classes is not None and not np.array_equal(unique_labels(classes), known):
            raise ValueError(f"classes is {classes}, but in the first call they were {known}.")
        unknown = np.setdiff1d(y, known)
        if len(unknown):
            raise ValueError(f"y has the classes {unknown}, which are not among those known: {known}.")
        examples = self._examples(X, y, sample_weight, known)
        # Not divided by the mean of class weights: in a chunk of one class, they would count for nothing.
        mean_weight = examples.mean_weight()
        self._partial_fit(self._class_weighted(examples, known), [str(name) for name in known], mean_weight)
        self.classes_ = known
        return self

    def predict(self, X: Any) -> Array:
        """Return the most probable class of each example, shape (n_samples,).

        Raises NotFittedError before `fit`, and ValueError for an invalid X.
        """
        outputs = self._outputs(X)
        return self.classes_[outputs.argmax(axis=1)]

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class, softmax(z), shape (n_samples, n_classes), as in `classes_`.

        Raises NotFittedError before `fit`, and ValueError for an invalid X.
        """
        return softmax(self._outputs(X))

    def predict_log_proba(self, X: Any) -> Array:
        """Return log softmax(z), shape (n_samples, n_classes): finite where a probability is rounded to 0.

        Raises NotFittedError before `fit`, and ValueError for an invalid X.
        """
        return log_softmax(self._outputs(X))

    def _examples(self, X: Array, y: Array, sample_weight: Any, classes: Array) -> Examples:
        """Return what is learned from: classes as positions, and sample weights."""
        labels = np.searchsorted(classes, y).astype(np.min_scalar_type(len(classes) - 1))
        return Examples(X, labels, checked_weights(sample_weight, len(labels))).counting()

    def _class_weighted(self, examples: Examples, classes: Array) -> Examples:
        """Return the examples, their weights multiplied by those of their classes."""
        if self.class_weight is None:
            return examples
        weights = _class_weights(self.class_weight, examples, classes.tolist())[examples.labels]
        if examples.weights is not None:
            weights *= examples.weights
        return examples._replace(weights=checked_weights(weights, len(weights))).counting()

    def _judged(self, outputs: Array, examples: Examples) -> float:
        """Return the accuracy."""
        return float(accuracy_score(examples.labels, outputs.argmax(axis=1), sample_weight=examples.weights))


def _several(classes: Array) -> Array:
    """Return the classes. Raises ValueError if there is only one."""
    if len(classes) < 2:
        raise ValueError("There is only one class, so there is nothing to learn. Add examples of another.")
    return classes


def _class_weights(chosen: Any, examples: Examples, names: list[Any]) -> Array:
    """Return how much each class counts, [classes]. Raises ValueError for a class that is not known."""
    if chosen == "balanced":
        return balanced(np.bincount(examples.labels, examples.weights, minlength=len(names)))
    if not isinstance(chosen, Mapping):
        raise ValueError(
            f"class_weight is {quoted(chosen)}; it must be None, 'balanced' or a weight for each class, "
            "such as {'spam': 1, 'mail': 5}."
        )
    unknown = [name for name in chosen if name not in names]
    if unknown:
        raise ValueError(f"class_weight has the classes {unknown}, which are not in y. Known: {names}.")
    for name, weight in chosen.items():
        try:
            float(weight)
        except (TypeError, ValueError, OverflowError) as error:
            problem = f"class_weight of {quoted(name)} is {quoted(weight)}; it must be a number of at least 0."
            raise ValueError(problem) from error
    return np.array([float(chosen.get(name, 1)) for name in names])
