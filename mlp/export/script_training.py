"""Training as a script has it: the steps of `advance` without buffers and reports, so that a class can read them.

These are sources of scripts, which tests hold to `advance`: what is learned is the same to the last bit. Each script
has its own values of the names in capitals. An `if` that asks for a setting that a run never uses, such as dropout, is
left out of its script.
"""

from collections.abc import Sequence
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np

from mlp.network.averaging import move_toward, share_of_latest
from mlp.network.initializers import xavier
from mlp.network.layers import Array, Dense, Dropout, ReLU
from mlp.network.limits import clip_to_norm, limit_norms
from mlp.network.losses import grad_softmax_crossentropy_with_logits, softmax
from mlp.network.network import folded, scales_and_shifts, split_parameters
from mlp.network.normalization import BatchNormalization
from mlp.training.augmentation import augmented


class Phase(SimpleNamespace):
    """Settings, and for how many steps they held. The optimizer gets it with the scheduled rate and the update's t."""


def weighted_gradient(logits: Array, labels: Array, weights: Array) -> Array:
    """Return the gradient of the mean loss, in which each row counts as much as its weight."""
    grad = softmax(logits) * weights[:, None]
    grad[np.arange(len(logits)), labels] -= weights
    return grad / len(logits)


def smoothed_gradient(logits: Array, labels: Array, smoothing: float, weights: Array) -> Array:
    """Return the gradient of the mean loss for smoothed labels, in which each row counts as much as its weight."""
    classes = logits.shape[1]
    targets = np.eye(classes, dtype=np.float32) * np.float32(1 - smoothing) + np.float32(smoothing / classes)
    return (softmax(logits) * weights - targets[labels] * weights) / len(logits)


def grad_squared_error(outputs: Array, targets: Array) -> Array:
    """Return the gradient (z − y) / batch of the mean of ½ (z − y)²."""
    return (outputs - targets[:, None]) / len(outputs)


def accuracy(logits: Array, labels: Array) -> float:
    """Return which share is correct."""
    return float((logits.argmax(axis=1) == labels).mean())


def in_own_unit(values: Array) -> Array:
    """Return targets, or outputs, as the data has them: what the network learns is (value − MEAN) / SCALE."""
    return MEAN + SCALE * values.astype(np.float64)


def rmse(outputs: Array, targets: Array) -> float:
    """Return √ mean (z − y)², in the target's own unit."""
    return float(np.sqrt(np.mean((in_own_unit(outputs[:, 0]) - in_own_unit(targets)) ** 2)))


SIZES: tuple[int, ...] = (64, 20, 10)  # units of the layers, input and output included
SEED = 42
ACTIVATION = ReLU
INITIALIZER = xavier
GRADIENT = grad_softmax_crossentropy_with_logits
SCORE = accuracy
PHASES: Sequence[Phase] = ()
SHAPE, BACKGROUND = (8, 8), 0.0  # of images
MEAN, SCALE = 0.0, 1.0  # of a regression's targets


def first_parameters() -> Array:
    """Return all weights and biases before the first step: weights drawn at random, biases 0."""
    rng = np.random.default_rng([SEED, 0, 0, 1])
    parameters = np.zeros(sum(inputs * outputs + outputs for inputs, outputs in pairwise(SIZES)), np.float32)
    for weights, _ in split_parameters(parameters, SIZES):
        weights[...] = INITIALIZER(rng, *weights.shape)
    if PHASES[0].batch_norm:
        parameters = np.append(parameters, np.repeat(np.array([1, 0], np.float32), sum(SIZES[1:-1])))  # γ and β
    return parameters


def layers_of(parameters: Array, gradient: Array, phase: Phase) -> list[Any]:
    """Return the layers, first to last, whose weights are parts of `parameters`."""
    layers: list[Any] = []
    for share, slopes in zip(split_parameters(parameters, SIZES), split_parameters(gradient, SIZES), strict=True):
        if layers:
            if phase.batch_norm:
                first = sum(len(each.scales) for each in layers if isinstance(each, BatchNormalization))
                units = slice(first, first + len(share[0]))
                learned, moves = (scales_and_shifts(flat, SIZES)[:, units] for flat in (parameters, gradient))
                normalized = np.empty((phase.batch_size, len(share[0])), np.float32)
                layers.append(BatchNormalization(learned, moves, phase.statistics[:, units], normalized))
            layers.append(ACTIVATION())
            if phase.dropout:
                layers.append(Dropout(phase.dropout, np.empty((phase.batch_size, len(share[0])), np.float32)))
        layers.append(Dense(*share, *slopes))
    return layers


def forward(layers: Sequence[Any], inputs: Array) -> list[Array]:
    """Return the inputs, and the outputs of each layer."""
    outputs = [inputs]
    for layer in layers:
        outputs.append(layer.forward(outputs[-1]))
    return outputs


def backward(layers: Sequence[Any], outputs: Sequence[Array], grad: Array) -> None:
    """Write the gradient of all parameters: the chain rule, from the last layer to the first."""
    for index in range(len(layers) - 1, 0, -1):
        grad = layers[index].backward(outputs[index], grad, outputs[index + 1])
    layers[0].backward_parameters(outputs[0], grad)


