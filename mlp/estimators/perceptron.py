"""What both estimators share: they train a network on arrays, epoch by epoch, until it stops improving."""

import math
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_array, check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data
from tqdm import tqdm

from mlp.config import SETTINGS, RunConfig
from mlp.datasets import CLASSIFICATION, Dataset, DatasetInfo, Split
from mlp.estimators.parameters import Parameters
from mlp.estimators.progress import FitProgress
from mlp.network.layers import Array, MaybeArray
from mlp.network.network import split_parameters
from mlp.network.schedules import SCHEDULES
from mlp.text import counted
from mlp.training import FLOAT, Model, TrainingState, advance, finished, initial_state, steps_left_in_epoch

INPUTS = (np.float64, np.float32, np.uint8)  # types that need no copy; others become the first
SLOWEST = SETTINGS["learning_rate"].low


class Examples(NamedTuple):
    """What is learned from."""

    inputs: Array  # [n, columns]
    labels: Array  # [n], the position of each one's class, or the number to predict
    weights: MaybeArray  # [n]; None: all 1

    def taken(self, rows: Array) -> "Examples":
        """Return those in these rows, positions or yes and no."""
        weights = None if self.weights is None else self.weights[rows]
        return Examples(self.inputs[rows], self.labels[rows], weights)

    def counting(self) -> "Examples":
        """Return those whose weight is not 0: the others are as if they were not there."""
        return self if self.weights is None or self.weights.all() else self.taken(self.weights > 0)

    def mean_weight(self) -> float:
        """Return how much an example counts on average."""
        return 1.0 if self.weights is None else float(self.weights.mean())


def check_one_answer(y: Any, for_several: str) -> None:
    """Refuse several answers for each example; `for_several` is what scikit-learn has for them."""
    shape: tuple[int, ...] = np.shape(y) if isinstance(y, list | tuple) else getattr(y, "shape", ())
    if len(shape) > 1 and shape[1] > 1:
        raise ValueError(
            f"y has {shape[1]} answers for each example, and this network learns one. For several, one network each: "
            f"sklearn.multioutput.{for_several}."
        )


def checked_weights(sample_weight: Any, examples: int) -> MaybeArray:
    """Return weights as numbers [examples]; None if there are none. Raises ValueError for invalid ones."""
    if sample_weight is None:
        return None
    weights = check_array(sample_weight, ensure_2d=False, dtype=np.float64, input_name="sample_weight")
    if weights.shape != (examples,):
        raise ValueError(
            f"sample_weight has the shape {weights.shape}; it must be ({examples},), one number for each example."
        )
    if weights.min() < 0:
        raise ValueError(f"sample_weight has the number {weights.min():g}; all must be 0 or more.")
    if not weights.any():
        raise ValueError("All weights are zero, so there is nothing to learn. Give some examples a weight above 0.")
    return weights


