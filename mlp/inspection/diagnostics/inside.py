"""What is seen inside a network: dead, saturated or equal units, and gradients that vanish or explode."""

import math

from mlp.datasets import REGRESSION
from mlp.inspection.diagnostics.case import BACK, SCALE, UNSCALED, Case, Finding, highest_rate, learned_most, slower
from mlp.run_settings import MOST_HIDDEN_LAYERS
from mlp.text import percent

TOO_MANY = 0.5  # share of a layer's units or values
VANISHED = 0.01  # speed of the first layer in terms of the last hidden one's
EXPLODED = 100.0  # norm of the mean gradient, relative to an example's at the output

_NAMES = ("first", "second", "third", "fourth", "fifth", "sixth")
assert len(_NAMES) == MOST_HIDDEN_LAYERS


def symmetric(case: Case) -> Finding | None:
    """Find hidden layers whose units are all the same. They get the same gradients, so they stay the same."""
    vitals = case.vitals
    if not any(vitals.alike):
        return None
    alike = [_NAMES[layer] for layer, same in enumerate(vitals.alike) if same]
    units = [case.config.hidden[layer] for layer, same in enumerate(vitals.alike) if same]
    layers = f"hidden layer{'s' if len(alike) > 1 else ''}"
    return Finding(
        title="All units of a layer are the same",
        evidence=f"In the {' and '.join(alike)} {layers} the weights of all {' and '.join(map(str, units))} units are "
        "equal. Equal units get equal gradients, so they stay equal: each of these layers acts as a single unit.",
        cure="Draw the initial weights at random: choose Xavier or He under Initial weights, and restart.",
        source="Goodfellow, Bengio and Courville, “Deep learning” (2016), section 8.4",
    )


def dead(case: Case) -> Finding | None:
    """Find ReLU units that output 0 for all examples: their slope is 0 there, so they rarely recover."""
    vitals = case.vitals
    if max(vitals.dead, default=0.0) <= TOO_MANY:
        return None
    cure, changes = slower(highest_rate(case), "Start again with a learning rate of {}.")
    return Finding(
        title="Most ReLUs of a layer are dead",
        evidence=f"{_shares(vitals.dead)} output 0 for all {vitals.examples} training examples checked, and the "
        "slope of a ReLU is 0 there, so no gradient reaches their weights: they rarely recover. Often a step that was "
        "too long is the cause.",
        cure=f"{cure} Leaky ReLU (after a restart) can't die.",
        changes=changes,
        back_to=0,
        source="Karpathy, Stanford CS231n, “Neural networks part 1”; Maas et al. (2013)",
    )


def saturated(case: Case) -> Finding | None:
    """Find sigmoid or tanh units at an end of their range, where the slope is close to zero."""
    vitals = case.vitals
    if max(vitals.saturated, default=0.0) <= TOO_MANY:
        return None
    cure, changes = slower(
        highest_rate(case), "Start again with a learning rate of {}, so that the weights stay small."
    )
    return Finding(
        title="Most units of a layer are saturated",
        evidence=f"{_shares(vitals.saturated)} are within a hundredth of an end of their range, where the curve is "
        "flat and hardly any gradient passes through.",
        cure=f"{cure} ReLU (after a restart) does not saturate.",
        changes=changes,
        back_to=0,
        source="Glorot and Bengio, “Understanding the difficulty of training deep feedforward neural networks” (2010)",
    )


def vanishing(case: Case) -> Finding | None:
    """Find gradients that shrink from layer to layer on their way back, until the first layers hardly learn."""
    vitals = case.vitals
    if not case.config.hidden:
        return None
    first, last = vitals.speeds[0], vitals.speeds[-2]  # the output layer's weights are few and small: it is always fast
    if not (last > 0 and first < VANISHED * last):
        return None
    rate = f"{last / first:,.0f} times" if first else "infinitely"
    return Finding(
        title="The gradient vanishes on its way to the first layer",
        evidence=f"For its size, the first layer's gradient is {rate} smaller than the last hidden one's "
        f"({first:.1e} and {last:.1e} of its weights): the first layers hardly learn.",
        cure="Choose ReLU with He's initial weights, or fewer layers, and restart.",
        source="Glorot and Bengio (2010); He et al., “Delving deep into rectifiers” (2015)",
    )


def exploding(case: Case) -> Finding | None:
    """Find a gradient that the layers have multiplied, or that is as large as a regression's targets.

    At the logits each example's norm is at most √2. At a regression's output z it is |z − y|, about |y| for a network
    that has learned nothing.
    """
    norm, size = math.hypot(*case.vitals.gradients), case.target_size
    if size > UNSCALED and EXPLODED < norm <= EXPLODED * size:
        return Finding(
            title="The target is not scaled",
            evidence=f"The norm of the mean gradient is {norm:.3g}. The numbers to predict are large (root mean square "
            f"{size:.3g}), so the errors begin as large, and the gradient grows with them.",
            cure=SCALE,
            source="LeCun, Bottou, Orr and Müller, “Efficient backprop” (1998)",
        )
    if not norm > EXPLODED * max(size, 1):
        return None
    regression = case.model.dataset.info.task == REGRESSION
    usual = f"At the output {size:.3g} is usual" if regression else "At the logits no example's exceeds 1.4"
    cure, changes = slower(case.config.learning_rate, BACK)
    return Finding(
        title="The gradient explodes",
        evidence=f"The norm of the mean gradient is {norm:.3g}. {usual}; the layers, whose weights have grown too "
        "large, have multiplied it.",
        cure=cure,
        changes=changes,
        back_to=learned_most(case),
        source="Pascanu, Mikolov and Bengio, “On the difficulty of training recurrent neural networks” (2013)",
    )


def _shares(shares: tuple[float, ...]) -> str:
    """Return "96 % of the first and 98 % of the second hidden layer's units" for those that are too many."""
    many = [f"{percent(share, 0)} of the {_NAMES[layer]}" for layer, share in enumerate(shares) if share > TOO_MANY]
    return f"{' and '.join(many)} hidden layer's units"
