"""Training as a pure function: from a state and a number of steps to the next state and a report.

    state = initial_state(config, dataset)
    state, report = advance(config, dataset, state, steps)

The result depends only on the arguments. An epoch's order and its dropout masks come from the seed and the position, so
a run can be cut into pieces anywhere, moved between machines of one kind or computed again: the result is the same to
the last bit.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import NamedTuple

import numpy as np

from mlp.config import RunConfig
from mlp.datasets import Dataset
from mlp.network.layers import Array
from mlp.network.losses import LOSSES, Outcome, SoftmaxCrossEntropy, SquaredError
from mlp.network.network import Network, aligned_empty
from mlp.network.optimizers import OPTIMIZERS, Hyperparameters
from mlp.network.schedules import SCHEDULES
from mlp.training.model import Model
from mlp.training.state import FLOAT, TrainingState, inputs_of, network_sizes

EVALUATION_BATCH = 500


class Evaluation(NamedTuple):
    """How well a state does on a split."""

    accuracy: float  # share of correct predictions, 0 to 1
    loss: float  # mean cross-entropy, in nats; of a regression the mean of ½ (z − y)²


class Divergence(NamedTuple):
    """Where training diverged: a number became infinite or NaN."""

    step: int  # the update that could not be made, counted from 1
    learning_rate: float
    loss: float  # the last finite mini-batch loss before it; NaN where there is none
    largest_weight: float  # |w| in the last finite state


@dataclass(frozen=True)
class Report:
    """What one call of `advance` did. Losses are means in nats, accuracies shares from 0 to 1."""

    epoch: int  # the state's position after it
    position: int
    step: int
    examples: int
    progress: float  # epochs done, including the fraction of the current one
    trained: int  # examples trained on in this call
    train_loss: float  # mean over those, each measured just before its update
    train_accuracy: float
    learning_rate: float  # of the last step
    gradient_norms: tuple[float, ...]  # ‖dL/dW‖ of each dense layer, at the last step
    update_ratios: tuple[float, ...]  # ‖ΔW‖ / ‖W‖ of each dense layer, at the last step
    seconds: float  # spent training
    diverged: Divergence | None = None
    validation: Evaluation | None = None  # if it was measured
    train: Evaluation | None = None  # over the whole training set, if it was measured


def report_untrained(config: RunConfig, dataset: Dataset, state: TrainingState) -> Report:
    """Return the report of a state before any training: a curve's first point."""
    progress = Model(config, dataset, state).progress
    return Report(
        epoch=state.epoch,
        position=state.position,
        step=state.step,
        examples=state.examples,
        progress=progress,
        trained=0,
        train_loss=math.nan,
        train_accuracy=math.nan,
        learning_rate=learning_rate_at(config, progress),
        gradient_norms=(),
        update_ratios=(),
        seconds=0.0,
    )


def epoch_order(config: RunConfig, dataset: Dataset, epoch: int) -> Array:
    """Return the order in which an epoch visits the training examples: a fresh permutation of all of them."""
    return np.random.default_rng([config.seed, epoch]).permutation(len(dataset.train.labels))


def finished(config: RunConfig, state: TrainingState) -> bool:
    """Return whether all epochs are done."""
    return state.epoch >= config.epochs


