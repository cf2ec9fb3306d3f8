"""The same mathematics in PyTorch: losses, gradients and updates must agree. Skipped where it is not installed."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mlp.network.layers import ACTIVATIONS
from mlp.network.network import Network, initial_parameters, split_parameters
from mlp.network.optimizers import OPTIMIZERS, Hyperparameters
from mlp.network.training_losses import SoftmaxCrossEntropy

torch = pytest.importorskip("torch")
functional = pytest.importorskip("torch.nn.functional")

Array = np.ndarray
SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)
SIZES, BATCH = (7, 6, 5, 3), 9
LR, MU, BETA2, EPS, DECAY = 0.02, 0.9, 0.99, 1e-6, 0.1

THEIR_ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "relu": functional.relu,
    "leaky_relu": lambda z: functional.leaky_relu(z, 0.01),
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "gelu": lambda z: functional.gelu(z, approximate="tanh"),
    "swish": functional.silu,
    "elu": functional.elu,
    "selu": functional.selu,
    "identity": lambda z: z,
}
THEIR_OPTIMIZERS: dict[str, Callable[[list[Any]], Any]] = {
    "sgd": lambda p: torch.optim.SGD(p, LR),
    "momentum": lambda p: torch.optim.SGD(p, LR, momentum=MU),
    "nesterov": lambda p: torch.optim.SGD(p, LR, momentum=MU, nesterov=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, LR, alpha=BETA2, eps=EPS),
    "adam": lambda p: torch.optim.Adam(p, LR, betas=(MU, BETA2), eps=EPS),
    "adamw": lambda p: torch.optim.AdamW(p, LR, betas=(MU, BETA2), eps=EPS, weight_decay=DECAY),
}


def batch(dtype: np.dtype) -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(BATCH, SIZES[0])).astype(dtype), rng.integers(0, SIZES[-1], BATCH)


def our_network(activation: str, dtype: np.dtype) -> Network:
    rng = np.random.default_rng(1)
    parameters = initial_parameters(SIZES, "xavier", rng, dtype)
    parameters += 0.1 * rng.normal(size=len(parameters))
    return Network(SIZES, (len(SIZES) - 2) * [activation], parameters, BATCH)


def their_parameters(flat: Array) -> list[Any]:
    """W and b of each layer, in our order."""
    return [torch.tensor(part.copy(), requires_grad=True) for pair in split_parameters(flat, SIZES) for part in pair]


def their_logits(parameters: list[Any], activation: str, x: Array) -> Any:
    a = torch.from_numpy(x)
    for index in range(0, len(parameters), 2):
        a = a @ parameters[index] + parameters[index + 1]
        if index < len(parameters) - 2:
            a = THEIR_ACTIVATIONS[activation](a)
    return a


def flat(arrays: list[Any]) -> Array:
    return np.concatenate([array.detach().numpy().ravel() for array in arrays])


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(SINGLE, 1e-5), (DOUBLE, 1e-12)], ids=["float32", "float64"])
def test_losses_and_gradients_agree(activation: str, dtype: np.dtype, tolerance: float) -> None:
    (x, y), network = batch(dtype), our_network(activation, dtype)
    loss_of = SoftmaxCrossEntropy(BATCH, SIZES[-1], dtype)
    outcome = loss_of(network.forward(x), y)
    network.backward(loss_of.grad_logits)

    parameters = their_parameters(network.parameters)
    loss = functional.cross_entropy(their_logits(parameters, activation, x), torch.from_numpy(y))
    loss.backward()
    assert outcome.loss / BATCH == pytest.approx(loss.item(), rel=tolerance)
    np.testing.assert_allclose(network.gradient, flat([p.grad for p in parameters]), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_twenty_steps_of_training_agree(optimizer: str) -> None:
    (x, y), network, rule = batch(DOUBLE), our_network("tanh", DOUBLE), OPTIMIZERS[optimizer]
    parameters = their_parameters(network.parameters)
    their_optimizer = THEIR_OPTIMIZERS[optimizer](parameters)
    loss_of = SoftmaxCrossEntropy(BATCH, SIZES[-1], DOUBLE)
    moments, scratch = np.zeros((rule.moments, len(network.parameters))), np.empty_like(network.parameters)
    for t in range(1, 21):
        loss_of(network.forward(x), y)
        network.backward(loss_of.grad_logits)
        step = network.gradient
        rule.update(step, network.parameters, scratch, Hyperparameters(LR, t, MU, BETA2, EPS, DECAY), *moments)
        network.parameters -= step

        their_optimizer.zero_grad()
        functional.cross_entropy(their_logits(parameters, "tanh", x), torch.from_numpy(y)).backward()
        their_optimizer.step()
        np.testing.assert_allclose(network.parameters, flat(parameters), rtol=1e-9, atol=1e-12, err_msg=f"step {t}")
