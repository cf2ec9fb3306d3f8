"""A run's configuration: everything a person chose, checked once, on entry.

SETTINGS describes each field: the dashboard's controls, the command line's flags, links and the checks below are all
made from these descriptions.
"""

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from mlp.datasets import REGRESSION, DatasetInfo, Recipe
from mlp.datasets.own.stored import is_own
from mlp.datasets.recipes import describe_other_points
from mlp.network.network import count_parameters
from mlp.network.schedules import PLATEAU
from mlp.run_settings import (
    AUGMENTATION,
    MOST_HIDDEN_LAYERS,
    Augmentation,
    NetworkSettings,
    OptimizerSettings,
    Regularization,
    Stopping,
    can_augment,
)
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


@dataclass(frozen=True)
class RunConfig(  # fields come from the last of them first
    Stopping, Augmentation, Regularization, OptimizerSettings, NetworkSettings
):
    """Everything that determines a run. Equal configurations give bit-identical runs.

    It does not hold the data: `dataset` is the name by which a run finds it again, and whatever trains takes the data
    itself. SETTINGS says of each field what it means and what is allowed. Raises ConfigError for a value outside its
    range or an unknown name; a data set's name is not looked up.
    """

    evaluate_train: bool = setting(
        "Measure all training examples",
        "After each epoch, also measure the whole training set. The usual curve is a running mean over mini-batches. "
        "Slows training down.",
        False,
        live=True,
    )
    seed: int = setting(
        "Seed",
        "Fixes everything random: the initial weights, the order of examples, dropout and augmentation. Same seed, "
        "same run.",
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
        for name in OF_LAYERS:
            known = SETTINGS[name]
            values = known.values(getattr(self, name))
            if len(values) not in (1, len(self.hidden) or 1):
                raise ConfigError(
                    f"{name} is {known.write(getattr(self, name))}, {counted(len(values), 'value')} for "
                    f"{counted(len(self.hidden), 'hidden layer')}. Choose one for all, or one for each."
                )
            object.__setattr__(self, name, known.joined(values))
        if self.batch_norm and self.batch_size == 1:
            raise ConfigError(
                "batch_size is 1, but batch normalization needs 2 or more examples to compute a variance. Choose a "
                "larger batch size, or turn batch_norm off."
            )

    def check(self, info: DatasetInfo) -> None:
        """Refuse settings that don't fit a data set.

        These are mini-batches larger than its training set, changes to images that it hasn't, and being judged by a
        validation set that is empty, or by the accuracy of a regression.

        Parameters
        ----------
        info
            Of the data set that is learned from.

        Raises
        ------
        ConfigError
            With what is possible.

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
        called = info.label if is_own(info.name) else info.name
        if self.augmentations and not can_augment(info):
            has = f"images of {' × '.join(map(str, info.image_shape))} pixels" if info.image_shape else "no images"
            raise ConfigError(
                f"{called} has {has}; augmentation needs images of at least 2 × 2 pixels. "
                f"Switch off: {', '.join(self.augmentations)}."
            )
        if self.batch_size > info.train:
            most = min(info.train, int(SETTINGS["batch_size"].high))
            raise ConfigError(
                f"batch_size is {self.batch_size}, but {called} has {counted(info.train, 'training example')}. "
                f"Choose a batch size from 1 to {most:,}."
            )
        if self.early_stopping == "accuracy" and info.task == REGRESSION:
            raise ConfigError(
                "early_stopping is accuracy, but numbers are predicted here, not classes. Choose loss, or off."
            )
        if info.validation == 0 and (self.early_stopping != "off" or self.schedule == PLATEAU):
            name, usual = ("schedule", "constant") if self.early_stopping == "off" else ("early_stopping", "off")
            raise ConfigError(
                f"{name} is {getattr(self, name)}, which goes by the validation set, and this data has none. "
                f"Choose {usual}, or keep some examples for validation."
            )

    @property
    def augmentations(self) -> list[str]:
        """The settings by which training images are changed; none if they are left as they are.

        >>> RunConfig(shift=1.5, rotation=10).augmentations
        ['shift', 'rotation']
        """
        return [name for name in AUGMENTATION if name != "elastic_smoothness" and getattr(self, name)]

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
        """Return how many numbers are learned: weights and biases, and two for each unit that is normalized.

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
        return count_parameters(self.sizes(info)) + 2 * self.normalized_units

    @property
    def activations(self) -> tuple[str, ...]:
        """The name of each hidden layer's activation."""
        return self._of_layers("activation")

    @property
    def dropouts(self) -> tuple[float, ...]:
        """The chance of each hidden layer's units to be switched off.

        >>> RunConfig(hidden=(100, 200), dropout=0.2).dropouts
        (0.2, 0.2)
        """
        return self._of_layers("dropout")

    def _of_layers(self, name: str) -> tuple[Any, ...]:
        values = SETTINGS[name].values(getattr(self, name))
        return values if len(values) > 1 else len(self.hidden) * values

    @property
    def normalized_units(self) -> int:
        """The hidden units whose sums are normalized over a mini-batch: all or none."""
        return sum(self.hidden) if self.batch_norm else 0

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
OF_LAYERS = tuple(name for name, setting in SETTINGS.items() if setting.a_layer)


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
    live = {name: getattr(wanted, name) for name in LIVE}
    if running.batch_norm and wanted.batch_size == 1:  # which waits, with batch normalization off, for a restart
        live["batch_size"] = running.batch_size
    if len(running.hidden) != len(wanted.hidden) and isinstance(wanted.dropout, tuple):  # one for each layer
        live["dropout"] = running.dropout
    return replace(running, **live)
