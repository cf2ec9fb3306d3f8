"""A plan is what a person decided about a file: how it is read, and what each column is for.

A preview suggests one, every part of it can be changed, and an import carries it out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mlp.datasets.dataset import CLASSIFICATION, REGRESSION
from mlp.datasets.errors import DatasetError
from mlp.text import quoted

NUMBER, CATEGORY, TARGET, LEFT_OUT = KINDS = ("number", "category", "target", "left out")  # of a column
TURNED = ("transpose", "flip", "invert")  # what can be done to images
CSV, PARQUET, EXCEL = FORMATS = ("csv", "parquet", "excel")


@dataclass(frozen=True)
class Dialect:
    """How a file of a table is written."""

    format: str = CSV  # one of FORMATS; CSV is any text with delimiters
    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    header: bool = True  # whether the first row has the columns' names
    decimal: str = "."  # or ","
    skip: int = 0  # lines before the table
    encoding: str = "utf-8"
    sheet: str = ""  # of an Excel file; empty for the first


@dataclass(frozen=True)
class ImageOptions:
    """How pictures are turned into inputs."""

    size: tuple[int, int] = (28, 28)  # rows, columns, once it is transposed
    invert: bool = False  # dark ink on paper becomes bright ink on black, as in MNIST
    transpose: bool = False  # rows become columns, as EMNIST needs
    flip: bool = False  # left and right change places

    @classmethod
    def of(cls, size: tuple[int, int], turned: Sequence[str]) -> "ImageOptions":
        """Return the options with which images of that size were imported, turned like this.

        >>> ImageOptions.of((8, 8), ["flip"]).turned
        ('flip',)
        """
        return cls(size, **dict.fromkeys(turned, True))

    @property
    def turned(self) -> tuple[str, ...]:
        """What is done to images, in this order."""
        return tuple(name for name in TURNED if getattr(self, name))

    @property
    def size_to_read(self) -> tuple[int, int]:
        """Rows and columns of a picture before it is transposed."""
        rows, columns = self.size
        return (columns, rows) if self.transpose else (rows, columns)


@dataclass(frozen=True)
class SplitPlan:
    """How examples are divided into training, validation and test.

    Shares are of all examples; where the file itself names a test set, the validation set is taken from the rest.
    """

    validation: float = 0.15
    test: float = 0.15
    seed: int = 0
    column: str = ""  # a table's column whose values name the split of each row


@dataclass(frozen=True)
class TablePlan:
    """How a table becomes a data set. Raises DatasetError for a kind or a task that does not exist."""

    label: str  # what the data set is called on the screen
    dialect: Dialect
    target: str  # the column to predict
    task: str  # CLASSIFICATION or REGRESSION
    kinds: Mapping[str, str] = field(default_factory=dict)  # of each column by name; others are left out
    missing_values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # texts that mean missing, by column
    split: SplitPlan = SplitPlan()
    images: ImageOptions | None = None  # if the columns are the pixels of images, from 0 to 255
    merge_classes: bool = False  # whether those become one that differ only in capital letters or spaces

    def __post_init__(self) -> None:
        if self.task not in (CLASSIFICATION, REGRESSION):
            raise DatasetError(f"task is {quoted(self.task)}; choose one of: {CLASSIFICATION}, {REGRESSION}.")
        for name, kind in self.kinds.items():
            if kind not in KINDS:
                raise DatasetError(f"Column {quoted(name)} is a {quoted(kind)}; choose one of: {', '.join(KINDS)}.")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the network learns from: numbers and categories, without the target and the split."""
        return tuple(
            name
            for name, kind in self.kinds.items()
            if kind in (NUMBER, CATEGORY) and name not in (self.target, self.split.column)
        )


@dataclass(frozen=True)
class ImagesPlan:
    """How pictures, or arrays, become a data set."""

    label: str  # what the data set is called on the screen
    options: ImageOptions = ImageOptions()
    split: SplitPlan = SplitPlan()
    merge_classes: bool = False  # as in TablePlan
