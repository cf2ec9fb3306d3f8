"""A table's rows are read a column at a time, so that large files need little memory.

DuckDB reads the file once and keeps the columns that are wanted, as numbers or texts, in temporary Parquet files.
"""

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np

from mlp.datasets.errors import DatasetError
from mlp.datasets.own.database import literal, open_database
from mlp.datasets.own.dates import DAY_FIRST, days_from_text
from mlp.datasets.own.numbers import plain_number
from mlp.datasets.own.plan import PARQUET, Dialect
from mlp.datasets.own.source import NUMBER, PIXEL, TEXT, lines_left_out, parquet_source, text_of, text_source
from mlp.text import counted, not_one_of, quoted

LARGEST_NUMBER = float(np.finfo(np.float32).max)  # what networks compute with
PIXEL_ROWS = 8192  # at a time
TOGETHER = 400  # columns that are kept in one go; of more, memory could not hold even a few rows
CELLS = 2_000_000  # that DuckDB keeps in memory before it writes them
NAMED = 5  # lines that a note names


class TableReader:
    """A file of a table, open for reading. Only the columns named in `numbers`, `texts` and `pixels` can be read.

    Raises DatasetError for a file that can't be read, and for columns that it does not have.

    >>> folder = TemporaryDirectory()
    >>> file = Path(folder.name) / "people.csv"
    >>> _ = file.write_text("age,city\\n22,Paris\\n?,Rome\\n31,Paris\\n")
    >>> with TableReader(file, Dialect(), numbers=["age"], texts=["city"]) as table:
    ...     print(table.count, table.names, table.numbers("age"), table.texts("city"))
    3 ('age', 'city') [22. nan 31.] (array([0, 1, 0], dtype=int32), ('Paris', 'Rome'))
    >>> folder.cleanup()
    """

    def __init__(
        self,
        path: Path,
        dialect: Dialect,
        numbers: Collection[str] = (),
        texts: Collection[str] | None = (),  # None for all columns
        pixels: Collection[str] = (),
        most: int = 0,  # rows; 0 for all
        name: str = "",  # what the person calls the file
    ) -> None:
        self._called = name or path.name
        self._path, self._dialect, self._most = path, dialect, most
        self._wanted = numbers, texts, pixels
        self.scratch: Path | None = None  # the folder for temporary files; None for the system's
        self.names: tuple[str, ...] = ()  # of all columns of the file
        self.dates: frozenset[str] = frozenset()  # names of the columns that have dates
        self.day_first: Collection[str] = ()  # of those like 31/12/2020; if set before, also where both orders fit
        self.count = 0  # rows
        self.left_out: tuple[int, ...] = ()  # lines that could not be read as rows
        self.notes: tuple[str, ...] = ()  # sentences on what could not be read

    def __enter__(self) -> "TableReader":
        with ExitStack() as stack:
            self._folder = Path(stack.enter_context(TemporaryDirectory(prefix="mlp-table-", dir=self.scratch)))
            try:
                self._open(stack)
            except duckdb.Error as error:
                raise unreadable(self._called, error, self._dialect.format) from error
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._stack.close()
        if isinstance(error, duckdb.Error | MemoryError):
            raise unreadable(self._called, error, self._dialect.format) from error

    def numbers(self, name: str, missing_values: Collection[str] = ()) -> np.ndarray:
        """Return a column as float64 [n]. NaN is what is missing, is no number, or is beyond float32.

        Dates become days since January 1, 1970.
        """
        ((_, found),) = self.each([name], self.number)
        values = np.ma.filled(found.astype(np.float64), np.nan)
        values[~(np.abs(values) <= LARGEST_NUMBER)] = np.nan
        for text in missing_values:
            values[values == self.number_of(name, text)] = np.nan
        return values

    def texts(self, name: str, missing_values: Collection[str] = ()) -> tuple[np.ndarray, tuple[str, ...]]:
        """Return the position of each row's text among all texts, int32 [n], -1 if it is missing; and these texts.

        Texts are without spaces around them, and in order: numbers by size, then the others by their letters.
        """
        cell = self.cell(name)
        known = f"SELECT DISTINCT {cell} AS text FROM {self._kept(name)} WHERE {cell} IS NOT NULL"
        known += " ORDER BY TRY_CAST(text AS DOUBLE) NULLS LAST, text"
        found = [text for (text,) in self._database.execute(known).fetchall()]
        if not found:
            return np.full(self.count, -1, np.int32), ()
        self._database.execute(f"CREATE TEMP TYPE known AS ENUM ({known})")
        ((_, codes),) = self.each([name], lambda name: f"enum_code({self.cell(name)}::known)")
        self._database.execute("DROP TYPE known")
        missing = {text.strip() for text in missing_values}
        kept = [text for text in found if text not in missing]
        positions = {text: position for position, text in enumerate(kept)}
        recoded = np.array([*(positions.get(text, -1) for text in found), -1], np.int32)
        return recoded[np.ma.filled(codes.astype(np.int32), -1)], tuple(kept)

    def pixels(self, names: Sequence[str]) -> Iterator[np.ndarray]:
        """Yield the columns as uint8 [rows, columns], some thousand rows at a time.

        Raises DatasetError if one is not a whole number from 0 to 255.
        """
        files = " POSITIONAL JOIN ".join(dict.fromkeys(map(self._kept, names)))
        chunks = self._database.sql(f"SELECT {', '.join(map(self.cell, names))} FROM {files}")
        start = 1
        for chunk in chunks.to_arrow_reader(PIXEL_ROWS):
            pixels = np.empty((chunk.num_rows, len(names)), np.uint8)
            for place, (name, column) in enumerate(zip(names, chunk.columns, strict=True)):
                values = column.to_numpy(zero_copy_only=False)  # NaN where it is NULL
                with np.errstate(invalid="ignore"):
                    pixels[:, place] = values
                if (wrong := pixels[:, place] != values).any():
                    raise DatasetError(
                        f"Column {quoted(name)} has no whole number from 0 to 255 in row {start + wrong.argmax():,}, "
                        "so it is no pixel. Correct that row, or import the columns as numbers."
                    )
            start += chunk.num_rows
            yield pixels

    def highest(self, names: Sequence[str]) -> float:
        """Return the highest number in columns of pixels; NaN if there is any."""
        return max(np.ma.filled(high, 0)[0] for _, high in self.each(names, lambda name: f"max({self.cell(name)})"))

    def frequencies(self, name: str, words: bool = False) -> tuple[tuple[str, int], ...]:
        """Return a column's texts, or only `words` that are no numbers, with counts, the most frequent first."""
        cell = self.cell(name)
        only = f" AND ({self.number(name)} IS NULL OR isnan({self.number(name)}))" if words else ""
        return self._counts(cell, self._kept(name), only)

    def _counts(self, cell: str, file: str, only: str = "") -> tuple[tuple[str, int], ...]:
        rows = f"SELECT {cell} AS text FROM {file} WHERE {cell} IS NOT NULL{only}"
        sql = f"SELECT text, count(*) FROM ({rows}) GROUP BY 1 ORDER BY 2 DESC, TRY_CAST(text AS DOUBLE), 1"
        return tuple(self._database.execute(sql).fetchall())

    def no_numbers(self) -> dict[str, tuple[tuple[str, int], ...]]:
        """Return the texts that are no numbers, with counts, of the columns kept as numbers that have any."""
        words = {self.names[place]: f"w{place}" for place in self._source.places_of_words(self._kinds)}
        counts = self.each(list(words), lambda name: f"count({words[name]})")
        return {name: self._counts(words[name], self._kept(name)) for name, (count,) in counts if count}

    def rows(self, places: Sequence[int]) -> list[tuple[str, ...]]:
        """Return the rows at some places, in their order, as texts, of a reader that keeps all columns as texts."""
        columns = [np.ma.filled(values, "") for _, values in self.each(self.names, self.cell, places)]
        return list(zip(*columns, strict=True))

    @property
    def total(self) -> int:
        """Rows of the file, of which `most` may have been read."""
        ((rows,),) = self._database.execute(f"SELECT count(*) FROM {self._source.sql}").fetchall()
        return int(rows)

    def cell(self, name: str) -> str:
        """Return a column's place in SQL."""
        return f"c{self._place(name)}"

    def number(self, name: str) -> str:
        """Return SQL that makes a number of a column."""
        place = self._place(name)
        return self._source.number(place, self._kinds[place])

    def number_of(self, name: str, text: str) -> float:
        """Return the number that a text means in a column, or NaN."""
        place = self._place(name)
        type_ = self._source.types[place]
        sql = f"SELECT {self._source.number(place, type_)} FROM (SELECT TRY_CAST(? AS {type_}) AS c{place})"
        ((number,),) = self._database.execute(sql, [text]).fetchall()
        return math.nan if number is None else number

    def plain_number(self, name: str) -> str:
        """Return SQL that makes a number of a column of texts; NULL also of one that only `number` can read."""
        return plain_number(self.cell(name), self._dialect.decimal)

    def each(
        self, names: Sequence[str], sql: Callable[[str], str], places: Sequence[int] | None = None
    ) -> Iterator[tuple[str, np.ndarray]]:
        """Yield each column's name and what its SQL gives, in some rows or all; masked where it is NULL."""
        files: dict[str, list[str]] = {}
        for name in names:
            files.setdefault(self._kept(name), []).append(name)
        for file, together in files.items():
            wanted = ", ".join(f"{sql(name)} AS {self.cell(name)}" for name in together)
            only = "" if places is None else f" WHERE list_contains({list(places)}, file_row_number)"
            found = self._database.execute(f"SELECT {wanted} FROM {file}{only}").fetchnumpy()
            yield from zip(together, map(np.ma.asarray, found.values()), strict=True)

    def _place(self, name: str) -> int:
        place = self._places.get(name)
        if place is None or place not in self._kinds:
            raise DatasetError(not_one_of("column", name, self.names))
        return place

    def _kept(self, name: str) -> str:
        """Return the Parquet file that keeps a column, in SQL."""
        return f"read_parquet({literal(self._files[self._place(name)])})"

    def _open(self, stack: ExitStack) -> None:
        dialect, parquet = self._dialect, self._dialect.format == PARQUET
        path = self._path if parquet else text_of(self._path, self._folder, dialect, self._called)
        self._database = stack.enter_context(open_database(self._folder, path))
        self._source = (
            parquet_source(self._database, path, self._called) if parquet else text_source(path, dialect, self._called)
        )
        self.names = self._source.names
        self.dates = frozenset(self.names[place] for place in self._source.places_of_dates())
        self._places = {name: place for place, name in enumerate(self.names)}
        self._kinds = self._wanted_kinds()
        self._keep()
        self.notes = self._choose_formats()
        self.left_out = () if parquet else lines_left_out(self._database)
        if self.left_out:
            self.notes += (_on_lines(self.left_out, len(self.names)),)

    def _wanted_kinds(self) -> dict[int, str]:
        """Return how columns are kept, by their places."""
        numbers, texts, pixels = self._wanted
        kinds = {}
        for kind, names in ((TEXT, self.names if texts is None else texts), (NUMBER, numbers), (PIXEL, pixels)):
            for name in names:
                if name not in self._places:
                    raise DatasetError(not_one_of("column", name, self.names))
                place = self._places[name]
                kinds[place] = TEXT if place in self._source.dates and kind == NUMBER else kind
        return kinds or {0: TEXT}  # so that rows are counted

    def _keep(self) -> None:
        places = sorted(self._kinds)
        limit = f" LIMIT {self._most}" if self._most else ""
        self._files: dict[int, Path] = {}
        counts = set()
        for start in range(0, len(places), TOGETHER):
            together = places[start : start + TOGETHER]
            cells = self._source.kept({place: self._kinds[place] for place in together})
            file = self._folder / f"{start}.parquet"
            group = min(max(CELLS // len(together), 2048), 65_536)
            ((count,),) = self._database.execute(
                f"COPY ({cells}{limit}) "
                f"TO {literal(file)} (FORMAT parquet, COMPRESSION uncompressed, ROW_GROUP_SIZE {group})"
            ).fetchall()
            self._files |= dict.fromkeys(together, file)
            counts.add(count)
        (self.count,) = counts  # the same for all

    def _choose_formats(self) -> tuple[str, ...]:
        """Let columns of dates have the formats that fit most of their rows; return sentences on the other rows."""

        def fitting(name: str) -> str:
            cell = self.cell(name)
            forms = (f"count({days_from_text(cell, form)})" for form in dates[self._places[name]])
            return f"[count({cell}), {', '.join(forms)}]"

        dates, notes = dict(self._source.dates), []
        numbers, texts, _ = self._wanted
        wanted = self.names if texts is None else numbers
        kept = [self.names[place] for place in dates if self._kinds.get(place) == TEXT and self.names[place] in wanted]
        for name, ((present, *counts),) in self.each(kept, fitting):
            likelier = name in self.day_first
            found = zip(counts, dates[self._places[name]], strict=True)
            count, form = max(found, key=lambda pair: (pair[0], pair[1].startswith(DAY_FIRST) == likelier))
            dates[self._places[name]] = (form,)
            if count < present:
                values = counted(int(present - count), "value")
                notes.append(f"Missing in column {quoted(name)}: {values} not written like its other dates.")
        self._source = replace(self._source, dates=dates)
        self.day_first = frozenset(name for name in kept if dates[self._places[name]][0].startswith(DAY_FIRST))
        return tuple(notes)


def _on_lines(left_out: Sequence[int], width: int) -> str:
    """Return the sentence on lines that could not be read as rows of that width."""
    lines = ", ".join(f"{line:,}" for line in left_out[:NAMED]) + (" …" if len(left_out) > NAMED else "")
    rows = counted(len(left_out), "row was", "rows were")
    return f"{rows} left out for not having {counted(width, 'value')}: line {lines}."


def unreadable(name: str, error: duckdb.Error | MemoryError, form: str) -> DatasetError:
    """Return the sentence for a file that DuckDB can't read."""
    if isinstance(error, duckdb.OutOfMemoryException | MemoryError):
        problem = "can't be read in little memory, because its cells are too large. Remove columns with long texts."
    elif "Could not write" in str(error) or "No space left" in str(error):
        problem = "can't be read, because the disk is full. Free some space and try again."
    elif form == PARQUET:
        problem = "is not a complete Parquet file. Copy or make it again."
    else:
        problem = "can't be read as a table. Check the delimiter and the quotes, or save it as CSV (UTF-8)."
    return DatasetError(f"{quoted(name)} {problem}")
