"""A space is what a search may choose from: for each setting that varies, a range or a list of values.

A range is written as in links and on the command line:

    learning_rate=0.001..1:log     a number between two bounds; with :log, each factor of ten counts the same
    batch_size=16,32,64            one of these values
    hidden=32..512x1..3:log        1 to 3 hidden layers of equally many units, 32 to 512
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, TypeAlias

from mlp.config import OF_LAYERS, SETTINGS, ConfigError, RunConfig
from mlp.datasets import DatasetInfo
from mlp.run_settings import AUGMENTATION, MOST_HIDDEN_LAYERS, unused_on
from mlp.text import counted, not_one_of, quoted

LOG = ":log"
# Runs on other data or of other length can't be compared, and the seed is only luck.
FIXED = ("dataset", "epochs", "seed", "evaluate_train")
# Which values are allowed together.
_TOGETHER = ("hidden", "batch_norm", "batch_size", *OF_LAYERS)
_HYPHEN = re.compile(r"[\d.]+[-–][\d.]+")  # a range as some would write it
_BOUNDS = re.compile(r"(?P<low>.+?)\.\.(?P<high>.+?)(?P<log>:log)?")
_LAYERS = re.compile(r"(?P<low>\d+)\.\.(?P<high>\d+)x(?P<fewest>\d+)(\.\.(?P<most>\d+))?(?P<log>:log)?")

# Ranges worth searching, if narrower than all that is allowed.
_USUAL: Mapping[str, str] = {
    "hidden": "32..512x1..3:log",
    "learning_rate": "0.0001..1:log",
    "batch_size": "16..256:log",
    "plateau_patience": "2..10",
    "momentum": "0.5..0.99",
    "beta2": "0.9..0.9999",
    "epsilon": "1e-10..0.001:log",
    "weight_decay": "0.0001..0.3:log",
    "clip_norm": "0.1..10:log",
    "averaging": "0,0.9,0.99,0.999",
    "l1": "1e-07..0.001:log",
    "l2": "1e-06..0.01:log",
    "dropout": "0..0.5",
    "input_dropout": "0..0.3",
    "max_norm": "1..8:log",
    "label_smoothing": "0..0.2",
    "shift": "0..2",
    "rotation": "0..20",
    "scaling": "0..0.2",
    "shear": "0..0.3",
    "elastic": "0..50",
    "elastic_smoothness": "3..8",
    "pixel_noise": "0..0.3",
    "cutout": "0..0.4",
    "patience": "2..10",
    "smallest_gain": "0,0.001,0.01",
}


@dataclass(frozen=True)
class Numbers:
    """A setting that is any number from `low` to `high`, whole if the setting is."""

    name: str
    low: float
    high: float
    log: bool = False  # spread evenly over the factors of ten

    @property
    def whole(self) -> bool:
        return isinstance(SETTINGS[self.name].default, int)

    @property
    def ends(self) -> tuple[Any, ...]:
        """The values between which all others lie."""
        return (self.low, self.high)

    def holds(self, other: "Range") -> bool:
        """Whether every value of another range is in this one."""
        return isinstance(other, Numbers) and self.low <= other.low and other.high <= self.high

    def write(self) -> str:
        """Return the range as `read_range` reads it."""
        low, high = map(SETTINGS[self.name].write, self.ends)
        return f"{low}..{high}{LOG if self.log else ''}"


@dataclass(frozen=True)
class Choices:
    """A setting that is one of some values."""

    name: str
    values: tuple[Any, ...]

    @property
    def ends(self) -> tuple[Any, ...]:
        return self.values

    def holds(self, other: "Range") -> bool:
        """Whether every value of another range is in this one."""
        return isinstance(other, Choices) and set(other.values) <= set(self.values)

    def write(self) -> str:
        """Return the values as `read_range` reads them."""
        return ",".join(map(SETTINGS[self.name].write, self.values))


@dataclass(frozen=True)
class Layers:
    """The hidden layers: how many there are, and how many units each of them has."""

    low: int  # units
    high: int
    fewest: int  # layers
    most: int
    log: bool = False  # of the units
    name: str = "hidden"

    @property
    def ends(self) -> tuple[Any, ...]:
        return tuple(layers * (units,) for layers, units in product((self.fewest, self.most), (self.low, self.high)))

    def holds(self, other: "Range") -> bool:
        """Whether every value of another range is in this one."""
        return (
            isinstance(other, Layers)
            and self.low <= other.low
            and other.high <= self.high
            and self.fewest <= other.fewest
            and other.most <= self.most
        )

    def write(self) -> str:
        """Return the range as `read_range` reads it."""
        layers = f"{self.fewest}..{self.most}" if self.fewest < self.most else f"{self.most}"
        return f"{self.low}..{self.high}x{layers}{LOG if self.log else ''}"


Range: TypeAlias = Numbers | Choices | Layers


@dataclass(frozen=True)
class Space:
    """The ranges of a search, one for each setting that varies."""

    ranges: tuple[Range, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(range.name for range in self.ranges)

    def __getitem__(self, name: str) -> Range:
        return next(range for range in self.ranges if range.name == name)

    def write(self) -> dict[str, str]:
        """Return each setting's range as text, which `read_space` reads."""
        return {range.name: range.write() for range in self.ranges}

    def check(self, base: RunConfig, info: DatasetInfo) -> None:
        """Refuse a space from which a run could get settings that don't fit together, or its data.

        Parameters
        ----------
        base
            The settings that do not vary.
        info
            Of the data set that is learned from.

        Raises
        ------
        ConfigError
            With what is possible.
        """
        unused = unused_on(info)
        for name in self.names:
            if name in unused:
                why = (
                    "no images of at least 2 × 2 pixels"
                    if name in AUGMENTATION
                    else "no classes: numbers are predicted"
                )
                raise ConfigError(f"{name} can't vary here, since {info.label} has {why}. Leave it out.")
        for range in self.ranges:
            for value in range.ends if range.name not in _TOGETHER else ():
                replace(base, **{range.name: value}).check(info)
        together = [range for range in self.ranges if range.name in _TOGETHER]
        for values in product(*(range.ends for range in together)):
            changes = {range.name: value for range, value in zip(together, values, strict=True)}
            replace(base, **changes).check(info)

    def widened(self, wider: "Space") -> "Space":
        """Return a space that has the ranges of this one, or wider ones for the same settings.

        Raises ConfigError for another setting, or a range that leaves out what this space allows: trials that were made
        with it would be outside.
        """
        for range in wider.ranges:
            if range.name not in self.names:
                raise ConfigError(f"{range.name} does not vary in this search. Begin a new one for it.")
            if not range.holds(self[range.name]):
                raise ConfigError(
                    f"{range.name} varies over {self[range.name].write()}, which {range.write()} does not contain. "
                    "A range of a search can only become wider."
                )
        new = {range.name: range for range in wider.ranges}
        return Space(tuple(new.get(range.name, range) for range in self.ranges))