class Perceptron(Parameters):
    """A network that is trained by `fit` and `partial_fit`."""

    task: ClassVar[str]  # as of a data set

    model_: Model
    loss_curve_: list[float]
    validation_scores_: list[float] | None

    @property
    def coefs_(self) -> list[Array]:
        """The weights of each layer, [inputs, outputs]."""
        return [weights for weights, _ in self._layers()]

    @property
    def intercepts_(self) -> list[Array]:
        """The biases of each layer, [outputs]."""
        return [biases for _, biases in self._layers()]

    @property
    def n_layers_(self) -> int:
        """How many layers there are, with inputs and outputs."""
        return len(self.model_.sizes)

    @property
    def n_outputs_(self) -> int:
        """How many outputs there are."""
        return self.model_.sizes[-1]

    @property
    def out_activation_(self) -> str:
        """What makes probabilities, or the number to predict, of the last layer's sums."""
        return "softmax" if self.model_.dataset.info.task == CLASSIFICATION else "identity"

    def _layers(self) -> list[tuple[Array, Array]]:
        return list(split_parameters(self.model_.parameters, self.model_.sizes))

    def _judged(self, outputs: Array, examples: Examples) -> float:
        """Return the score of outputs [n, outputs] on validation examples."""
        raise NotImplementedError

    def _outputs(self, X: Any) -> Array:
        """Return the outputs of the network, before any softmax, [n, outputs]. Raises ValueError for an invalid X."""
        check_is_fitted(self, "model_")
        X = validate_data(self, X, dtype=INPUTS, reset=False)
        precision = self.model_.state.parameters.dtype
        most = np.finfo(precision).max
        with np.errstate(over="ignore"):
            outputs = self.model_.logits(X)
        beyond = X.max() > most or X.min() < -most
        if beyond or (not np.isfinite(outputs).all() and np.isfinite(self.model_.parameters).all()):
            raise ValueError(
                f"X has numbers so large that they, or their weighted sums, are beyond {precision}. "
                "Scale the inputs, as StandardScaler does, before fit and here."
            )
        return outputs

    def _fit(self, examples: Examples, names: Sequence[str], warm: bool) -> Self:
        """Train until the loss, or the validation score, stops improving, or all epochs are done."""
        random = check_random_state(self.random_state)
        held_out = None
        if self.early_stopping:
            examples, held_out = self._divided(examples, random)
        mean_weight = examples.mean_weight()
        dataset = self._dataset(examples, names, mean_weight)
        config = self._config(len(examples.labels), mean_weight, seed=int(random.randint(2**31)))
        if warm:
            learned = self._parameters_for(config, dataset)
            state = replace(initial_state(config, dataset, learned.dtype), parameters=learned)
            progress = FitProgress([*self._progress.losses], [*self._progress.scores], self._progress.examples)
        else:
            state = initial_state(config, dataset, _precision(config, examples.inputs))
            progress = FitProgress()
        best, before = state, len(progress.losses)
        with tqdm(total=self.max_iter, unit="epoch", disable=not self.verbose, dynamic_ncols=True) as bar:
            while not finished(config, state):
                state = self._epoch(config, dataset, state, progress)
                value = progress.losses[-1]
                if held_out:
                    progress.scores.append(
                        self._judged(Model(config, dataset, state).logits(held_out.inputs), held_out)
                    )
                    value = -progress.scores[-1]
                if progress.note(value, self.tol) or not held_out:
                    best = state
                bar.set_postfix_str(f"loss {progress.losses[-1]:.4g}", refresh=False)
                bar.update()
                if progress.stalled > self.n_iter_no_change and not self._slows_down(progress):
                    break
            else:
                if config.schedule == "constant":
                    warnings.warn(
                        f"All {self.max_iter} epochs are done, and training still makes progress. Raise max_iter, or "
                        "learning_rate_init, if you want more of it.",
                        ConvergenceWarning,
                        stacklevel=3,
                    )
        if held_out:
            progress.best, progress.stalled = min(progress.losses), 0  # partial_fit goes by the loss
        return self._keep(Model(config, dataset, best), progress, len(progress.losses) - before)

    def _partial_fit(self, examples: Examples, names: Sequence[str], mean_weight: float) -> Self:
        """Train one epoch on these examples, whose weights are divided by `mean_weight`."""
        if self.early_stopping:
            raise ValueError("partial_fit trains one epoch, so it can't stop early. Set early_stopping to False.")
        if self.learning_rate in SCHEDULES and self.learning_rate != "constant":
            raise ValueError(
                f"learning_rate is {self.learning_rate!r}, which depends on the number of epochs; partial_fit knows of "
                "one only. Choose one of: constant, invscaling, adaptive."
            )
        dataset = self._dataset(examples, names, mean_weight)
        if hasattr(self, "model_"):
            progress = self._progress
            seed = (self.model_.config.seed + progress.examples) % 2**32  # another one for each call
            config = replace(self._config(len(examples.labels), mean_weight, seed), epochs=1)
            self._parameters_for(config, dataset)
            state = replace(self.model_.state, epoch=0, position=0)
        else:
            progress, seed = FitProgress(), int(check_random_state(self.random_state).randint(2**31))
            config = replace(self._config(len(examples.labels), mean_weight, seed), epochs=1)
            state = initial_state(config, dataset, _precision(config, examples.inputs))
        state = self._epoch(config, dataset, state, progress)
        progress.note(progress.losses[-1], self.tol)
        if progress.stalled > self.n_iter_no_change:
            self._slows_down(progress)
        return self._keep(Model(config, dataset, state), progress, getattr(self, "n_iter_", 0) + 1)

    def _epoch(self, config: RunConfig, dataset: Dataset, state: TrainingState, progress: FitProgress) -> TrainingState:
        """Return the state after one more epoch. Raises ValueError if training diverges."""
        rate = self._rate(progress)
        if rate != config.learning_rate:
            config = replace(config, learning_rate=rate)
        state, report = advance(config, dataset, state, steps_left_in_epoch(config, dataset, state))
        if report.diverged:
            raise ValueError(
                f"Training diverged at step {report.diverged.step}: the loss or a weight became infinite or NaN. Lower "
                f"learning_rate_init (it is {self.learning_rate_init:g}), or scale the inputs, as StandardScaler does."
            )
        progress.losses.append(report.train_loss)
        progress.examples += report.trained
        return state

    def _rate(self, progress: FitProgress) -> float:
        """Return the learning rate for the next epoch, before any schedule."""
        if self.learning_rate == "invscaling":
            return max(self.learning_rate_init / (progress.examples + 1) ** self.power_t, SLOWEST)
        return self.learning_rate_init / progress.slowdown

    def _slows_down(self, progress: FitProgress) -> bool:
        """Divide an adaptive learning rate by 5; return whether that is possible."""
        if self.learning_rate != "adaptive" or self.learning_rate_init / (5 * progress.slowdown) < SLOWEST:
            return False
        progress.slowdown *= 5
        progress.stalled = 0
        return True

    def _divided(self, examples: Examples, random: np.random.RandomState) -> tuple[Examples, Examples]:
        """Return training and validation examples. Raises ValueError if there are too few of them."""
        count, labels = len(examples.labels), examples.labels if self.task == CLASSIFICATION else None
        least = 2 if labels is None else max(2, len(np.unique(labels)))
        if not least <= math.ceil(self.validation_fraction * count) <= count - least:
            raise ValueError(
                f"validation_fraction is {self.validation_fraction:g} of {counted(count, 'example')}; at least {least} "
                "must be left for validation and for training. Choose another fraction, or set early_stopping to False."
            )
        learned, held_out = train_test_split(
            np.arange(count), test_size=self.validation_fraction, random_state=random, stratify=labels
        )
        return examples.taken(learned), examples.taken(held_out)

    def _dataset(self, examples: Examples, names: Sequence[str], mean_weight: float) -> Dataset:
        """Return the examples as a training set, their weights divided by `mean_weight`."""
        inputs, labels, weights = examples
        nothing = Split(np.empty((0, inputs.shape[1]), inputs.dtype), np.empty(0, labels.dtype))
        info = DatasetInfo(
            name="own data",
            label="Own data",
            class_names=tuple(names),
            train=len(labels),
            validation=0,
            test=0,
            columns=inputs.shape[1],
            task=self.task,
        )
        own = None if weights is None else weights / mean_weight
        return Dataset(info, Split(inputs, labels), nothing, nothing, weights=own, shuffled=bool(self.shuffle))

    def _parameters_for(self, config: RunConfig, dataset: Dataset) -> Array:
        """Return what was learned so far. Raises ValueError if the parameters now ask for another network."""
        wanted, sizes = config.sizes(dataset.info), self.model_.sizes
        if wanted != sizes:
            raise ValueError(
                f"The network has the layers {sizes}, but hidden_layer_sizes now asks for {wanted}. "
                "Set warm_start to False and call fit to begin with a new one."
            )
        return self.model_.state.parameters

    def _keep(self, model: Model, progress: FitProgress, epochs: int) -> Self:
        """Keep what was learned, without the examples it was learned from."""
        data = replace(model.dataset, train=model.dataset.validation, weights=None)
        self.model_ = replace(model, dataset=data)
        self._progress = progress
        self.n_iter_, self.t_ = epochs, progress.examples
        self.loss_curve_, self.loss_ = progress.losses, progress.losses[-1]
        self.validation_scores_ = progress.scores if self.early_stopping else None
        # Of this fit, whose best network it is. After a warm start, scikit-learn may return an earlier fit's.
        self.best_validation_score_ = max(progress.scores[-epochs:]) if self.early_stopping else None
        self.best_loss_ = None if self.early_stopping else min(progress.losses)
        return self


def _precision(config: RunConfig, inputs: Array) -> np.dtype:
    """Return the type in which a network is trained: float64 for float64 inputs that fit one mini-batch, else float32.

    Mini-batches differ by far more than float32 rounds, and take half the time in it. If each step uses all examples,
    nothing is random but the first weights: repeated examples and sample weights then give the same to many digits.
    """
    return np.result_type(inputs.dtype, FLOAT) if config.batch_size == len(inputs) else FLOAT
