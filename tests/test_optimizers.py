"""Each update rule against its textbook form, written out in float64."""

from collections.abc import Callable

import numpy as np
import pytest

from mlp.optimizers import OPTIMIZERS, Settings
from mlp.schedules import SCHEDULES

Array = np.ndarray
LR, MU, BETA2, EPS, DECAY = 0.05, 0.9, 0.99, 1e-6, 0.1
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
        optimizer.update(step, moments, p, scratch, Settings(LR, t, MU, BETA2, EPS, DECAY))
        p -= step
    return p


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_takes_the_textbooks_steps(name: str) -> None:
    rng = np.random.default_rng(0)
    start, gradients = rng.normal(size=8), [rng.normal(size=8) for _ in range(STEPS)]
    np.testing.assert_allclose(ours(name, start, gradients), TEXTBOOK[name](start, gradients), rtol=1e-10)


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_adams_first_step_is_as_long_as_the_learning_rate_whatever_the_gradients_size(name: str) -> None:
    for size in (1e-2, 1.0, 1e4):
        moved = ours(name, np.zeros(3), [np.array([size, -size, size])])
        np.testing.assert_allclose(moved, [-LR, LR, -LR], rtol=1e-3)


def test_schedules_start_and_end_where_they_say() -> None:
    values = {name: [schedule.factor(p / 100) for p in range(101)] for name, schedule in SCHEDULES.items()}
    assert set(values["constant"]) == {1.0}
    assert [values["step"][percent] for percent in (0, 49, 50, 74, 75, 100)] == [1, 1, 0.1, 0.1, 0.01, 0.01]
    assert values["cosine"][0] == 1
    assert values["cosine"][50] == pytest.approx(0.5)
    assert values["cosine"][100] == pytest.approx(0, abs=1e-12)
    assert values["one_cycle"][0] == pytest.approx(1 / 25)
    assert max(values["one_cycle"]) == values["one_cycle"][30] == pytest.approx(1)
    assert values["one_cycle"][100] == pytest.approx(1e-4)
    for falling in (values["cosine"], values["one_cycle"][30:]):
        assert falling == sorted(falling, reverse=True)
