"""A quota is how much data one browser may bring, and all browsers together; deleting data sets makes room."""

import math
from collections.abc import Sequence

from mlp.datasets.errors import DatasetError
from mlp.datasets.own.plan import NUMBER, ImagesPlan, TablePlan
from mlp.datasets.own.stored import delete, may_change, own_datasets, size_of
from mlp.limits import MB, Limits
from mlp.text import counted

LESS = "Delete another one, or leave out columns or rows."


def check_upload(sizes: Sequence[int], limits: Limits) -> None:
    """Raise DatasetError for too many files at once, or for too many bytes in them together."""
    if len(sizes) > limits.files:
        raise DatasetError(
            f"{counted(len(sizes), 'file')} are too many at once; {limits.files:,.0f} are allowed. Choose fewer."
        )
    if sum(sizes) > limits.upload * MB * 1.05:  # Streamlit, which limits each, counts MB of 2²⁰ bytes
        raise DatasetError(
            f"These files have {sum(sizes) / MB:,.0f} MB; {limits.upload:,.0f} MB are allowed. "
            "Choose fewer, or smaller ones."
        )


def least_size(plan: TablePlan | ImagesPlan, examples: int) -> int:
    """Return the bytes that a data set of `examples` takes at least: its columns, and what the network sees.

    A category has an input for each of its values, which are not counted.

    >>> from mlp.datasets.own.plan import Dialect
    >>> kinds = {"age": "number", "city": "category"}
    >>> least_size(TablePlan("People", Dialect(), "class", "classification", kinds), examples=1000)
    12000
    """
    if isinstance(plan, ImagesPlan):
        return examples * math.prod(plan.options.size)
    if plan.images is not None:
        return examples * len(plan.columns)
    numbers = sum(plan.kinds[name] == NUMBER for name in plan.columns)
    return examples * 4 * (len(plan.columns) + numbers)


class Quota:
    """What the browser with a token may import."""

    def __init__(self, token: str, limits: Limits) -> None:
        self._token, self._limits = token, limits
        self._before = self._own()

    def _own(self) -> list[str]:
        """Return the names of the browser's data sets."""
        return [info.name for info in own_datasets(self._token) if may_change(info.name, self._token)]

    def check(self, size: int = 0) -> None:
        """Raise DatasetError if nothing more may be imported, or no data set of at least `size` bytes.

        So a small file of many rows is refused before they are read.
        """
        limits, count = self._limits, len(self._before)
        if count >= limits.sets:
            raise DatasetError(
                f"This browser has {counted(count, 'data set')}; {limits.sets:,.0f} can be kept. "
                "Delete one below, then try again."
            )
        self._check_bytes("Delete one below, then try again.")
        self._check_bytes(LESS, size)

    def accept(self, name: str) -> None:
        """Check a data set that was just imported. Raises DatasetError, and removes it, if it is too large."""
        if name in self._before:
            return
        try:
            self._check_bytes(LESS)
        except DatasetError:
            delete(name, self._token)
            raise

    def _check_bytes(self, what_to_do: str, more: int = 0) -> None:
        names = {info.name for info in own_datasets()}
        for whose, some, most in (
            ("This browser's data sets", self._own(), self._limits.data),
            ("All imported data sets together", names, self._limits.all_data),
        ):
            total = (sum(map(size_of, some)) + more) / MB
            if total > most:
                take = "would take" if more else "take"
                raise DatasetError(f"{whose} {take} {total:,.1f} MB; {most:,.0f} MB are allowed. {what_to_do}")
