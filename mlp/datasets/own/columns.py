"""What each column of a table is for is guessed from its values, with the reason, so that a person can disagree."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from mlp.datasets.own.examples import MOST_CLASSES
from mlp.datasets.own.plan import CATEGORY, LEFT_OUT, NUMBER
from mlp.text import counted

MISSING = frozenset(
    (
        "na",
        "n/a",
        "#n/a",
        "nan",
        "null",
        "none",
        "nil",
        "missing",
        "unknown",
        "?",
        "-",
        "--",
        "–",
        ".",
        "\\n",
        "(empty)",
    )
)  # texts in a column of numbers that mean missing, in small letters
STANDS_FOR_MISSING = frozenset((-99.0, -999.0, -9999.0, -99999.0, 999.0, 9999.0, 99999.0, 999999.0))
FAR = 5  # a number above all others by this factor may stand for missing
ID = re.compile(r"id|.*[ _-]id|index|idx|key|uuid|guid|row|nr|no|number|unnamed: ?\d+(\.\d+)?", re.IGNORECASE)
BINS = 10
MOST_VALUES = 20  # texts of a column that are shown with their counts
MOST_CATEGORIES, ROWS_PER_CATEGORY = 1000, 20  # more texts than this, or in fewer rows each, make no category
FEW_NUMBERS, MANY_ROWS = 10, 30
FEW_ROWS = 10  # in fewer, texts that all differ may be categories nevertheless
ODD_WORDS, ODD_SHARE = 3, 0.05  # at most: texts that leave a column of numbers one of numbers
FEWEST_NUMBERS = 4  # that a single text among them leaves a column of numbers
LONG_TEXT = 30  # characters, on average
COUNTS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


@dataclass(frozen=True)
class Column:
    """A column of a table, and what it is guessed to be for."""

    name: str  # text, never HTML
    kind: str  # one of KINDS
    reason: str  # why it was guessed so
    missing: float = 0.0  # share of rows
    distinct: int = 0  # values that are not missing
    low: float | None = None  # of numbers
    high: float | None = None
    histogram: tuple[int, ...] = ()  # of numbers, from low to high
    values: tuple[tuple[str, int], ...] = ()  # of others: the most frequent, with their counts
    question: str = ""  # what a person should decide
    suspect: str = ""  # the text that the question is about
    missing_values: tuple[str, ...] = ()  # texts that count as missing


@dataclass(frozen=True)
class Facts:
    """What was found in some rows of a column."""

    name: str
    rows: int
    empty: int  # cells without text, or with one that means missing
    numbers: np.ndarray  # finite ones, sorted; of dates none
    infinite: int = 0
    texts: tuple[tuple[str, int], ...] = ()  # that are no numbers, the most frequent first, all of them
    leading_zeros: bool = False  # some numbers start with one: 01234
    dates: bool = False
    missing: tuple[str, ...] = ()  # texts that a person decided mean missing; their cells count as empty
    written: Callable[[], Iterable[tuple[str, int]]] = tuple  # all texts, numbers as they are in the file

    @property
    def present(self) -> int:
        return self.rows - self.empty

    @property
    def whole(self) -> bool:
        """Whether all numbers are whole."""
        return bool(np.array_equal(self.numbers, np.rint(self.numbers)))

    def counts(self) -> list[tuple[str, int]]:
        """Return all values, as they are written, with their counts, the most frequent first."""
        if not len(self.numbers):
            return list(self.texts)
        return [(text, count) for text, count in self.written() if text not in self.missing]


def guess(facts: Facts) -> Column:
    """Return a column with the kind that it is guessed to be: a number, a category, or left out.

    >>> column = guess(Facts("age", 4, 1, np.array([-999.0, 22.0]), texts=(("?", 1),)))
    >>> column.kind, column.missing, column.missing_values, column.question
    ('number', 0.5, ('', '?'), '-999 appears in 1 row. Does it mean missing?')
    """
    empty = ("", *facts.missing) if facts.empty else ()
    words = [(text, count) for text, count in facts.texts if text.lower() not in MISSING]
    odd = sum(count for _, count in words)
    few = ODD_SHARE * facts.present
    if len(facts.numbers) >= FEWEST_NUMBERS:
        few = max(few, 1)
    mostly_numbers = len(words) <= ODD_WORDS and odd <= few
    if facts.present == 0:
        return Column(facts.name, LEFT_OUT, "Empty.", 1.0, missing_values=empty)
    if facts.dates:
        question = "These are dates. Use them as numbers (days since 1970), or leave them out?"
        return replace(_of_texts(facts, empty), kind=LEFT_OUT, reason="Dates.", question=question)
    if facts.leading_zeros:
        return _of_texts(facts, empty, "Leading zeros: text.")
    if len(facts.numbers) and mostly_numbers:
        return _of_numbers(facts, (*empty, *(text for text, _ in facts.texts)), words)
    return _of_texts(facts, empty)


def _of_numbers(facts: Facts, missing_values: tuple[str, ...], words: list[tuple[str, int]]) -> Column:
    values, times = np.unique(facts.numbers, return_counts=True)
    low, high = float(values[0]), float(values[-1])
    column = Column(
        facts.name,
        NUMBER,
        "Whole numbers." if facts.whole else "Numbers.",
        missing=1 - len(facts.numbers) / facts.rows,
        distinct=len(values),
        low=low,
        high=high,
        histogram=tuple(map(int, np.histogram(facts.numbers, BINS)[0])),
        missing_values=missing_values,
    )
    if facts.infinite:
        infinite = counted(facts.infinite, "infinite one counts", "infinite ones count")
        column = replace(column, reason=f"Numbers; {infinite} as missing.")
    if len(values) == 1:
        return replace(column, kind=LEFT_OUT, reason=f"Constant: {low:.15g}.")
    if facts.whole and len(values) == facts.rows:
        if ID.fullmatch(facts.name):
            return replace(column, kind=LEFT_OUT, reason="All values differ: an id.")
        if high - low == facts.rows - 1 and facts.rows >= MANY_ROWS:
            return replace(column, kind=LEFT_OUT, reason="Numbers in a row, without gaps: an id.")
    suspect = _stands_for_missing(values)
    if words:
        text, count = words[0]
        question = f"{text} appears in {counted(count, 'row')} of numbers. Does it mean missing?"
        return replace(column, question=question, suspect=text)
    if suspect is not None:
        count = int(times[values == suspect][0])
        question = f"{suspect:.15g} appears in {counted(count, 'row')}. Does it mean missing?"
        return replace(column, question=question, suspect=f"{suspect:.15g}")
    if facts.whole and 2 < len(values) <= FEW_NUMBERS and facts.rows >= MANY_ROWS:
        return replace(column, question=f"{COUNTS[len(values)]} whole numbers: a number or a category?")
    return column


def _stands_for_missing(values: np.ndarray) -> float | None:
    """Return a number like -999 that lies apart from all others, of sorted numbers that differ."""
    if values[0] in STANDS_FOR_MISSING and values[1] >= 0:
        return float(values[0])
    if values[-1] in STANDS_FOR_MISSING and FAR * abs(values[-2]) < values[-1]:
        return float(values[-1])
    return None


def _of_texts(facts: Facts, missing_values: tuple[str, ...], reason: str = "") -> Column:
    values = facts.counts()
    length = sum(len(text) * count for text, count in facts.texts) / facts.present
    column = Column(
        facts.name,
        CATEGORY,
        reason or f"{counted(len(values), 'text')}.",
        missing=facts.empty / facts.rows,
        distinct=len(values),
        values=tuple(values[:MOST_VALUES]),
        missing_values=missing_values,
    )
    if len(values) == 1:
        return replace(column, kind=LEFT_OUT, reason=f"Constant: {values[0][0]}.")
    if not reason and length > LONG_TEXT and len(values) > facts.present / 2:
        return replace(column, kind=LEFT_OUT, reason="Free text.")
    is_id = ID.fullmatch(facts.name) or facts.present >= FEW_ROWS
    if not reason and is_id and len(values) == facts.present:
        return replace(column, kind=LEFT_OUT, reason="All values differ: an id.")
    if len(values) > max(MOST_CLASSES, min(MOST_CATEGORIES, facts.present // ROWS_PER_CATEGORY)):
        return replace(column, kind=LEFT_OUT, reason=f"{counted(len(values), 'text')}: too many for a category.")
    for text, count in facts.texts:
        if text.lower() in MISSING:
            question = f"{text} appears in {counted(count, 'row')}. Does it mean missing?"
            return replace(column, question=question, suspect=text)
    return column
