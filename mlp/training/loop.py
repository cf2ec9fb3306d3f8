"""The training loop: forward, loss, backward, step, one mini-batch after the other.

    state = initial_state(config, dataset)
    state, report = advance(config, dataset, state, steps)

Training is a pure function. Its result depends only on the arguments: an epoch's order, its dropout masks and how its
images are changed come from the seed and the position, so a run can be cut into pieces anywhere, moved between machines
of one kind or computed again, and the result is the same to the last bit.
"""

import functools
import math
from time import perf_counter

import numpy as np

from mlp.config import RunConfig
from mlp.datasets import REGRESSION, Dataset
from mlp.network.averaging import move_toward, share_of_latest
from mlp.network.class_weights import CLASS_WEIGHTS
from mlp.network.layers import Array, Dropout, MaybeArray
from mlp.network.limits import clip_to_norm, limit_norms
from mlp.network.network import Network, aligned_copy, aligned_empty
from mlp.network.normalization import DECAY
from mlp.network.optimizers import OPTIMIZERS, Hyperparameters, forget_tiny
from mlp.network.training_losses import LOSSES, Outcome
from mlp.training.augmentation import augmenter
from mlp.training.evaluation import Evaluation, evaluate
from mlp.training.monitor import judged, remembered, stopped_early, watches
from mlp.training.rate import learning_rate_at
from mlp.training.report import Divergence, Report, norm
from mlp.training.state import TrainingState, inputs_of, no_average, no_statistics, steps_left, steps_left_in_epoch


