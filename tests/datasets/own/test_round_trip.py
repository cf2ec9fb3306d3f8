"""What Python writes as a table is read as it was."""

import csv
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlp.datasets.own.plan import Dialect
from mlp.datasets.own.preview import preview_table
from mlp.datasets.own.source import SPACES
from mlp.datasets.own.tables import TableReader

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=12)
ROWS = st.lists(st.tuples(TEXTS, TEXTS, st.floats(-1e30, 1e30)), min_size=1, max_size=30)


@given(rows=ROWS, delimiter=st.sampled_from(",;\t|"))
@example(rows=[('"', "\n", 0.0), ("\u2028", "'", -1.5)], delimiter=",")
def test_texts_and_numbers_of_any_kind(rows: list[tuple[str, str, float]], delimiter: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        with open(path, "w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
            writer.writerows([("a", "b", "n"), *rows])
        with TableReader(path, Dialect(delimiter=delimiter), numbers=["n"], texts=["a", "b"]) as table:
            np.testing.assert_array_equal(table.numbers("n"), [number for *_, number in rows])
            for name, written in (("a", [a for a, _, _ in rows]), ("b", [b for _, b, _ in rows])):
                codes, texts = table.texts(name)
                assert [texts[code] if code >= 0 else "" for code in codes] == [text.strip(SPACES) for text in written]


@settings(max_examples=20)
@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.integers(0, 99), st.sampled_from("AB")), min_size=3, max_size=40))
def test_a_preview_of_any_numbers_is_made(rows: list[tuple[float, int, str]]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_text("\n".join(["width,size,kind", *(f"{a:.4f},{b},{c}" for a, b, c in rows)]))
        preview = preview_table(path)
        assert (preview.count, preview.target) == (len(rows), "kind") or len({kind for *_, kind in rows}) == 1
        assert [column.name for column in preview.columns] == ["width", "size", "kind"]
