"""Preprocessing turns a table's columns into a network's inputs: a few lines of numpy and a few numbers for each.

    number      z = (x − mean) / scale, a missing x is replaced by the median; a second input is 1 where it was missing
    category    one input for each frequent value, 1 for the row's own; rare and unknown values share the input "other"

The numbers come from the training rows alone (mlp/datasets/own/fitting.py). They are kept as JSON, so that a program in
another language can apply them, too.
"""

import json
import math
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import accumulate, pairwise
from typing import ClassVar

import numpy as np

LATER = ("day_first", "missing_values")  # fields that the JSON leaves out if they are as in earlier versions
FIRST_DAY = datetime(1970, 1, 1, tzinfo=UTC)  # day 0 of a column of dates


@dataclass(frozen=True)
class NumberColumn:
    """A column of numbers. `mean` and `scale` are those of the training rows once the median replaces what is missing.

    >>> age = NumberColumn("age", median=30, mean=32, scale=10, low=2, high=80, flag=True)
    >>> age.names
    ('age', 'age missing')
    >>> born = NumberColumn("born", median=50, mean=50, scale=10, low=0, high=99, is_date=True)
    >>> born.text(59.0), born.text(59.5)
    ('1970-03-01', '1970-03-01 12:00:00')
    """

    no_value: ClassVar[str] = "missing"  # what a person reads in place of NaN

    name: str
    median: float
    mean: float
    scale: float  # the standard deviation; 1 for a constant
    low: float  # in the training rows
    high: float
    flag: bool = False  # whether there is an input that is 1 where the value was missing
    is_date: bool = False  # whether the numbers are days since January 1, 1970
    # How files are written, which changes no input:
    day_first: bool = field(default=False, compare=False)  # whether dates are like 31/12/2020
    missing_values: tuple[float, ...] = field(default=(), compare=False)  # that mean missing, such as -999

    @property
    def names(self) -> tuple[str, ...]:
        """What the network sees, an input each."""
        return (self.name, f"{self.name} missing") if self.flag else (self.name,)

    def write(self, values: np.ndarray, out: np.ndarray) -> None:
        """Write the inputs [n, 1 or 2] of numbers [n] into `out`; NaN is a missing number."""
        missing = np.isnan(values)
        for value in self.missing_values:
            missing |= values == value
        out[:, 0] = (np.where(missing, self.median, values.astype(np.float64)) - self.mean) / self.scale
        if self.flag:
            out[:, 1] = missing

    def text(self, value: float) -> str:
        """Return a number as text: a date as 2021-03-31, with the time of day if it has one."""
        if math.isnan(value):
            return ""
        if not self.is_date:
            return str(value).removesuffix(".0")  # of float32, as few digits as it takes
        date = (FIRST_DAY + timedelta(seconds=round(value * 86_400))).replace(tzinfo=None)
        return date.isoformat(" ") if value % 1 else date.date().isoformat()


@dataclass(frozen=True)
class CategoryColumn:
    """A column of categories. As a number, a value is its position among `values`; NaN is a missing or unknown one.

    >>> city = CategoryColumn("city", ("Bonn", "Paris"), other=True, rare=("Nice",))
    >>> city.names, city.position("Paris"), city.position("Nice"), city.position("Rome")
    (('city = Bonn', 'city = Paris', 'city = other'), 1.0, 2.0, nan)
    """

    no_value: ClassVar[str] = "missing or new"  # what a person reads in place of NaN

    name: str
    categories: tuple[str, ...]  # the values with an input of their own
    other: bool = False  # whether the last input is for all other values; without it they make all inputs 0
    rare: tuple[str, ...] = ()  # further values in the training rows

    @property
    def values(self) -> tuple[str, ...]:
        """All values in the training rows, by position."""
        return self.categories + self.rare

    @property
    def names(self) -> tuple[str, ...]:
        """What the network sees, an input each."""
        return tuple(f"{self.name} = {value}" for value in (*self.categories, *(["other"] if self.other else [])))

    def write(self, values: np.ndarray, out: np.ndarray) -> None:
        """Write the inputs [n, categories] of positions [n] into `out`; NaN is a missing or unknown value."""
        kept = len(self.categories)
        positions = np.where(values < kept, values, kept).astype(np.intp)  # NaN is not below
        out[:] = positions[:, None] == np.arange(out.shape[1])

    def position(self, value: str) -> float:
        """Return the position of a value; NaN for one that is not in the training rows."""
        return float(self.values.index(value)) if value in self.values else math.nan


Column = NumberColumn | CategoryColumn


@dataclass(frozen=True)
class Preprocessing:
    """All columns of a table, in order.

    >>> age = NumberColumn("age", median=30, mean=32, scale=10, low=2, high=80, flag=True)
    >>> city = CategoryColumn("city", ("Bonn", "Paris"))
    >>> table = Preprocessing((age, city))
    >>> table.transform(np.array([[52, 1], [np.nan, np.nan]]))  # 52 years, Paris; unknown
    array([[ 2. ,  0. ,  0. ,  1. ],
           [-0.2,  1. ,  0. ,  0. ]], dtype=float32)
    >>> Preprocessing.from_json(table.to_json()) == table
    True
    """

    columns: tuple[Column, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What the network sees: "age", "age missing", "city = Paris", "city = other"."""
        return tuple(name for column in self.columns for name in column.names)

    @property
    def width(self) -> int:
        """Inputs of the network."""
        return len(self.names)

    @cached_property
    def parts(self) -> tuple[slice, ...]:
        """The inputs that belong to each column."""
        ends = accumulate((len(column.names) for column in self.columns), initial=0)
        return tuple(slice(start, stop) for start, stop in pairwise(ends))

    def transform(self, raw: np.ndarray) -> np.ndarray:
        """Return the inputs [n, width], float32, of rows [n, columns] of numbers and positions of categories."""
        inputs = np.empty((len(raw), self.width), np.float32)
        for index, (column, part) in enumerate(zip(self.columns, self.parts, strict=True)):
            column.write(raw[:, index], inputs[:, part])
        return inputs

    def to_json(self) -> str:
        """Return all columns as a JSON array; a category is known by its "categories"."""
        return json.dumps([_as_json(column) for column in self.columns])

    @classmethod
    def from_json(cls, text: str) -> "Preprocessing":
        """Read what `to_json` wrote."""
        return cls(tuple(_column(values) for values in json.loads(text)))


def _as_json(column: Column) -> dict[str, object]:
    return {name: value for name, value in asdict(column).items() if value or name not in LATER}


def _column(values: dict[str, object]) -> Column:
    kind = CategoryColumn if "categories" in values else NumberColumn
    lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    return kind(**values | lists)  # type: ignore[arg-type]