def varying(info: DatasetInfo) -> list[str]:
    """Return the names of the settings that may vary on a data set.

    >>> from mlp.datasets import dataset_info
    >>> varying(dataset_info("digits"))[:3]
    ['hidden', 'activation', 'initializer']
    """
    return [name for name in SETTINGS if name not in (*FIXED, *unused_on(info))]


def usual_range(name: str) -> str:
    """Return a range of a setting that is worth searching, as text.

    >>> usual_range("learning_rate"), usual_range("batch_norm")
    ('0.0001..1:log', 'no,yes')
    """
    setting = SETTINGS[name]
    whole = f"{setting.write(setting.low)}..{setting.write(setting.high)}" if setting.is_number else ""
    return _USUAL.get(name) or whole or ",".join(setting.examples)


def read_range(name: str, text: str) -> Range:
    """Return the range that a text means for a setting.

    Parameters
    ----------
    name
        Of the setting.
    text
        As in "0.001..1:log", "32..512x1..3" or "sgd,adam".

    Returns
    -------
    Numbers, Choices or Layers
        With values that the setting allows.

    Raises
    ------
    ConfigError
        For a setting that can't vary, and a range that is empty, upside down or not allowed.

    Examples
    --------
    >>> read_range("learning_rate", "1e-3..1:log")
    Numbers(name='learning_rate', low=0.001, high=1.0, log=True)
    >>> read_range("hidden", "32..512x1..3").ends[-1]
    (512, 512, 512)
    >>> read_range("optimizer", "sgd,adam").values
    ('sgd', 'adam')
    """
    text = text.replace(" ", "")
    if name not in SETTINGS:
        raise ConfigError(not_one_of("setting", name, (known for known in SETTINGS if known not in FIXED)))
    if name in FIXED:
        raise ConfigError(f"{name} can't vary in a search: runs that differ in it can't be compared. Leave it out.")
    if not text:
        raise ConfigError(f"{name} has no values to search. Name some, such as {usual_range(name)}.")
    layers = _LAYERS.fullmatch(text) if name == "hidden" else None
    if layers:
        return _layers(text, layers)
    bounds = _BOUNDS.fullmatch(text) if SETTINGS[name].is_number else None
    if bounds:
        return _numbers(name, text, bounds)
    setting = SETTINGS[name]
    if ".." in text or (setting.is_number and not setting.a_layer and _HYPHEN.fullmatch(text)):
        raise ConfigError(f"{name}={quoted(text)} is not a range of its values. Write it as in {usual_range(name)}.")
    return _choices(name, text)