def predict(parameters: Array, inputs: Array) -> Array:
    """Return the outputs of the last layer, with all units switched on."""
    return forward(layers_of(parameters, parameters, Phase(dropout=0, batch_norm=0)), inputs)[-1]


def answering(parameters: Array, average: Array, phase: Phase) -> Array:
    """Return the weights and biases with which plain dense layers predict as the trained network does."""
    if phase.averaging:
        parameters = average
    if phase.batch_norm:
        parameters = folded(parameters, SIZES, phase.answering)
    return parameters


def train(examples: Sequence[Array]) -> tuple[Array, list[float]]:
    """Return the parameters after all steps, and each epoch's score: batch, forward, loss, backward, step."""
    train_inputs, train_labels, unseen, truth = examples
    parameters, scores = first_parameters(), []
    average, gradient, scratch = parameters, np.empty_like(parameters), np.empty_like(parameters)
    count, epoch, position, optimizer = len(train_labels), 0, 0, None
    if PHASES[0].batch_norm:
        statistics = np.repeat(np.array([[0], [1]], np.float32), sum(SIZES[1:-1]), axis=1)
    for phase in PHASES:
        if phase.begins_average:
            average = parameters.copy()
        if phase.batch_norm:
            phase.statistics = phase.answering = statistics  # type: ignore[possibly-undefined]
            if phase.averaging:
                if phase.begins_average:
                    average_statistics = statistics.copy()
                phase.answering = average_statistics  # type: ignore[possibly-undefined]
        layers = layers_of(parameters, gradient, phase)
        if phase.optimizer is not optimizer:  # one optimizer's moments mean nothing to another
            optimizer, t, moments = phase.optimizer, 0, np.zeros((phase.moments, len(parameters)), np.float32)
        if phase.class_weights:
            of_classes = phase.class_weights(np.bincount(train_labels, minlength=SIZES[-1])).astype(np.float32)
        for step in range(phase.steps):
            if position == 0:
                order = np.random.default_rng([SEED, epoch]).permutation(count)
            batch = order[position : position + phase.batch_size]  # type: ignore[possibly-undefined]
            if phase.dropout:
                rng = np.random.default_rng([SEED, epoch, 1 + position])
                for dropout in (layer for layer in layers if isinstance(layer, Dropout)):
                    dropout.draw(rng)
            inputs, labels = train_inputs[batch], train_labels[batch]
            if phase.augmented:
                inputs = augmented(inputs, SHAPE, BACKGROUND, phase, SEED, epoch, position)
            if phase.input_dropout:
                dropped = Dropout(phase.input_dropout, np.empty_like(inputs))
                dropped.draw(np.random.default_rng([SEED, epoch, 1 + position, 1]))
                inputs = dropped.forward(inputs)
            outputs = forward(layers, inputs)
            grad = GRADIENT(outputs[-1], labels)
            if phase.class_weights:
                grad = weighted_gradient(outputs[-1], labels, of_classes[labels])  # type: ignore[possibly-undefined]
            if phase.label_smoothing:
                weights = np.ones((1, 1), np.float32)
                if phase.class_weights:
                    weights = of_classes[labels][:, None]  # type: ignore[possibly-undefined]
                grad = smoothed_gradient(outputs[-1], labels, phase.label_smoothing, weights)
            backward(layers, outputs, grad)
            if phase.l1:
                for dense in (layer for layer in layers if isinstance(layer, Dense)):
                    dense.grad_weights += phase.l1 * np.sign(dense.weights)
            if phase.l2:
                for dense in (layer for layer in layers if isinstance(layer, Dense)):
                    dense.grad_weights += phase.l2 * dense.weights
            if phase.clip_norm:
                clip_to_norm(gradient, phase.clip_norm)
            rate, t = phase.learning_rate, t + 1
            if phase.schedule:
                rate *= phase.schedule(min((epoch + position / count) / phase.epochs, 1.0))
            hyper = Phase(**vars(phase) | {"learning_rate": rate, "t": t})
            phase.optimizer(gradient, parameters, scratch, hyper, *moments)  # type: ignore[possibly-undefined]
            if phase.moments and t % 50 == 0:  # such small numbers are slow
                moments[np.abs(moments) < 1e-35] = 0
            parameters -= gradient
            if phase.max_norm:
                for dense in (layer for layer in layers if isinstance(layer, Dense)):
                    limit_norms(dense.weights, phase.max_norm)
            if phase.batch_norm:
                for normalization in (layer for layer in layers if isinstance(layer, BatchNormalization)):
                    normalization.remember(len(batch), share_of_latest(phase.batch_norm, phase.after + step + 1))
            if phase.averaging:
                share = share_of_latest(phase.averaging, phase.after + step + 1)
                move_toward(average, parameters, share)
                if phase.batch_norm:
                    move_toward(average_statistics.reshape(-1), phase.statistics.reshape(-1), share)  # type: ignore[possibly-undefined]
            position += len(batch)
            if position == count:
                epoch, position = epoch + 1, 0
                scores.append(SCORE(predict(answering(parameters, average, phase), unseen), truth))
                print(f"Epoch {epoch}: SCORE {scores[-1]:.4f} on the validation set")  # noqa: T201
    return answering(parameters, average, phase), scores
