"""The loss landscape is the loss on a flat slice through parameter space, around the current weights.

A slice is spanned by two directions d₁, d₂: L(α, β) = L(θ + α d₁ + β d₂). Random directions are filter-normalized: each
unit's part of a direction gets the norm of the unit's own incoming weights, d ← d ‖w‖ / ‖d‖, and biases are not moved,
so that networks with weights of different sizes can be compared. Random directions rarely point where the training
went, so the slice can also go through the path itself, along its two principal directions.

Source: Li et al., "Visualizing the loss landscape of neural nets" (2018), sections 4 and 7.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mlp.network.layers import Array
from mlp.network.network import split_parameters
from mlp.network.training_losses import LOSSES
from mlp.training import FLOAT, Model

SIDE = 31
MARGIN = 1.15  # times the path's farthest point: how far the slice reaches
MOST_EXAMPLES = 2_000


class Landscape(NamedTuple):
    """The training loss on a slice, and the path of the training projected onto it."""

    alphas: Array  # [side], along the first direction, in units of its length
    betas: Array  # [side], along the second
    losses: Array  # [side, side], rows follow betas; infinite if the loss is not finite
    path: Array  # [steps, 2], each step projected onto the slice; the current weights are at (0, 0)
    kept: float  # share of the path's squared distances from (0, 0) that lie in the slice, 0 to 1


def random_directions(parameters: Array, sizes: Sequence[int], seed: int) -> Array:
    """Return two filter-normalized random directions, [2, parameters]."""
    rng = np.random.default_rng(seed)
    directions = rng.standard_normal((2, len(parameters)))
    for direction in directions:
        both = zip(split_parameters(direction, sizes), split_parameters(parameters, sizes), strict=True)
        for (along, biases), (weights, _) in both:
            # A column holds one unit's incoming weights.
            along *= np.linalg.norm(weights, axis=0) / np.linalg.norm(along, axis=0)
            biases[...] = 0
    return directions


def path_directions(path: Array) -> Array:
    """Return the two principal directions of a path [steps, parameters] around its end, each of length 1."""
    away = path[:-1] - path[-1] if len(path) > 1 else np.zeros((1, path.shape[1]))
    found = np.linalg.svd(away, full_matrices=False)[2][:2]
    directions = np.zeros((2, path.shape[1]))
    directions[: len(found)] = found
    return directions


def landscape(model: Model, path: Array, along_path: bool = False, seed: int = 0, side: int = SIDE) -> Landscape:
    """Return the training loss around a state, and the training's path on that slice.

    `path` has the parameters at earlier steps, [steps, parameters]; the state itself need not be among them.
    """
    here = model.parameters.astype(np.float64)
    away = np.vstack([path.astype(np.float64), here]) - here
    directions = path_directions(away) if along_path else random_directions(here, model.sizes, seed)
    feet = np.linalg.lstsq(directions.T, away.T, rcond=None)[0].T
    length = float(np.square(away).sum())
    kept = 1 - float(np.square(away - feet @ directions).sum()) / length if length else 1.0
    least = 0.0 if along_path else 1.0  # Li et al. show random slices from −1 to 1
    reach = MARGIN * max(least, float(np.abs(feet).max())) or 1.0
    line = np.linspace(-reach, reach, side)
    losses = np.array([[_loss(model, here + a * directions[0] + b * directions[1]) for a in line] for b in line])
    return Landscape(line, line, losses, feet, kept)


def _loss(model: Model, parameters: Array) -> float:
    """Return the mean loss over the training examples, the first MOST_EXAMPLES of them, with other parameters."""
    inputs, labels = model.dataset.train.rows(0, MOST_EXAMPLES)
    moved = model.with_parameters(parameters.astype(FLOAT))
    with np.errstate(over="ignore", invalid="ignore"):
        loss_of = LOSSES[model.dataset.info.task](len(labels), model.dataset.info.classes, FLOAT)
        loss = loss_of(moved.logits(inputs), labels).loss / len(labels)
    return loss if np.isfinite(loss) else np.inf