def read_space(texts: Mapping[str, str]) -> Space:
    """Return the space of ranges given as text for each setting's name.

    Raises ConfigError for none at all, and as `read_range`.

    >>> read_space({"learning_rate": "0.001..1:log", "optimizer": "sgd,adam"}).names
    ('learning_rate', 'optimizer')
    """
    if not texts:
        raise ConfigError("A search needs at least one setting to vary, such as learning_rate=0.001..1:log.")
    return Space(tuple(read_range(name, text) for name, text in texts.items()))


def _numbers(name: str, text: str, found: "re.Match[str]") -> Numbers:
    setting, log = SETTINGS[name], bool(found["log"])
    low, high = setting.read(found["low"]), setting.read(found["high"])
    if isinstance(low, tuple) or isinstance(high, tuple):
        raise ConfigError(f"{name}={quoted(text)} is not a range: each of its ends must be one number for all layers.")
    _check_order(name, text, low, high)
    _check_log(name, text, low, log)
    return Numbers(name, low, high, log)


def _layers(text: str, found: "re.Match[str]") -> Layers:
    hidden, log = SETTINGS["hidden"], bool(found["log"])
    (low,), (high,) = hidden.read(found["low"]), hidden.read(found["high"])
    fewest = int(found["fewest"][:4])
    most = int((found["most"] or found["fewest"])[:4])
    _check_order("hidden", text, low, high)
    if fewest > most:
        raise ConfigError(f"hidden={quoted(text)} has more layers at its start than at its end. Swap the two.")
    if not 1 <= fewest <= most <= MOST_HIDDEN_LAYERS:
        wrong = fewest if most <= MOST_HIDDEN_LAYERS else most
        raise ConfigError(
            f"hidden={quoted(text)} is also for {counted(wrong, 'layer')}; 1 to {MOST_HIDDEN_LAYERS} are allowed. "
            "Networks without a hidden layer are among the values of a list, such as none,100,100-200."
        )
    return Layers(low, high, fewest, most, log)


def _choices(name: str, text: str) -> Choices:
    setting, words = SETTINGS[name], [word for word in text.split(",") if word]
    # As a run has them: "tanh.tanh" is "tanh" there, and a trial's settings must be among the values.
    values = tuple(dict.fromkeys(setting.joined(setting.values(setting.read(word))) for word in words))
    if len(values) < 2:
        raise ConfigError(
            f"{name}={quoted(text)} is a single value, which leaves nothing to search. "
            f"Name two or more, as in {usual_range(name)}."
        )
    return Choices(name, values)


def _check_order(name: str, text: str, low: float, high: float) -> None:
    if low == high:
        raise ConfigError(f"{name}={quoted(text)} is empty: both of its ends are the same. Let the second be higher.")
    if low > high:
        raise ConfigError(f"{name}={quoted(text)} starts above its end. Write the lower value first.")


def _check_log(name: str, text: str, low: float, log: bool) -> None:
    if log and not (low > 0 and math.isfinite(low)):
        raise ConfigError(
            f"{name}={quoted(text)} is logarithmic, so it can't start at 0. Start above 0, or drop {LOG}."
        )


def read_words(words: Sequence[str]) -> dict[str, str]:
    """Return the text of each setting's range from words such as "learning_rate=0.001..1:log".

    Raises ConfigError for a word without "=", and a setting that comes twice.
    """
    texts: dict[str, str] = {}
    for word in words:
        name, equals, text = word.partition("=")
        name = name.strip().replace("-", "_")
        if not equals:
            raise ConfigError(f"{quoted(word)} doesn't say what to vary. Write it as in learning_rate=0.001..1:log.")
        if name in texts:
            raise ConfigError(f"{name} is to vary twice. Name one range for it.")
        texts[name] = text
    return texts