class Trainer:
    """A copy of a state that is trained in place, with the buffers it needs."""

    def __init__(self, config: RunConfig, dataset: Dataset, state: TrainingState) -> None:
        started = perf_counter()
        self.config, self.dataset = config, dataset
        self.optimizer = OPTIMIZERS[config.optimizer]
        self.parameters = aligned_copy(state.parameters)
        dtype, count = self.parameters.dtype, len(self.parameters)
        if state.optimizer == config.optimizer:
            self.moments, self.updates = aligned_copy(state.moments), state.updates
        else:  # one optimizer's moments mean nothing to another
            self.moments, self.updates = aligned_copy(np.zeros((self.optimizer.moments, count), dtype)), 0
        self.statistics, self.average, self.average_statistics = state.statistics.copy(), no_average(), no_statistics()
        if config.averaging:  # an average that begins now begins with these parameters and statistics
            begun = len(state.average) > 0
            self.average = aligned_copy(state.average if begun else state.parameters)
            self.average_statistics = (state.average_statistics if begun else state.statistics).copy()
        self.epoch, self.position = state.epoch, state.position
        self.step, self.examples = state.step, state.examples
        self.monitor = remembered(config, state.monitor)
        self.order = self.new_order()
        self.learning_rate = learning_rate_at(config, self.progress, self.monitor.factor)

        rows = config.batch_size
        sizes, statistics = config.sizes(dataset.info), self.statistics if config.batch_norm else None
        self.network = Network(sizes, config.activations, self.parameters, rows, config.dropouts, statistics)
        loss, smoothing = LOSSES[dataset.info.task], config.label_smoothing
        self.loss_for = functools.cache(lambda rows: loss(rows, dataset.info.classes, dtype, smoothing))
        self.weights = example_weights(config, dataset, dtype)
        self.inputs = aligned_empty((rows, dataset.info.inputs), dtype)
        self.gathered = self.inputs  # numbers that the network gets as they are need no copy
        if dataset.train.inputs.dtype != dtype or dataset.info.features:
            self.gathered = np.empty((rows, dataset.train.inputs.shape[1]), dataset.train.inputs.dtype)
        self.labels = np.empty(rows, dataset.train.labels.dtype)
        self.input_dropout = Dropout(config.input_dropout, np.empty_like(self.inputs)) if config.input_dropout else None
        self.augment = augmenter(config, dataset)
        self.scratch = aligned_empty(count, dtype)
        self.finite = True
        self.last_loss = self.gradient_norm = math.nan  # mean of the last mini-batch; last step's, over all layers
        self.begin(state)
        self.seconds = perf_counter() - started

    def begin(self, state: TrainingState) -> None:
        """Begin another report; `state` is the trainer's own, from which its steps can be trained again."""
        self.begun, self.seconds = state, 0.0
        self.trained, self.loss, self.correct = 0, 0.0, 0  # sums over the mini-batches
        self.validation: Evaluation | None = None  # of the state, if training depends on it
        self.validation_seconds = 0.0  # spent on that

    def advance(self, steps: int) -> tuple[TrainingState, Report]:
        """Train for some mini-batches as the function `advance` does, and on from there at the next call."""
        started, config, dataset = perf_counter(), self.config, self.dataset
        diverged = None
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            self.train_and_judge(min(steps, steps_left(config, dataset, self.begun)))
            trainer = self
            if not self.is_finite():
                trainer = _last_finite(config, dataset, self.begun, self.step - self.begun.step)
                diverged = Divergence(
                    step=trainer.step + 1,
                    learning_rate=learning_rate_at(config, trainer.progress, trainer.monitor.factor),
                    loss=trainer.last_loss,
                    largest_weight=float(np.abs(trainer.parameters).max()),
                )
            self.seconds += perf_counter() - started - trainer.validation_seconds
            report = trainer.report(self.seconds, diverged)
        state = trainer.state()
        self.begin(state)
        return state, report

    def train_and_judge(self, steps: int) -> None:
        """Train for `steps` mini-batches, or until training is stopped early, which epochs' ends are judged for."""
        config, dataset = self.config, self.dataset
        if not watches(config):
            self.train(steps)
            return
        while steps and self.finite and not stopped_early(config, self.monitor):
            piece = min(steps, steps_left_in_epoch(config, dataset, self.state()))
            self.train(piece)
            steps -= piece
            self.validation = None
            if self.position == 0 and self.finite:
                begun = perf_counter()
                self.validation = evaluate(config, dataset, self.state())
                self.validation_seconds += perf_counter() - begun
                self.monitor = judged(config, self.monitor, *self.validation)

    def train(self, steps: int) -> None:
        """Train for `steps` mini-batches, stopping before an update whose loss is not finite."""
        for left in range(steps, 0, -1):
            inputs, labels, weights = self.next_batch()
            logits = self.network.forward(inputs)
            outcome = self.loss_for(len(labels))(logits, labels, weights)
            if not math.isfinite(outcome.loss):
                self.finite = False
                return
            self.network.backward(outcome.grad_logits)
            self.parameters -= self.next_step(last=left == 1)
            self.follow(len(labels), last=left == 1)
            self.move_on(outcome, len(labels))

    def next_batch(self) -> tuple[Array, Array, MaybeArray]:
        """Return the next mini-batch of the epoch, its images changed at random, and switch units off for it.

        That is inputs [batch, inputs], labels [batch] and the examples' weights [batch], None if all are 1. The last
        one of an epoch may be smaller.
        """
        rows = self.order[self.position : self.position + self.config.batch_size]
        count = len(rows)
        gathered, labels = self.gathered[:count], self.labels[:count]
        self.dataset.train.inputs.take(rows, axis=0, out=gathered, mode="clip")
        self.dataset.train.labels.take(rows, out=labels, mode="clip")
        if self.config.dropout:
            # A third number keeps masks apart from the epoch's order; the position gives each batch its own.
            self.network.draw_dropout(np.random.default_rng([self.config.seed, self.epoch, 1 + self.position]))
        weights = None if self.weights is None else self.weights[rows]
        inputs = gathered if self.gathered is self.inputs else self.inputs[:count]
        inputs = inputs_of(self.dataset, gathered, out=inputs)
        if self.augment:
            inputs[...] = self.augment(inputs, self.epoch, self.position)
        if self.input_dropout:
            self.input_dropout.draw(np.random.default_rng([self.config.seed, self.epoch, 1 + self.position, 1]))
            self.input_dropout.forward(inputs, out=inputs)
        return inputs, labels, weights

    def add_penalties(self) -> None:
        """Add the gradients of λ₁ Σ|w| and ½ λ₂ Σ w²: λ₁ sign(w) and λ₂ w. Biases are left alone."""
        if not self.config.l1 and not self.config.l2:
            return
        for dense in self.network.dense_layers:
            scratch = self.scratch[: dense.weights.size].reshape(dense.weights.shape)
            if self.config.l1:
                np.sign(dense.weights, out=scratch)
                scratch *= self.config.l1
                dense.grad_weights += scratch
            if self.config.l2:
                np.multiply(dense.weights, self.config.l2, out=scratch)
                dense.grad_weights += scratch

    def next_step(self, last: bool) -> Array:
        """Return the optimizer's step for loss and penalties, [parameters], which takes the place of the gradient."""
        config = self.config
        self.add_penalties()
        if last:
            self.gradient_norm = math.hypot(*(norm(dense.grad_weights) for dense in self.network.dense_layers))
        if config.clip_norm:
            clip_to_norm(self.network.gradient, config.clip_norm)
        self.updates += 1
        self.learning_rate = learning_rate_at(config, self.progress, self.monitor.factor)
        hyper = Hyperparameters(
            self.learning_rate, self.updates, config.momentum, config.beta2, config.epsilon, config.weight_decay
        )
        self.optimizer.update(self.network.gradient, self.parameters, self.scratch, hyper, *self.moments)
        forget_tiny(self.updates, self.moments)
        return self.network.gradient

    def follow(self, rows: int, last: bool) -> None:
        """After a step over `rows` examples, limit the weights' norms and have the running averages follow."""
        config, t = self.config, self.step + 1
        if config.max_norm:
            stepped = self.parameters.copy() if last else self.parameters
            for dense in self.network.dense_layers:
                limit_norms(dense.weights, config.max_norm)
            if last:  # for the report: how far the weights moved in all
                self.network.gradient += stepped - self.parameters
        if config.batch_norm:
            for normalization in self.network.normalizations:
                normalization.remember(rows, share_of_latest(DECAY, t))
        if config.averaging:
            share = share_of_latest(config.averaging, t)
            move_toward(self.average, self.parameters, share)
            move_toward(self.average_statistics.reshape(-1), self.statistics.reshape(-1), share)

    def move_on(self, outcome: Outcome, rows: int) -> None:
        """Count a mini-batch of `rows` examples that has been learned from."""
        self.trained += rows
        self.loss += outcome.loss
        self.correct += outcome.correct
        self.last_loss = outcome.loss / rows
        self.step, self.examples, self.position = self.step + 1, self.examples + rows, self.position + rows
        if self.position == len(self.order):
            self.epoch, self.position = self.epoch + 1, 0
            self.order = self.new_order()

    def new_order(self) -> Array:
        """Return the order in which the epoch visits the training examples."""
        if not self.dataset.shuffled:
            return np.arange(len(self.dataset.train.labels))
        return epoch_order(self.config, self.dataset, self.epoch)

    @property
    def progress(self) -> float:
        return self.epoch + self.position / len(self.order)

    def is_finite(self) -> bool:
        """Return whether every number of the state is, and the last loss."""
        learned = (self.parameters, self.moments, self.statistics, self.average, self.average_statistics)
        return self.finite and all(np.isfinite(array).all() for array in learned)

    def state(self) -> TrainingState:
        """Return a copy of what is learned so far, and the position in the run."""
        return TrainingState(
            aligned_copy(self.parameters),
            aligned_copy(self.moments),
            self.config.optimizer,
            self.updates,
            self.epoch,
            self.position,
            self.step,
            self.examples,
            self.statistics.copy(),
            aligned_copy(self.average),
            self.average_statistics.copy(),
            self.monitor,
        )

    def report(self, seconds: float, diverged: Divergence | None = None) -> Report:
        dense_layers = self.network.dense_layers if self.trained else []
        moved = [(norm(dense.grad_weights), norm(dense.weights)) for dense in dense_layers]  # the gradient is the step
        return Report(
            epoch=self.epoch,
            step=self.step,
            examples=self.examples,
            progress=self.progress,
            trained=self.trained,
            train_loss=self.loss / self.trained if self.trained else math.nan,
            train_accuracy=self.correct / self.trained if self.trained else math.nan,
            learning_rate=self.learning_rate,
            gradient_norm=self.gradient_norm,
            update_ratio=max((step / size if size else math.inf for step, size in moved), default=math.nan),
            seconds=seconds,
            diverged=diverged,
            validation=self.validation,
        )


