"""A setting is one thing that a person can choose: what it is called, what it means, and which values it may have.

Controls, flags, links, tables and checks are all made from these descriptions, so nothing is declared twice.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from numbers import Integral, Real
from typing import Any, NamedTuple, Protocol

import numpy as np

from mlp.text import in_text, not_one_of, quoted

SEPARATOR = r"(?<=[\d%])[-,]"  # of numbers, but not the minus in 1e-05


class ConfigError(ValueError):
    """An invalid setting: the message says which, what it was, what is allowed and what to do."""


class Labeled(Protocol):
    """A row of a table of choices."""

    @property
    def label(self) -> str:
        """What the choice is called on the screen."""


class Choice(NamedTuple):
    """A row of a table of choices that are no more than a label."""

    label: str


@dataclass(frozen=True, eq=False)
class Setting:
    """One setting. Its default decides its type: yes or no, a whole number, a number, a name, or several of these.

    >>> rate = Setting("learning_rate", "Learning rate", "How large each weight update is.", 0.1, low=1e-6, high=100)
    >>> rate.read("0.01"), rate.show(0.01), rate.label_in_text
    (0.01, '0.01', 'learning rate')
    """

    name: str  # in links and of the field
    label: str
    help: str
    default: Any
    low: float = -math.inf
    high: float = math.inf
    choices: Mapping[str, Labeled] = field(default_factory=dict)  # of a name, or of several names
    a_layer: bool = False  # it may have one value for each hidden layer: names joined by dots, or numbers in a tuple
    label_other: Callable[[str], str] | None = None  # of a name that is no choice; without it, there are no others
    live: bool = False  # whether a change applies while a run is training
    is_id: bool = False  # a number that only names something, such as a seed: it has no thousands separators
    is_share: bool = False  # a number from 0 to 1 that people read as a percentage

    @property
    def label_in_text(self) -> str:
        """The label as it is written within a sentence: "learning rate", "L2 penalty"."""
        return in_text(self.label)

    @property
    def examples(self) -> list[str]:
        """Some of its values as text: all choices, yes and no, or a number's default and the ends of its range.

        >>> Setting("batch_norm", "Batch normalization", "", False).examples
        ['no', 'yes']
        >>> Setting("patience", "Patience", "", 5, low=1, high=100).examples
        ['1', '5', '100']
        """
        if self.choices:
            return list(self.choices)
        values = sorted({self.low, self.default, self.high}) if self.is_number else [self.default]
        return ["no", "yes"] if isinstance(self.default, bool) else [self.write(self.check(value)) for value in values]

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers."""
        return isinstance(self.default, int | float) and not isinstance(self.default, bool)

    @property
    def most_in_percent(self) -> str:
        """How the upper bound of a share is written behind it, " (90 %)"; nothing for others."""
        return f" ({self.show(float(self.high))})" if self.is_share else ""

    def check(self, value: Any) -> Any:
        """Return a value in the setting's own type. Raises ConfigError if it is invalid."""
        match self.default:
            case bool():
                if not isinstance(value, bool | np.bool):
                    raise ConfigError(f"{self.name} is {quoted(value)}; it must be true or false.")
                return bool(value)
            case str():
                for name in self.values(value):
                    self._check_name(self.label_in_text, name)
            case int():
                return self._whole(value)
            case float() if self.a_layer and isinstance(value, Sequence) and not isinstance(value, str):
                return tuple(self._real(part) for part in value)
            case float():
                return self._real(value)
            case tuple():
                if not isinstance(value, Sequence) or isinstance(value, str):
                    raise ConfigError(
                        f"{self.name} is {quoted(value)}; it must be a list of whole numbers, such as (100, 200)."
                    )
                if not self.choices:
                    return tuple(self._whole(part) for part in value)
                for name in value:
                    self._check_name(self.label_in_text.removesuffix("s"), name)
                return tuple(value)
        return value

    def read(self, text: str) -> Any:
        """Return the value that links and the command line write as "0.1", "100-200", "x.y", "none" or "yes".

        Several numbers may be joined by commas, too, and a share may be "10 %". Raises ConfigError if it is invalid.
        """
        return self.check(self._parsed(text))

    def _parsed(self, text: str) -> Any:
        """Return what a text means; the text itself, which is no valid value, if it means nothing of this type."""
        match self.default:
            case bool():
                return {"yes": True, "true": True, "no": False, "false": False}.get(text, text)
            case int():
                return _number(int, text)
            case float():
                parts = re.split(SEPARATOR, text) if self.a_layer else [text]
                numbers = tuple(_share(part) if self.is_share else _number(float, part) for part in parts)
                return numbers if len(numbers) > 1 else numbers[0]
            case tuple() if self.choices:
                return () if text == "none" else tuple(text.split("."))
            case tuple():
                return () if text == "none" else tuple(_number(int, part) for part in re.split(SEPARATOR, text))
        return text

    def write(self, value: Any) -> str:
        """Return a value as `read` reads it."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, tuple):
            return ("." if self.choices else "-").join(map(self.write, value)) or "none"
        return str(value).removesuffix(".0") if isinstance(value, float) else str(value)

    def show(self, value: Any) -> str:
        """Return a value the way people read it: "100–200", "ReLU–Tanh", "0.1", a share as "50 %"."""
        if self.label_other and value not in self.choices:
            return self.label_other(value)
        if len(values := self.values(value)) > 1:
            return "–".join(map(self.show, values))
        if self.choices:
            return self.choices[value].label if value in self.choices else str(value)
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, tuple):
            return "–".join(map(str, value)) or "none"
        if isinstance(value, float):
            return f"{100 * value:.4g}\u202f%" if self.is_share else f"{value:g}"
        return str(value) if self.is_id else f"{value:,}"

    def values(self, value: Any) -> tuple[Any, ...]:
        """Return the value of each hidden layer; of one for all, that alone.

        >>> Setting("dropout", "Dropout", "", 0.0, a_layer=True).values((0.2, 0.5))
        (0.2, 0.5)
        """
        if not self.a_layer:
            return (value,)
        if isinstance(value, str):
            return tuple(value.split("."))
        return value if isinstance(value, tuple) else (value,)

    def joined(self, values: Sequence[Any]) -> Any:
        """Return what `values` takes apart: one value if all layers have the same.

        >>> Setting("dropout", "Dropout", "", 0.0, a_layer=True).joined((0.2, 0.2))
        0.2
        """
        if len(set(values)) == 1:
            return values[0]
        return ".".join(values) if isinstance(self.default, str) else tuple(values)

    def are_numbers(self, values: Iterable[Any]) -> bool:
        """Return whether some of its values are all numbers, and none has one for each layer."""
        return self.is_number and all(len(self.values(value)) == 1 for value in values)

    def _check_name(self, what: str, name: Any) -> None:
        if not isinstance(name, str) or not (self.label_other or name in self.choices):
            raise ConfigError(not_one_of(what, name, self.choices))

    def _whole(self, value: Any) -> int:
        whole = isinstance(value, Integral) or (isinstance(value, Real) and float(value).is_integer())
        if isinstance(value, bool) or not whole or not self.low <= value <= self.high:
            raise ConfigError(f"{self.name} is {quoted(value)}; it must be a whole number {self._range}.")
        return int(value)

    def _real(self, value: Any) -> float:
        real = isinstance(value, Real) and not isinstance(value, bool)
        if not real or not self.low <= value <= self.high:  # as NaN
            raise ConfigError(f"{self.name} is {quoted(value)}; it must be a number {self._range}.")
        return float(value)

    @property
    def _range(self) -> str:
        """The range as a person writes it, without exponents: "from 0 to 0.9 (90 %)", "of at least 1"."""
        low, high = (f"{bound:,.10f}".rstrip("0").rstrip(".") for bound in (self.low, self.high))
        high += self.most_in_percent
        return f"of at least {low}" if math.isinf(self.high) else f"from {low} to {high}"


def setting(label: str, help: str, default: Any, **allowed: Any) -> Any:
    """Declare a field of a dataclass as a setting: a Setting without its name."""
    return field(default=default, metadata={"label": label, "help": help} | allowed)


def settings_of(kind: type) -> dict[str, Setting]:
    """Return the settings that are declared as fields of a dataclass."""
    return {
        field.name: Setting(field.name, default=field.default, **field.metadata)
        for field in fields(kind)
        if field.metadata
    }


def _number(kind: type[int] | type[float], text: str) -> float | str:
    try:
        return kind(text)
    except ValueError:  # also for more than 4,300 digits
        return text


def _share(text: str) -> float | str:
    """Return the number that "0.123" means, or "12.3 %", of which no division rounds the last digit."""
    number = _number(float, re.sub(r"\s*%\s*$", "e-2", text))
    return text if isinstance(number, str) else number
