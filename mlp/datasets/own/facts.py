"""Some rows of a table are looked at: how many numbers, texts and empty cells each column has."""

import functools
from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from mlp.datasets.own.columns import Facts
from mlp.datasets.own.tables import LARGEST_NUMBER, TableReader

NO_NUMBERS = np.empty(0)


def find_facts(reader: TableReader, missing: Mapping[str, Collection[str]]) -> list[Facts]:
    """Return what is found in each column of a table that is kept as texts; `missing` are those that mean missing."""
    names = reader.names
    present = {name: int(found[0]) for name, found in reader.each(names, lambda name: f"count({reader.cell(name)})")}
    numbers: dict[str, np.ndarray] = {}
    quick = [name for name in names if name not in reader.dates]  # of thousands of columns, much faster
    for name, found in reader.each(quick, reader.plain_number):
        numbers[name] = np.ma.compressed(found)
    slow = [name for name in names if name not in numbers or len(numbers[name]) < present[name]]
    for name, found in reader.each(slow, reader.number):
        numbers[name] = np.ma.compressed(found)
    padded = _padded(reader, numbers)
    return [
        _without(reader, _facts(reader, name, present[name], numbers[name], name in padded), missing.get(name, ()))
        for name in names
    ]


def _padded(reader: TableReader, numbers: dict[str, np.ndarray]) -> set[str]:
    """Return the columns with whole numbers that start with a zero, such as 01234."""

    def zero_first(name: str) -> str:
        return f"count_if(starts_with({reader.cell(name)}, '0'))"

    def padded(name: str) -> str:
        cell = reader.cell(name)
        return f"count_if({cell} >= '00' AND {cell} < '0:' AND {reader.number(name)} IS NOT NULL)"

    # Numbers from 0 to 1 start with a zero anyway: only of other columns, look closer.
    below_1 = {name: np.count_nonzero((values >= 0) & (values < 1)) for name, values in numbers.items()}
    likely = [name for name, found in reader.each(reader.names, zero_first) if found[0] > below_1[name]]
    return {name for name, found in reader.each(likely, padded) if found[0]}


def _facts(reader: TableReader, name: str, present: int, numbers: np.ndarray, padded: bool) -> Facts:
    empty = reader.count - present
    is_date = name in reader.dates
    if is_date or padded:
        texts = reader.frequencies(name)
        return Facts(name, reader.count, empty, NO_NUMBERS, texts=texts, leading_zeros=padded, dates=is_date)
    is_finite, is_nan = np.abs(numbers) <= LARGEST_NUMBER, np.isnan(numbers)
    words = reader.frequencies(name, words=True) if len(numbers) < present or is_nan.any() else ()
    infinite = int(np.count_nonzero(~is_finite & ~is_nan))
    written = functools.partial(reader.frequencies, name)
    return Facts(name, reader.count, empty, np.sort(numbers[is_finite]), infinite, words, written=written)


def _without(reader: TableReader, facts: Facts, missing: Collection[str]) -> Facts:
    """Return what is found in the cells whose text does not mean missing."""
    texts = tuple(text for text in missing if text)
    if not texts:
        return facts
    is_missing = np.isin(facts.numbers, [reader.number_of(facts.name, text) for text in texts])
    kept = tuple((text, count) for text, count in facts.texts if text not in texts)
    gone = np.count_nonzero(is_missing) + sum(count for text, count in facts.texts if text in texts)
    return replace(facts, empty=facts.empty + int(gone), numbers=facts.numbers[~is_missing], texts=kept, missing=texts)