def steps_left_in_epoch(config: RunConfig, dataset: Dataset, state: TrainingState) -> int:
    """Return how many mini-batches the current epoch still has."""
    return -(-(len(dataset.train.labels) - state.position) // config.batch_size)


def steps_left(config: RunConfig, dataset: Dataset, state: TrainingState) -> int:
    """Return how many mini-batches the run still has."""
    if finished(config, state):
        return 0
    per_epoch = -(-len(dataset.train.labels) // config.batch_size)
    return steps_left_in_epoch(config, dataset, state) + (config.epochs - state.epoch - 1) * per_epoch


def learning_rate_at(config: RunConfig, progress: float) -> float:
    """Return the scheduled learning rate after `progress` epochs."""
    return config.learning_rate * SCHEDULES[config.schedule].factor(min(progress / config.epochs, 1.0))


class _Trainer:
    """A copy of a state that is trained in place, with the buffers it needs."""

    def __init__(self, config: RunConfig, dataset: Dataset, state: TrainingState) -> None:
        self.config, self.dataset = config, dataset
        self.optimizer = OPTIMIZERS[config.optimizer]
        self.parameters = aligned_empty(len(state.parameters), FLOAT)
        self.parameters[...] = state.parameters
        self.moments = aligned_empty((self.optimizer.moments, len(state.parameters)), FLOAT)
        self.updates = state.updates
        if state.optimizer == config.optimizer:
            self.moments[...] = state.moments
        else:  # one optimizer's moments mean nothing to another
            self.moments[...] = 0
            self.updates = 0
        self.epoch, self.position = state.epoch, state.position
        self.step, self.examples = state.step, state.examples

        size = config.batch_size
        sizes = network_sizes(config, dataset)
        self.network = Network(sizes, config.activation, self.parameters, size, config.dropout)
        self.pixels = np.empty((size, dataset.train.images.shape[1]), dataset.train.images.dtype)
        self.input = aligned_empty((size, dataset.inputs), FLOAT)
        self.labels = np.empty(size, dataset.train.labels.dtype)
        self.losses: dict[int, SoftmaxCrossEntropy | SquaredError] = {}
        self.scratch = aligned_empty(len(self.parameters), FLOAT)
        self.order = epoch_order(config, dataset, self.epoch)
        self.learning_rate = learning_rate_at(config, self.progress)

    @property
    def progress(self) -> float:
        return self.epoch + self.position / len(self.order)

    def state(self) -> TrainingState:
        return TrainingState(
            self.parameters,
            self.moments,
            self.config.optimizer,
            self.updates,
            self.epoch,
            self.position,
            self.step,
            self.examples,
        )

    def gradient(self) -> tuple[Outcome, int]:
        """Write the next mini-batch's mean gradient into the network; return its outcome and its size."""
        batch = self.order[self.position : self.position + self.config.batch_size]
        rows = len(batch)
        pixels, input, labels = self.pixels[:rows], self.input[:rows], self.labels[:rows]
        self.dataset.train.images.take(batch, axis=0, out=pixels, mode="clip")
        self.dataset.train.labels.take(batch, out=labels, mode="clip")
        inputs_of(self.dataset, pixels, out=input)
        if self.config.dropout:
            # A third number keeps masks apart from the epoch's order; the position gives each batch its own.
            self.network.draw_dropout(np.random.default_rng([self.config.seed, self.epoch, 1 + self.position]))

        loss_of = self.losses.get(rows)
        if loss_of is None:
            loss_of = self.losses[rows] = LOSSES[self.dataset.task].batch(rows, self.dataset.classes, FLOAT)
        outcome = loss_of(self.network.forward(input), labels)
        self.network.backward(loss_of.grad_logits)
        self.add_penalties()
        return outcome, rows

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

    def update(self, rows: int) -> None:
        """Turn the gradient into a step, take it, and move on by `rows` examples.

        Afterwards `network.gradient` holds the step. The vectors are processed whole: in blocks that fit a core's
        second-level cache, the calls cost more than the cache saves (at 670,000 parameters a third of SGD's time).
        """
        config = self.config
        self.updates += 1
        self.learning_rate = learning_rate_at(config, self.progress)
        hyper = Hyperparameters(
            self.learning_rate, self.updates, config.momentum, config.beta2, config.epsilon, config.weight_decay
        )
        self.optimizer.update(self.network.gradient, self.parameters, self.scratch, hyper, *self.moments)
        self.parameters -= self.network.gradient
        self.step += 1
        self.examples += rows
        self.position += rows
        if self.position == len(self.order):
            self.epoch, self.position = self.epoch + 1, 0
            self.order = epoch_order(config, self.dataset, self.epoch)

    def train(self, steps: int) -> "_Tally":
        """Train for `steps` mini-batches, stopping before an update whose loss is not finite."""
        tally = _Tally()
        for remaining in range(steps, 0, -1):
            outcome, rows = self.gradient()
            if not math.isfinite(outcome.loss):
                tally.broken = True
                break
            if remaining == 1:
                tally.gradient_norms = _norms(dense.grad_weights for dense in self.network.dense_layers)
            self.update(rows)
            tally.add(outcome, rows)
        if tally.gradient_norms:
            moved = _norms(dense.grad_weights for dense in self.network.dense_layers)
            sizes = _norms(dense.weights for dense in self.network.dense_layers)
            tally.update_ratios = tuple(m / s if s else math.inf for m, s in zip(moved, sizes, strict=True))
        return tally

    def is_finite(self) -> bool:
        return bool(np.isfinite(self.parameters).all() and np.isfinite(self.moments).all())


@dataclass
class _Tally:
    """Sums over the mini-batches of one call."""

    steps: int = 0
    rows: int = 0
    loss: float = 0.0
    last_loss: float = math.nan  # mean, of the last mini-batch
    correct: int = 0
    broken: bool = False
    gradient_norms: tuple[float, ...] = ()
    update_ratios: tuple[float, ...] = ()

    def add(self, outcome: Outcome, rows: int) -> None:
        self.steps += 1
        self.rows += rows
        self.loss += outcome.loss
        self.correct += outcome.correct
        self.last_loss = outcome.loss / rows


def _norms(arrays: Iterable[Array]) -> tuple[float, ...]:
    """Return each array's Euclidean norm, in float64 so that large finite numbers do not overflow."""
    return tuple(math.sqrt(np.sum(np.square(array, dtype=np.float64))) for array in arrays)


def advance(config: RunConfig, dataset: Dataset, state: TrainingState, steps: int) -> tuple[TrainingState, Report]:
    """Train for `steps` mini-batches, or until the last epoch ends; return the new state and a report.

    `state` is not changed. If a loss or a parameter stops being finite, the returned state is the last finite one,
    and `report.diverged` holds the evidence. Raises ValueError for fewer than one step.
    """
    if steps < 1:
        raise ValueError(f"steps is {steps}; advance trains at least 1 step.")
    started = perf_counter()
    steps = min(steps, steps_left(config, dataset, state))
    diverged = None
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        trainer = _Trainer(config, dataset, state)
        tally = trainer.train(steps)
        if tally.broken or not trainer.is_finite():
            # Training is pure, so the last finite state is found by training again, not by watching every step.
            good = _last_finite(config, dataset, state, tally.steps)
            trainer = _Trainer(config, dataset, state)
            tally = trainer.train(good)
            diverged = Divergence(
                step=trainer.step + 1,
                learning_rate=learning_rate_at(config, trainer.progress),
                loss=tally.last_loss,
                largest_weight=float(np.abs(trainer.parameters).max()),
            )
    report = Report(
        epoch=trainer.epoch,
        position=trainer.position,
        step=trainer.step,
        examples=trainer.examples,
        progress=trainer.progress,
        trained=tally.rows,
        train_loss=tally.loss / tally.rows if tally.rows else math.nan,
        train_accuracy=tally.correct / tally.rows if tally.rows else math.nan,
        learning_rate=trainer.learning_rate,
        gradient_norms=tally.gradient_norms,
        update_ratios=tally.update_ratios,
        seconds=perf_counter() - started,
        diverged=diverged,
    )
    return trainer.state(), report


def _last_finite(config: RunConfig, dataset: Dataset, state: TrainingState, steps: int) -> int:
    """Return the largest number of steps, up to `steps`, after which every number is still finite."""
    low, high = 0, steps + 1
    while high - low > 1:
        middle = (low + high) // 2
        trainer = _Trainer(config, dataset, state)
        trainer.train(middle)
        low, high = (middle, high) if trainer.is_finite() else (low, middle)
    return low


def evaluate(config: RunConfig, dataset: Dataset, state: TrainingState, split: str = "validation") -> Evaluation:
    """Return accuracy and mean loss over one split: "train", "validation" or "test". Dropout is off."""
    examples = dataset.split(split)
    count, measure = len(examples.labels), LOSSES[dataset.task]
    network = Model(config, dataset, state).network(EVALUATION_BATCH)
    input = aligned_empty((EVALUATION_BATCH, dataset.inputs), FLOAT)
    loss, correct = 0.0, 0
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, count, EVALUATION_BATCH):
            images = examples.images[start : start + EVALUATION_BATCH]
            labels = examples.labels[start : start + EVALUATION_BATCH]
            logits = network.forward(inputs_of(dataset, images, out=input[: len(images)]))
            loss += float(measure.each(logits, labels).sum(dtype=np.float64))
            correct += int(np.count_nonzero(measure.right(logits, labels)))
    return Evaluation(correct / count, loss / count)
