"""The split: which examples are for training, validation and testing, at random or as the file says."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mlp.datasets.own.plan import SplitPlan
from ui.data.session import DataSession, Upload
from ui.parts.choice import choose, keep, kept, put
from ui.parts.notices import in_toast, plain, show_upload_notice
from ui.parts.streamlit_internals import forget_upload

RANDOM, COLUMN, SECOND_FILE = "random", "column", "file"
SPLITS = {RANDOM: "At random", COLUMN: "By a column", SECOND_FILE: "Second file"}
NO_TEST_SET = "The second file is missing. Bring the test set under “Split”, or split at random."
USUAL = SplitPlan()
HIGHEST_SHARE = 40  # percent


def split_table(session: DataSession, upload: Upload, columns: Sequence[str]) -> SplitPlan:
    """Draw the fold with the split of a table; `columns` are those whose values name the split of each row."""
    kinds = [COLUMN, RANDOM, SECOND_FILE] if columns else [RANDOM, SECOND_FILE]
    key = upload.key("split_kind")
    sentence = {
        COLUMN: f"by {plain(kept(upload.key('split_column'), columns[0]))}" if columns else "",
        RANDOM: _at_random(upload),
        SECOND_FILE: f"{_share(upload, 'validation')} % of this file for validation, another file for testing",
    }
    with _fold(sentence[kept(key, kinds[0])]):
        redraw = upload.replace_columns  # the table of columns shows which is the split
        kind = choose("Split", {kind: SPLITS[kind] for kind in kinds}, key=key, on_change=redraw)
        column = ""
        if kind == COLUMN:
            column = keep(
                st.selectbox, "Column", columns, key=upload.key("split_column"), first=columns[0], on_change=redraw
            )
            st.caption("If it names no rows for validation, or none for testing, these are drawn from the others:")
        if kind == SECOND_FILE:
            _second_file(session, upload)
        return _shares(upload, column, with_test=kind != SECOND_FILE)


def split_images(upload: Upload, is_divided: bool) -> SplitPlan:
    """Draw the fold with the split of images; `is_divided` is whether the file itself says what is for what."""
    with _fold("as in the file" if is_divided else _at_random(upload)):
        if is_divided:
            st.caption("If the file has no validation set, or no test set, it is drawn from the training examples:")
        return _shares(upload)


def split_by(upload: Upload, column: str) -> None:
    """Choose the column whose values name the split of each row, or, if empty, a split at random."""
    put(upload.key("split_kind"), COLUMN if column else RANDOM)
    if column:
        put(upload.key("split_column"), column)


def has_test_set(upload: Upload) -> bool:
    """Whether the test set is a second file."""
    return kept(upload.key("split_kind"), "") == SECOND_FILE


def _fold(sentence: str) -> DeltaGenerator:
    return st.expander(f"Split: {sentence}", icon=":material/call_split:", key="split")


def _shares(upload: Upload, column: str = "", with_test: bool = True) -> SplitPlan:
    shares = {}
    for name, word in (("validation", "Validation"), ("test", "Test")):
        shares[name] = _share(upload, name)
        if name == "validation" or with_test:
            shares[name] = keep(
                st.slider, f"{word} (%)", 1, HIGHEST_SHARE, key=upload.key(name), first=_share(upload, name)
            )
    help = "Another seed draws other examples. Each class keeps its share in every split."
    seed = keep(st.number_input, "Seed", 0, 9999, key=upload.key("split_seed"), first=USUAL.seed, help=help)
    return SplitPlan(shares["validation"] / 100, shares["test"] / 100, int(seed), column)


def _at_random(upload: Upload) -> str:
    validation, test = _share(upload, "validation"), _share(upload, "test")
    return f"{100 - validation - test} % training, {validation} % validation, {test} % test"


def _share(upload: Upload, name: str) -> int:
    """Return the percentage that is chosen for a split."""
    return kept(upload.key(name), round(100 * getattr(USUAL, name)))


def _second_file(session: DataSession, upload: Upload) -> None:
    """Draw the place for the file with the test set, or its name once it is there."""
    if session.test is not None:
        st.markdown(f":material/check: {plain(session.test_name)}")
        st.button("Remove", icon=":material/close:", on_click=session.remove_test, key="remove_test")
        return
    key = upload.key("drop_test")

    def receive() -> None:
        file = st.session_state[key]
        if file is not None:
            with in_toast():
                session.bring_test(file.name, file)
            forget_upload(file)

    show_upload_notice()
    st.file_uploader("Test set, with the same columns", key=key, on_change=receive)
