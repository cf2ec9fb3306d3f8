"""A data set is many examples, each with its correct answer, in three splits.

The network learns from the training set, settings are chosen by the validation set, and the test set is kept for the
very end: a network is judged fairly only on examples that nobody has looked at.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np

from mlp.datasets.errors import DatasetError
from mlp.datasets.idx import IdxFile
from mlp.datasets.own.splitting import split_rows
from mlp.datasets.preprocessing import Preprocessing
from mlp.text import counted, quoted

SPLITS = ("train", "validation", "test")
CLASSIFICATION, REGRESSION = "classification", "regression"
MOST_WHOLE = np.float64(2**53)  # beyond it, floats skip whole numbers
MISSING = ("nan", "None", "NaT", "<NA>")  # what Python, numpy and pandas have in place of a value


class Split(NamedTuple):
    """Some of the examples. The arrays are read-only."""

    inputs: np.ndarray  # [n, pixels], uint8, memory-mapped; or float32 coordinates [n, 2] or columns [n, columns]
    labels: np.ndarray  # [n], unsigned integers: the class of each row; or float32, the number to predict

    def rows(self, start: int, stop: int) -> "Split":
        """Return the examples from `start` up to, not including, `stop`, without copying them."""
        return Split(self.inputs[start:stop], self.labels[start:stop])


class Target(NamedTuple):
    """What a table's network predicts. A regression learns (value − mean) / scale, by the training rows' values."""

    name: str  # the column
    mean: float = 0.0
    scale: float = 1.0


@dataclass(frozen=True)
class DatasetInfo:
    """What is known about a data set without loading it."""

    name: str
    label: str
    class_names: tuple[str, ...]
    train: int  # examples in each split
    validation: int
    test: int
    description: str = ""
    source: str = ""
    license: str = ""
    image_shape: tuple[int, int] | None = None  # rows, columns; of images
    features: tuple[str, ...] = ()  # the inputs computed from a point's coordinates; of points
    columns: int = 0  # numbers in a row; of a table
    scale: float = 1.0  # the input of a network is inputs · scale, or the features of points
    task: str = CLASSIFICATION  # or REGRESSION: the answer is a number, not a class
    goal: str = "tell the classes apart"  # what a network learns to do
    files: tuple[IdxFile, ...] = ()  # train images, train labels, test images, test labels
    mirrors: tuple[str, ...] = ()  # addresses of folders that hold the files, gzipped; () if nothing is downloaded
    torchvision: str = ""  # the folder in which torchvision keeps it
    target: Target | None = None  # of an imported table
    turned: tuple[str, ...] | None = None  # what an import did to images: "transpose", "flip", "invert"; None: unknown
    pixel_range: tuple[float, float] | None = None  # what an import made black and white, if not 0 and 1, or 0 and 255
    # What an opened file says of its images, which it leaves out: the range of floats, and whether the ground is light.
    float_range: tuple[float, float] | None = None
    on_paper: bool = False

    @property
    def kind(self) -> str:
        """What an example is: one of "images", "points" (in the plane) and "table" (rows of numbers)."""
        return "images" if self.image_shape else "points" if self.features else "table"

    @property
    def inputs(self) -> int:
        """Inputs that a network has for one example."""
        return math.prod(self.image_shape) if self.image_shape else len(self.features) or self.columns

    @property
    def classes(self) -> int:
        """The number of classes; 1 for a regression, whose answer is a number."""
        return len(self.class_names)


@dataclass(frozen=True, eq=False)
class Table:
    """The rows of an imported table as they were in its file, memory-mapped, and what makes inputs of them.

    Each split's rows [n, columns] are numbers, NaN where one is missing, and positions of categories: float32, or
    float64 if a column needs more digits.
    """

    preprocessing: Preprocessing
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray

    def rows(self, split: str) -> np.ndarray:
        """Return the rows of the split called "train", "validation" or "test"."""
        rows: np.ndarray = getattr(self, split)
        return rows


@dataclass(frozen=True, eq=False)
class Dataset:
    """The three splits, and what training and showing them needs."""

    info: DatasetInfo
    train: Split
    validation: Split
    test: Split
    table: Table | None = None  # of an imported table
    weights: np.ndarray | None = None  # [train], how much each training example counts in the loss; None: all 1
    shuffled: bool = True  # whether each epoch visits the training examples in another order

    def split(self, name: str) -> Split:
        """Return one of the three splits.

        Parameters
        ----------
        name
            "train", "validation" or "test".

        Returns
        -------
        Split
            Its examples.

        Raises
        ------
        ValueError
            For any other name.

        Examples
        --------
        >>> from mlp import load_dataset
        >>> len(load_dataset("digits").split("test").labels)
        300
        """
        if name not in SPLITS:
            raise ValueError(f"There is no split {quoted(name)}. Choose one of: {', '.join(SPLITS)}.")
        split: Split = getattr(self, name)
        return split

    def examples(self, name: str) -> Split:
        """Return one of the three splits, which must not be empty.

        Parameters
        ----------
        name
            "train", "validation" or "test".

        Returns
        -------
        Split
            Its examples, at least one.

        Raises
        ------
        ValueError
            For any other name, and if there are none.

        Examples
        --------
        >>> from mlp import load_dataset
        >>> len(load_dataset("digits").examples("validation").labels)
        300
        """
        split = self.split(name)
        if not len(split.labels):
            raise ValueError(f"{self.info.label} has no examples in its {name} split. Use data that has some.")
        return split

    @classmethod
    def from_arrays(
        cls,
        inputs: Any,
        labels: Any,
        class_names: Iterable[Any] = (),
        task: str = CLASSIFICATION,
        validation: float = 0.15,
        test: float = 0.15,
        seed: int | None = 0,
    ) -> "Dataset":
        """Return a data set made of your own arrays, divided into three splits.

        Parameters
        ----------
        inputs
            Rows of numbers [n, columns], which the network gets as they are, or images [n, rows, columns]; pixels of
            type uint8 are brought into [0, 1]. A data frame of pandas will do.
        labels
            Classes [n], as whole numbers or words, or for the task "regression" the numbers to predict.
        class_names
            With them, the labels are their positions, from 0. For the task "regression", the name of what is predicted.
        task
            "classification" or "regression".
        validation, test
            Shares of the examples, and of each class.
        seed
            By which the examples are divided: a whole number from 0. With None, they are divided another way each time.

        Returns
        -------
        Dataset
            Of the arrays' examples.

        Raises
        ------
        DatasetError
            For arrays that make no data set.

        Examples
        --------
        >>> from mlp import RunConfig, advance, evaluate, initial_state
        >>> points = np.random.default_rng(0).uniform(-1, 1, (400, 3))
        >>> dataset = Dataset.from_arrays(points, points.sum(axis=1) > 0, class_names=("below", "above"))
        >>> config = RunConfig(hidden=(8,), batch_size=16, learning_rate=0.5, epochs=20)
        >>> state, report = advance(config, dataset, initial_state(config, dataset), steps=200)
        >>> evaluate(config, dataset, state, "test").accuracy > 0.9
        True
        """
        _check_division(validation, test, seed)
        names = _names(class_names)
        rows, scale = _numbers(_array("inputs", inputs))
        answers = _array("labels", labels)
        if answers.shape != (len(rows),):
            raise DatasetError(
                f"labels has the shape {answers.shape}, but there are {counted(len(rows), 'example')}. "
                "Give one label for each."
            )
        if task == CLASSIFICATION:
            _check_words(labels)
            answers, names = _classes(answers, names)
        elif task == REGRESSION:
            answers, names = _finite("labels", answers), names or ("value",)
            if len(names) > 1:
                raise DatasetError(f"class_names has {len(names)} names; a regression predicts one number. Give one.")
        else:
            raise DatasetError(f"task is {quoted(task)}; choose one of: {CLASSIFICATION}, {REGRESSION}.")

        strata = answers if task == CLASSIFICATION else np.zeros(len(rows), np.uint8)
        made = []
        for chosen in split_rows(strata, validation, test, seed):
            split = Split(rows[chosen].reshape(len(chosen), -1), answers[chosen])
            for array in split:
                array.setflags(write=False)
            made.append(split)
        learned, held_out, kept = made
        info = DatasetInfo(
            name="own data",
            label="Own data",
            class_names=names,
            train=len(learned.labels),
            validation=len(held_out.labels),
            test=len(kept.labels),
            image_shape=(rows.shape[1], rows.shape[2]) if rows.ndim == 3 else None,
            columns=rows.shape[1] if rows.ndim == 2 else 0,
            scale=scale,
            task=task,
            goal=f"predict {names[0]}" if task == REGRESSION else "tell the classes apart",
        )
        return cls(info, learned, held_out, kept)


def _check_division(validation: Any, test: Any, seed: Any) -> None:
    for what, share in (("validation", validation), ("test", test)):
        if not isinstance(share, Real) or not math.isfinite(share):
            raise DatasetError(f"{what} is {quoted(share)}; it must be a share of the examples, such as 0.15.")
    if seed is not None and (not isinstance(seed, Integral) or int(seed) < 0):
        raise DatasetError(f"seed is {quoted(seed)}; it must be a whole number from 0.")


def _names(given: Any) -> tuple[str, ...]:
    if isinstance(given, str):
        raise DatasetError(f"class_names is {quoted(given)}; it must be a list of names. Put it in brackets.")
    return tuple(map(str, given))


def _array(what: str, given: Any) -> np.ndarray:
    """Return an array; of objects, which data frames hold, the words or numbers that they are."""
    try:
        array = np.asarray(given)
    except ValueError as error:
        raise DatasetError(f"{what} has rows of different lengths. Give each as many numbers.") from error
    if array.dtype.kind not in "OT":
        return array
    if all(isinstance(value, str) for value in array.flat):
        return np.array(array.tolist(), str)
    if all(isinstance(value, bool | np.bool) for value in array.flat):
        return array.astype(bool)
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        return array


def _check_words(labels: Any) -> None:
    """Refuse a list of words of which some are missing: numpy would take NaN for another word."""
    values = np.asarray(labels, object).ravel()
    if any(isinstance(value, str) for value in values):
        missing = sum(not isinstance(value, str) and str(value) in MISSING for value in values)
        if missing:
            raise DatasetError(f"labels has words and {counted(missing, 'missing value')}. Replace or leave these out.")


def _numbers(inputs: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the inputs as a network can use them, and what brings them into range."""
    if inputs.ndim not in (2, 3) or inputs.size == 0:
        raise DatasetError(
            f"inputs has the shape {inputs.shape}; it must be [examples, columns] or, for images, "
            "[examples, rows, columns]."
        )
    if inputs.dtype == np.uint8 and inputs.ndim == 3:
        return inputs, 1 / 255
    return _finite("inputs", inputs), 1.0


