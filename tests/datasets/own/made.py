"""Small tables and images, stored without a file."""

import resource
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mlp.datasets import CLASSIFICATION
from mlp.datasets.own.examples import Examples
from mlp.datasets.own.making import divide, new_import, store_images, store_table
from mlp.datasets.own.plan import SplitPlan
from mlp.datasets.own.preview import TablePreview

DEFAULT = SplitPlan()
Write = Callable[..., Path]  # of the fixture `write`


@contextmanager
def small_files() -> Iterator[None]:
    """Let no file grow beyond 4 kB, as on a full disk; not even pytest's report, so it must end within the test."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@dataclass
class Arrays:
    """A table whose columns are arrays of numbers and lists of texts, None where one is missing."""

    columns: Mapping[str, Any] = field(default_factory=dict)
    dates: tuple[str, ...] = ()
    day_first: tuple[str, ...] = ()

    def numbers(self, name: str) -> np.ndarray:
        return np.array(self.columns[name], np.float64)

    def missing_numbers(self, name: str) -> tuple[float, ...]:
        return ()

    def texts(self, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
        values: Any = self.columns[name]
        texts = sorted({text for text in values if text is not None})
        return np.array([-1 if text is None else texts.index(text) for text in values], np.int32), tuple(texts)

    @property
    def kinds(self) -> dict[str, str]:
        return {name: "category" if isinstance(values, list) else "number" for name, values in self.columns.items()}


def people(count: int = 100, seed: int = 0) -> Arrays:
    """Ages, some of them missing, and cities."""
    rng = np.random.default_rng(seed)
    ages = rng.integers(1, 99, count).astype(float)
    ages[::10] = np.nan
    return Arrays({"age": ages, "city": rng.choice(["Bonn", "Lima", "Oslo"], count).tolist()})


def quiet(share: float, sentence: str) -> None:
    assert 0 <= share <= 1
    assert sentence


def store_people(
    labels: ArrayLike | None = None,
    columns: Arrays | None = None,
    names: tuple[str, ...] = ("A", "B"),
    task: str = CLASSIFICATION,
    split: SplitPlan = DEFAULT,
    **importing: Any,
) -> str:
    """Store a table; return its name. `importing` has arguments of `new_import` that are not as usual here."""
    table = columns or people()
    chosen = np.arange(100) % 2 if labels is None else np.array(labels)
    usual: dict[str, Any] = {"label": "People", "source": "people.csv", "token": None, "progress": quiet}
    with new_import(**usual | importing) as begun:
        return store_table(begun, table, table.kinds, divide(chosen, names, task, split, target="kind"))


def store_pictures(
    inputs: np.ndarray, labels: ArrayLike, names: tuple[str, ...] = ("A", "B"), turned: tuple[str, ...] = ()
) -> str:
    """Store images; return their name."""
    examples = Examples(inputs, np.array(labels), names, CLASSIFICATION, notes=("One image was skipped.",))
    with new_import("Pictures", "pictures.zip", None, quiet) as importing:
        return store_images(importing, examples, divide(examples.labels, names, CLASSIFICATION, SplitPlan()), turned)


def files_of(name: str, own: Path) -> Path:
    """Return the folder in which a data set is stored."""
    return own / name.removeprefix("own:")


def kinds(preview: TablePreview) -> dict[str, str]:
    """Return what each column of a table is guessed to be for."""
    return {column.name: column.kind for column in preview.columns}
