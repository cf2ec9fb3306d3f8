"""The split: which examples are for training, for validation and for the test, by chance or as the file says."""

from collections.abc import Sequence

import streamlit as st

from mlp.datasets.own.plan import SplitPlan
from ui.data.desk import Desk, Upload
from ui.parts.choice import choose, keep, kept
from ui.parts.notices import in_toast

CHANCE, COLUMN, SECOND_FILE = "chance", "column", "file"
WAYS = {CHANCE: "At random", COLUMN: "By a column", SECOND_FILE: "Second file"}
USUAL = SplitPlan()
HIGHEST_SHARE = 40  # percent


def choose_split(
    desk: Desk, upload: Upload, columns: Sequence[str] = (), is_table: bool = False, is_divided: bool = False
) -> SplitPlan:
    """Draw the fold with the split of an upload; `columns` of a table are those whose values can name it.

    `is_divided` is whether the file itself says what is for what.
    """
    ways = {way: word for way, word in WAYS.items() if (is_table and (way != COLUMN or columns)) or way == CHANCE}
    way = kept(upload.key("split_way"), COLUMN if columns else CHANCE)
    validation, test = (kept(upload.key(name), _percent(name)) for name in ("validation", "test"))
    words = {
        CHANCE: f"{100 - validation - test} % training, {validation} % validation, {test} % test",
        COLUMN: "by a column",
        SECOND_FILE: f"{100 - validation} % training, {validation} % validation; test: another file",
    }
    with st.expander(f"Split: {words[way]}", icon=":material/call_split:", key=upload.key("split")):
        if len(ways) > 1:
            if columns:
                ways = {COLUMN: WAYS[COLUMN]} | ways
            way = choose("Split", ways, key=upload.key("split_way"))
        column = ""
        if way == COLUMN:
            column = keep(st.selectbox, "Column", columns, key=upload.key("split_column"), first=columns[0])
            st.caption("Its values name the split of each row: train, validation, test. What it lacks is drawn:")
        if way == SECOND_FILE:
            _second_file(desk, upload)
        most = HIGHEST_SHARE
        validation = keep(
            st.slider, "Validation (%)", 1, most, key=upload.key("validation"), first=_percent("validation")
        )
        if way != SECOND_FILE:
            test = keep(st.slider, "Test (%)", 1, most, key=upload.key("test"), first=_percent("test"))
        seed = keep(
            st.number_input,
            "Seed",
            0,
            9999,
            key=upload.key("split_seed"),
            first=0,
            help="Another seed draws other examples. Each class keeps its share in every split.",
        )
    return SplitPlan(validation / 100, test / 100, int(seed), column)


def _percent(name: str) -> int:
    return round(100 * getattr(USUAL, name))


def _second_file(desk: Desk, upload: Upload) -> None:
    key = upload.key("test_file")

    def receive() -> None:
        file = st.session_state[key]
        with in_toast():
            if file is None:
                desk.test = None
            else:
                desk.bring_test(file)

    st.file_uploader("Test set, with the same columns", key=key, on_change=receive)