def _finite(what: str, array: np.ndarray) -> np.ndarray:
    if array.dtype.kind not in "biuf":
        raise DatasetError(f"{what} are of type {array.dtype}; they must be numbers.")
    with np.errstate(over="ignore"):
        numbers = array.astype(np.float32)
    if not np.isfinite(numbers).all():
        raise DatasetError(f"{what} has numbers that are NaN, infinite or beyond float32. Replace or leave them out.")
    return numbers


def _classes(labels: np.ndarray, names: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return each label's class, counted from 0, and the names of all classes."""
    if labels.dtype.kind == "f":
        if not (np.abs(labels) <= MOST_WHOLE).all():
            raise DatasetError("labels has numbers that are NaN, infinite or beyond 2⁵³. Replace or leave them out.")
        if np.array_equal(labels, np.rint(labels)):
            labels = labels.astype(np.int64)
    if labels.dtype.kind not in "biuU":
        raise DatasetError(
            f"labels are of type {labels.dtype}; classes must be whole numbers or words. "
            f'To predict any number, set task to "{REGRESSION}".'
        )
    known, classes = np.unique(labels, return_inverse=True)
    if names:
        if labels.dtype.kind == "U" or known[0] < 0 or known[-1] >= len(names):
            raise DatasetError(
                f"labels go from {known[0]} to {known[-1]}; with {len(names)} class names they must be whole "
                f"numbers from 0 to {len(names) - 1}."
            )
        classes = labels
    else:
        names = tuple(map(str, known))
    if len(names) < 2:
        raise DatasetError("There is only one class, so there is nothing to learn. Add examples of another.")
    return classes.astype(np.min_scalar_type(len(names) - 1)), names
