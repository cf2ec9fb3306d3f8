"""A run's configuration: everything a person chose, checked once, on entry.

Each field is declared with what a person needs to know about it. SETTINGS holds these descriptions: the dashboard's
controls, the command line's flags, links and the checks below are all made from them.
"""

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from mlp.datasets import DATASETS, DatasetInfo, Recipe, dataset_label
from mlp.datasets.own.stored import is_own
from mlp.datasets.recipes import describe_other_points
from mlp.network.class_weights import CLASS_WEIGHTS
from mlp.network.initializers import INITIALIZERS
from mlp.network.layers import ACTIVATIONS
from mlp.network.network import count_parameters
from mlp.network.optimizers import OPTIMIZERS
from mlp.network.schedules import SCHEDULES
from mlp.setting import ConfigError, Setting, setting, settings_of
from mlp.text import counted, unknown

__all__ = [
    "LIVE",
    "SETTINGS",
    "ConfigError",
    "RunConfig",
    "Setting",
    "changed",
    "describe_changes",
    "with_live_settings",
]

MOST_HIDDEN_LAYERS = 6
MOST_UNITS = 1024


@dataclass(frozen=True)
class RunConfig:
    """Everything that determines a run. Equal configurations give bit-identical runs.

    It does not hold the data: `dataset` is the name by which a run finds it again, and whatever trains takes the data
    itself. SETTINGS says of each field what it means and what is allowed. Raises ConfigError for a value outside its
    range or an unknown name; a data set's name is not looked up.
    """

    dataset: str = setting(
        "Data set", "The examples the network learns from.", "mnist", choices=DATASETS, label_other=dataset_label
    )
    hidden: tuple[int, ...] = setting(
        "Hidden layers",
        "The layers between input and output: how many there are, and how many units each has.",
        (100, 200),
        low=1,
        high=MOST_UNITS,
    )
    activation: str = setting(
        "Activation", "The function applied to each hidden unit's weighted sum.", "relu", choices=ACTIVATIONS
    )
    initializer: str = setting(
        "Initial weights", "How the weights are drawn before training starts.", "xavier", choices=INITIALIZERS
    )
    optimizer: str = setting(
        "Optimizer", "How gradients are turned into weight updates.", "sgd", choices=OPTIMIZERS, live=True
    )
    learning_rate: float = setting(
        "Learning rate",
        "The size of each weight update. Too low: learning is slow. Too high: the loss jumps around or blows up. "
        "With a schedule, this is the highest rate.",
        0.1,
        low=1e-6,
        high=100,
        live=True,
    )
    batch_size: int = setting(
        "Batch size",
        "Examples in a mini-batch: each weight update averages over them.",
        32,
        low=1,
        high=4096,
        live=True,
    )
    epochs: int = setting(
        "Epochs", "How many times the network sees the whole training set.", 25, low=1, high=10_000, live=True
    )
    schedule: str = setting(
        "Schedule", "How the learning rate changes during training.", "constant", choices=SCHEDULES, live=True
    )
    momentum: float = setting(
        "Momentum",
        "How much of the previous updates carries over into the next one (μ; β₁ in Adam).",
        0.9,
        low=0,
        high=0.9999,
        live=True,
    )
    beta2: float = setting(
        "Decay of squared gradients (ρ, β₂)",
        "How slowly RMSProp (ρ) and Adam (β₂) forget the size of past gradients. Closer to 1: slower.",
        0.999,
        low=0,
        high=0.999999,
        live=True,
    )
    epsilon: float = setting(
        "Epsilon (ε)",
        "A small number that keeps RMSProp and Adam from dividing by zero.",
        1e-8,
        low=1e-12,
        high=1,
        live=True,
    )
    weight_decay: float = setting(
        "Weight decay", "How strongly AdamW pulls every weight toward zero (λ).", 0.01, low=0, high=10, live=True
    )
    l1: float = setting(
        "L1 penalty", "Adds λ Σ|w| to the loss, which sets many weights to zero.", 0.0, low=0, high=1, live=True
    )
    l2: float = setting(
        "L2 penalty", "Adds ½ λ Σ w² to the loss, which keeps weights small.", 0.0, low=0, high=1, live=True
    )
    dropout: float = setting(
        "Dropout",
        "The chance that a hidden unit is switched off during a training step.",
        0.0,
        low=0,
        high=0.95,
        live=True,
    )
    class_weights: str = setting(
        "Class weights",
        "Balanced: in the training loss, all classes count the same, however few examples one has; mistakes on rare "
        "classes cost more. Accuracy and validation loss stay unweighted.",
        "none",
        choices=CLASS_WEIGHTS,
        live=True,
    )
    evaluate_train: bool = setting(
        "Measure all training examples",
        "After each epoch, also measure the whole training set. The usual curve is a running mean over mini-batches. "
        "Slows training down.",
        False,
        live=True,
    )
    seed: int = setting(
        "Seed",
        "Fixes everything random: the initial weights, the order of examples, and dropout. Same seed, same run.",
        42,
        low=0,
        high=2**32 - 1,
        is_id=True,
    )

    def __post_init__(self) -> None:
        for name, known in SETTINGS.items():
            object.__setattr__(self, name, known.check(getattr(self, name)))
        if len(self.hidden) > MOST_HIDDEN_LAYERS:
            raise ConfigError(
                f"hidden has {len(self.hidden)} layers; 0 to {MOST_HIDDEN_LAYERS} are allowed. Leave some out."
            )

    def check(self, info: DatasetInfo) -> None:
        """Refuse mini-batches that are larger than a data set's training set.

        Parameters
        ----------
        info
            Of the data set that is learned from.

        Raises
        ------
        ConfigError
            With the batch sizes that are possible.

        Examples
        --------
        >>> from mlp import ConfigError, RunConfig
        >>> from mlp.datasets import dataset_info
        >>> RunConfig(batch_size=128).check(dataset_info("digits"))
        >>> try:
        ...     RunConfig(batch_size=2048).check(dataset_info("digits"))
        ... except ConfigError as error:
        ...     print(str(error).partition(". ")[0])
        batch_size is 2048, but digits has 1,197 training examples
        """
        if self.batch_size > info.train:
            most = min(info.train, int(SETTINGS["batch_size"].high))
            called = info.label if is_own(info.name) else info.name
            raise ConfigError(
                f"batch_size is {self.batch_size}, but {called} has {counted(info.train, 'training example')}. "
                f"Choose a batch size from 1 to {most:,}."
            )

    def sizes(self, info: DatasetInfo) -> tuple[int, ...]:
        """Return the units of every layer, input and output included.

        Parameters
        ----------
        info
            Of the data set that is learned from.

        Returns
        -------
        tuple of int
            From the inputs to the classes, or to 1 for a regression.

        Examples
        --------
        >>> from mlp import RunConfig
        >>> from mlp.datasets import dataset_info
        >>> RunConfig().sizes(dataset_info("mnist"))
        (784, 100, 200, 10)
        """
        return (info.inputs, *self.hidden, info.classes)

    def parameters(self, info: DatasetInfo) -> int:
        """Return the number of weights and biases.

        Parameters
        ----------
        info
            Of the data set that is learned from.

        Returns
        -------
        int
            Of all layers.

        Examples
        --------
        >>> from mlp import RunConfig
        >>> from mlp.datasets import dataset_info
        >>> RunConfig().parameters(dataset_info("mnist"))  # 784·100 + 100 + 100·200 + 200 + 200·10 + 10
        100710
        """
        return count_parameters(self.sizes(info))

    def steps_per_epoch(self, info: DatasetInfo) -> int:
        """Return the mini-batches in one pass over the training set, the last, smaller one included.

        Parameters
        ----------
        info
            Of the data set that is learned from.

        Returns
        -------
        int
            At least 1.

        Examples
        --------
        >>> from mlp import RunConfig
        >>> from mlp.datasets import dataset_info
        >>> RunConfig(batch_size=32).steps_per_epoch(dataset_info("digits"))  # of 1,197 examples
        38
        """
        return -(-info.train // self.batch_size)

    def to_json(self) -> str:
        """Return all fields as a JSON object.

        Returns
        -------
        str
            What `from_json` reads.

        Examples
        --------
        >>> from mlp import RunConfig
        >>> RunConfig(dataset="digits").to_json()[:43]
        '{"dataset": "digits", "hidden": [100, 200],'
        """
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "RunConfig":
        """Read what `to_json` wrote; missing fields get their defaults.

        Parameters
        ----------
        text
            A JSON object.

        Returns
        -------
        RunConfig
            The same settings.

        Raises
        ------
        ConfigError
            For text that is not a JSON object, an unknown field, or an invalid value.

        Examples
        --------
        >>> from mlp import RunConfig
        >>> RunConfig.from_json('{"hidden": [20], "seed": 7}') == RunConfig(hidden=(20,), seed=7)
        True
        """
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:  # also a number of thousands of digits, or endless brackets
            raise ConfigError(f"The configuration is not JSON: {error}. Write it as to_json does.") from error
        if not isinstance(values, dict):
            raise ConfigError("The configuration must be a JSON object with RunConfig's fields.")
        for name in values:
            if name not in SETTINGS:
                raise ConfigError(unknown("field", name, SETTINGS))
        return cls(**values)


SETTINGS = settings_of(RunConfig)
LIVE = tuple(name for name, setting in SETTINGS.items() if setting.live)


def changed(old: RunConfig, new: RunConfig) -> list[str]:
    """Return the names of the fields in which two configurations differ."""
    return [name for name in SETTINGS if getattr(old, name) != getattr(new, name)]


def describe_changes(old: RunConfig, new: RunConfig) -> str:
    """Return what changed, for a marker on a curve: "learning rate 0.1 → 0.01, batch size 32 → 128"."""
    return ", ".join(_describe_change(name, getattr(old, name), getattr(new, name)) for name in changed(old, new))


def _describe_change(name: str, old: Any, new: Any) -> str:
    setting = SETTINGS[name]
    before, after = setting.show(old), setting.show(new)
    if name == "dataset" and before == after:  # two recipes of one shape
        return describe_other_points(Recipe.read(old), Recipe.read(new)) or "other points"
    if before == after:  # numbers that differ only in digits not usually shown
        before, after = repr(old), repr(new)
    return f"{setting.label_in_text} {before} → {after}"


def with_live_settings(running: RunConfig, wanted: RunConfig) -> RunConfig:
    """Return `running` with those of `wanted`'s settings that may change while a run is training."""
    return replace(running, **{name: getattr(wanted, name) for name in LIVE})