def advance(config: RunConfig, dataset: Dataset, state: TrainingState, steps: int) -> tuple[TrainingState, Report]:
    """Train for some mini-batches, or until the last epoch ends, or training is stopped early.

    If training depends on the validation set, that is measured at each epoch's end; the report has it if it ends there.
    If a loss or a parameter stops being finite, the new state is the last finite one, and the report's `diverged` holds
    the evidence.

    Parameters
    ----------
    config
        The run's settings.
    dataset
        What is learned from.
    state
        What is learned so far, and the position in the run. It is not changed.
    steps
        How many mini-batches.

    Returns
    -------
    TrainingState
        What is learned then.
    Report
        What these steps did.

    Raises
    ------
    ValueError
        For fewer than one step, and if training depends on a validation set without examples.

    Examples
    --------
    >>> from mlp import RunConfig, advance, initial_state, load_dataset
    >>> config, dataset = RunConfig(dataset="digits", hidden=(20,), epochs=2), load_dataset("digits")
    >>> state, report = advance(config, dataset, initial_state(config, dataset), steps=38)
    >>> state.step, state.epoch, report.trained
    (38, 1, 1197)
    """
    if steps < 1:
        raise ValueError(f"steps is {steps}; advance trains at least 1 step.")
    return Trainer(config, dataset, state).advance(steps)


