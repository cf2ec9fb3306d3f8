"""Each update rule against its textbook form, written out in float64."""

from collections.abc import Callable

import numpy as np
import pytest

from mlp.network.optimizers import OPTIMIZERS, Settings
from mlp.network.schedules import SCHEDULES

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


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_block_at_a_time_comes_to_the_same_as_the_whole_vector(name: str) -> None:
    """Updating in blocks that fit a core's cache must change nothing, to the last bit."""
    rng = np.random.default_rng(1)
    optimizer, size = OPTIMIZERS[name], 101
    start = rng.normal(size=size).astype(np.float32)
    gradients = (100 * rng.normal(size=(STEPS, size))).astype(np.float32)
    results = []
    for length in (size, 17):
        p, moments = start.copy(), np.zeros((optimizer.moments, size), np.float32)
        scratch = np.empty_like(p)
        for t, gradient in enumerate(gradients, start=1):
            step, settings = gradient.copy(), Settings(LR, t, MU, BETA2, EPS, DECAY)
            for begin in range(0, size, length):
                block = slice(begin, begin + length)
                optimizer.update(step[block], moments[:, block], p[block], scratch[block], settings)
            p -= step
        results.append((p, moments))
    (whole, whole_moments), (blocks, block_moments) = results
    np.testing.assert_array_equal(whole, blocks)
    np.testing.assert_array_equal(whole_moments, block_moments)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_reads_the_parameters_but_leaves_the_step_to_its_caller(name: str) -> None:
    optimizer, parameters = OPTIMIZERS[name], np.linspace(-1, 1, 5)
    kept = parameters.copy()
    optimizer.update(
        np.ones(5), np.zeros((optimizer.moments, 5)), parameters, np.empty(5), Settings(LR, 1, MU, BETA2, EPS, DECAY)
    )
    np.testing.assert_array_equal(parameters, kept)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_reads_the_settings_that_its_row_names_and_no_others(name: str) -> None:
    """The dashboard shows a control for each setting named there."""
    optimizer, gradient = OPTIMIZERS[name], np.array([0.3, -2.0])
    plain = Settings(LR, 3, MU, BETA2, EPS, DECAY)

    others = {
        "momentum": plain._replace(momentum=0.5),
        "beta2": plain._replace(beta2=0.5),
        "epsilon": plain._replace(epsilon=0.5),
        "weight_decay": plain._replace(weight_decay=0.5),
    }

    def step(settings: Settings) -> list[float]:
        grad, moments = gradient.copy(), np.full((optimizer.moments, 2), 0.5)
        optimizer.update(grad, moments, np.array([1.0, 2.0]), np.empty(2), settings)
        return [float(number) for number in grad]

    read = [name for name, other in others.items() if step(other) != step(plain)]
    assert tuple(read) == optimizer.settings
