"""The estimators' parameters have scikit-learn's names; here they are checked and become a run's configuration."""

import math
import warnings
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any

from sklearn.base import BaseEstimator

from mlp.config import SETTINGS, RunConfig
from mlp.network.layers import ACTIVATIONS
from mlp.network.optimizers import OPTIMIZERS
from mlp.network.schedules import PLATEAU, SCHEDULES, Schedule, constant
from mlp.run_settings import MOST_HIDDEN_LAYERS
from mlp.setting import ConfigError, Setting

AUTO_BATCH = 200  # of the batch size "auto", if there are as many examples
OF_SGD = ("momentum", "nesterov")  # optimizers that scikit-learn calls "sgd", with parameters of their own
ACTIVATIONS_BY_NAME = {{"sigmoid": "logistic"}.get(name, name): name for name in ACTIVATIONS}
RULES = {  # of the learning rate, besides the schedules of a run: they change it from one epoch to the next
    "invscaling": Schedule("η / (examples seen)ᵖ", constant),
    "adaptive": Schedule("÷ 5 on each plateau", constant),
}
PLANNED = {name: row for name, row in SCHEDULES.items() if name != PLATEAU}  # that one is "adaptive"


def _like(name: str, field: str) -> Setting:
    return replace(SETTINGS[field], name=name)


def _choice(name: str, default: str, choices: dict[str, Any]) -> Setting:
    return Setting(name, name.replace("_", " "), "", default, choices=choices)


def _number(name: str, default: float, low: float, high: float = math.inf) -> Setting:
    return Setting(name, name.replace("_", " "), "", default, low, high)


def _switch(name: str) -> Setting:
    return Setting(name, name.replace("_", " "), "", False)


PARAMETERS = {
    parameter.name: parameter
    for parameter in (
        _like("hidden_layer_sizes", "hidden"),
        _choice("activation", "relu", {name: ACTIVATIONS[ours] for name, ours in ACTIVATIONS_BY_NAME.items()}),
        _choice("solver", "adam", {name: row for name, row in OPTIMIZERS.items() if name not in OF_SGD}),
        _number("alpha", 1e-4, 0.0),
        _like("batch_size", "batch_size"),
        _choice("learning_rate", "constant", PLANNED | RULES),
        _like("learning_rate_init", "learning_rate"),
        _number("power_t", 0.5, 0.0),
        _like("max_iter", "epochs"),
        _switch("shuffle"),
        _number("tol", 1e-4, 0.0),
        _switch("warm_start"),
        _like("momentum", "momentum"),
        _switch("nesterovs_momentum"),
        _switch("early_stopping"),
        _number("validation_fraction", 0.1, 0.0, 1.0),
        _like("beta_1", "momentum"),
        _like("beta_2", "beta2"),
        _like("epsilon", "epsilon"),
        _number("n_iter_no_change", 10.0, 1),
        _like("initializer", "initializer"),
        _like("dropout", "dropout"),
        _like("weight_decay", "weight_decay"),
    )
}


@dataclass(eq=False, repr=False)
class Parameters(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """What a person chooses, as it was given; checked when it is used, as scikit-learn asks."""

    hidden_layer_sizes: Any = (100,)
    activation: str = "relu"
    _: KW_ONLY
    solver: str = "adam"
    alpha: float = 0.0001
    batch_size: int | str = "auto"
    learning_rate: str = "constant"
    learning_rate_init: float = 0.001
    power_t: float = 0.5
    max_iter: int = 200
    shuffle: bool = True
    random_state: Any = None
    tol: float = 1e-4
    verbose: bool | int = False
    warm_start: bool = False
    momentum: float = 0.9
    nesterovs_momentum: bool = True
    early_stopping: bool = False
    validation_fraction: float = 0.1
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    n_iter_no_change: float = 10
    initializer: str = "xavier"
    dropout: float | tuple[float, ...] = 0.0
    weight_decay: float = 0.01

    def _check(self) -> None:
        """Raise ConfigError for an invalid parameter."""
        for name, parameter in PARAMETERS.items():
            value = getattr(self, name)
            if name == "hidden_layer_sizes":
                value = self._hidden()
                if len(value) > MOST_HIDDEN_LAYERS:
                    raise ConfigError(f"{name} has {len(value)} layers; 0 to {MOST_HIDDEN_LAYERS} are allowed.")
            if name != "batch_size" or value != "auto":
                parameter.check(value)

    def _hidden(self) -> tuple[Any, ...]:
        sizes = self.hidden_layer_sizes
        return tuple(sizes) if isinstance(sizes, Iterable) else (sizes,)

    def _config(self, examples: int, mean_weight: float, seed: int) -> RunConfig:
        """Return the configuration for this number of training examples. Raises ConfigError if alpha is too large."""
        batch_size = min(AUTO_BATCH, examples) if self.batch_size == "auto" else int(self.batch_size)
        if batch_size > examples:
            warnings.warn(
                f"batch_size is {batch_size}, but there are {examples} training examples: each step uses all of them.",
                stacklevel=4,
            )
            batch_size = examples
        # scikit-learn divides the penalty by a mini-batch's sum of weights; here it is added to a mean over the batch.
        summed = batch_size * mean_weight
        if self.alpha > summed * SETTINGS["l2"].high:
            raise ConfigError(
                f"alpha is {self.alpha:g}; it must be at most {summed * SETTINGS['l2'].high:g}, "
                "the sum of a mini-batch's sample weights. Choose a smaller alpha."
            )
        optimizer = self.solver
        if optimizer == "sgd" and self.momentum:
            optimizer = "nesterov" if self.nesterovs_momentum else "momentum"
        return RunConfig(
            dataset="own data",
            hidden=self._hidden(),
            activation=ACTIVATIONS_BY_NAME[self.activation],
            initializer=self.initializer,
            optimizer=optimizer,
            learning_rate=self.learning_rate_init,
            batch_size=batch_size,
            epochs=self.max_iter,
            schedule="constant" if self.learning_rate in RULES else self.learning_rate,
            momentum=self.momentum if optimizer in OF_SGD else self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            weight_decay=self.weight_decay,
            l2=self.alpha / summed,
            dropout=self.dropout,
            seed=seed,
        )