def report_untrained(config: RunConfig, dataset: Dataset, state: TrainingState) -> Report:
    """Return the report of a state before any training: a curve's first point.

    Parameters
    ----------
    config
        The run's settings.
    dataset
        What is learned from.
    state
        What is learned so far, and the position in the run.

    Returns
    -------
    Report
        Of no steps: what is not known without training is NaN.

    Examples
    --------
    >>> from mlp import RunConfig, initial_state, load_dataset
    >>> config, dataset = RunConfig(dataset="digits", hidden=(20,)), load_dataset("digits")
    >>> report = report_untrained(config, dataset, initial_state(config, dataset))
    >>> report.step, report.trained, report.train_loss
    (0, 0, nan)
    """
    return Trainer(config, dataset, state).report(seconds=0.0)


def epoch_order(config: RunConfig, dataset: Dataset, epoch: int) -> Array:
    """Return the order in which an epoch visits the training examples: a fresh permutation of all of them.

    Parameters
    ----------
    config
        The run's settings, with its seed.
    dataset
        What is learned from.
    epoch
        The number of complete epochs before.

    Returns
    -------
    Array
        Row numbers [train].

    Examples
    --------
    >>> from mlp import RunConfig, load_dataset
    >>> order = epoch_order(RunConfig(dataset="digits"), load_dataset("digits"), 0)
    >>> len(order), len(set(order.tolist()))
    (1197, 1197)
    """
    return np.random.default_rng([config.seed, epoch]).permutation(len(dataset.train.labels))


def class_weights(config: RunConfig, dataset: Dataset) -> Array | None:
    """Return each class's weight in the training loss, shape [classes]; None if all are 1, and for a regression."""
    weights_of = CLASS_WEIGHTS[config.class_weights].of
    if weights_of is None or dataset.info.task == REGRESSION:
        return None
    return weights_of(np.bincount(dataset.train.labels, minlength=dataset.info.classes))


def example_weights(config: RunConfig, dataset: Dataset, dtype: np.dtype) -> MaybeArray:
    """Return each training example's weight in the loss, its own times its class's, [train]; None if all are 1."""
    of_classes, own = class_weights(config, dataset), dataset.weights
    weights = own if of_classes is None else of_classes[dataset.train.labels] * (1 if own is None else own)
    return None if weights is None else weights.astype(dtype, copy=False)


def _last_finite(config: RunConfig, dataset: Dataset, state: TrainingState, steps: int) -> Trainer:
    """Train for the largest number of steps, up to `steps`, after which every number is still finite.

    Training is pure, so this is found by training again, not by watching every step.
    """

    def trained(steps: int) -> Trainer:
        trainer = Trainer(config, dataset, state)
        trainer.train_and_judge(steps)
        return trainer

    low, high = 0, steps + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if trained(middle).is_finite() else (low, middle)
    return trained(low)
