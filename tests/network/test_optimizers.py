"""Each update rule against its textbook form, written out in float64."""

from collections.abc import Callable

import numpy as np
import pytest

from mlp.network.optimizers import OPTIMIZERS, Hyperparameters

Array = np.ndarray
LR, MU, BETA2, EPS, DECAY = 0.05, 0.9, 0.99, 1e-6, 0.1
HYPER = Hyperparameters(LR, 1, MU, BETA2, EPS, DECAY)
STEPS = 12


def textbook_sgd(p: Array, gradients: list[Array]) -> Array:
    for g in gradients:
        p = p - LR * g
    return p


def textbook_momentum(p: Array, gradients: list[Array]) -> Array:
    v = np.zeros_like(p)
    for g in gradients:
        v = MU * v + g
        p = p - LR * v
    return p


def textbook_nesterov(p: Array, gradients: list[Array]) -> Array:
    v = np.zeros_like(p)
    for g in gradients:
        v = MU * v + g
        p = p - LR * (g + MU * v)
    return p


def textbook_rmsprop(p: Array, gradients: list[Array]) -> Array:
    s = np.zeros_like(p)
    for g in gradients:
        s = BETA2 * s + (1 - BETA2) * g**2
        p = p - LR * g / (np.sqrt(s) + EPS)
    return p


def textbook_adam(p: Array, gradients: list[Array], decay: float = 0.0) -> Array:
    m, v = np.zeros_like(p), np.zeros_like(p)
    for t, g in enumerate(gradients, start=1):
        m = MU * m + (1 - MU) * g
        v = BETA2 * v + (1 - BETA2) * g**2
        m_hat, v_hat = m / (1 - MU**t), v / (1 - BETA2**t)
        p = p - LR * m_hat / (np.sqrt(v_hat) + EPS) - LR * decay * p
    return p


def textbook_adamw(p: Array, gradients: list[Array]) -> Array:
    return textbook_adam(p, gradients, DECAY)


TEXTBOOK: dict[str, Callable[[Array, list[Array]], Array]] = {
    "sgd": textbook_sgd,
    "momentum": textbook_momentum,
    "nesterov": textbook_nesterov,
    "rmsprop": textbook_rmsprop,
    "adam": textbook_adam,
    "adamw": textbook_adamw,
}


def ours(name: str, p: Array, gradients: list[Array]) -> Array:
    optimizer, p = OPTIMIZERS[name], p.copy()
    moments, scratch = np.zeros((optimizer.moments, len(p))), np.empty_like(p)
    for t, gradient in enumerate(gradients, start=1):
        step = gradient.copy()
        optimizer.update(step, p, scratch, HYPER._replace(t=t), *moments)
        p -= step
    return p


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_takes_the_textbooks_steps(name: str) -> None:
    rng = np.random.default_rng(0)
    start, gradients = rng.normal(size=8), [rng.normal(size=8) for _ in range(STEPS)]
    np.testing.assert_allclose(ours(name, start, gradients), TEXTBOOK[name](start, gradients), rtol=1e-10)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_reads_the_parameters_but_leaves_the_step_to_its_caller(name: str) -> None:
    optimizer, parameters = OPTIMIZERS[name], np.linspace(-1, 1, 5)
    kept = parameters.copy()
    optimizer.update(np.ones(5), parameters, np.empty(5), HYPER, *np.zeros((optimizer.moments, 5)))
    np.testing.assert_array_equal(parameters, kept)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_reads_the_settings_that_its_row_names_and_no_others(name: str) -> None:
    """The dashboard shows a control for each setting named there."""
    optimizer, gradient = OPTIMIZERS[name], np.array([0.3, -2.0])
    plain = HYPER._replace(t=3)

    def step(hyper: Hyperparameters) -> list[float]:
        grad, moments = gradient.copy(), np.full((optimizer.moments, 2), 0.5)
        optimizer.update(grad, np.array([1.0, 2.0]), np.empty(2), hyper, *moments)
        return list(grad)

    others = {
        "momentum": plain._replace(momentum=0.5),
        "beta2": plain._replace(beta2=0.5),
        "epsilon": plain._replace(epsilon=0.5),
        "weight_decay": plain._replace(weight_decay=0.5),
    }
    read = [setting for setting, other in others.items() if step(other) != step(plain)]
    assert tuple(read) == optimizer.settings


@pytest.mark.parametrize("name", [name for name, optimizer in OPTIMIZERS.items() if optimizer.adaptive])
def test_steps_keep_their_size_when_the_decays_are_changed_while_training(name: str) -> None:
    optimizer, moments = OPTIMIZERS[name], np.zeros((OPTIMIZERS[name].moments, 1))
    steps = []
    for t in range(1, 3001):
        decays = dict(momentum=0.99, beta2=0.99) if t <= 2990 else dict(momentum=0.9, beta2=0.999)
        grad = np.array([3.0])  # the same each time, so every step should be as large as the learning rate
        hyper = HYPER._replace(t=t, weight_decay=0, **decays)
        optimizer.update(grad, np.zeros(1), np.empty(1), hyper, *moments)
        steps.append(float(grad[0]))
    np.testing.assert_allclose(steps[2980:], LR, rtol=0.05)
