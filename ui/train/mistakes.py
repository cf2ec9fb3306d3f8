"""Mistakes: a network's predictions for a split, the classes it confuses, and the examples themselves."""

from collections.abc import Callable, Sequence
from typing import NoReturn

import numpy as np
import streamlit as st

from mlp.charts.predictions import calibration as calibration_chart
from mlp.charts.predictions import scores
from mlp.charts.regression import predicted_against_true, residuals
from mlp.datasets import REGRESSION
from mlp.inspection.ensemble import mean_numbers, mean_predictions
from mlp.inspection.metrics import calibration, class_scores, confusion_matrix, wilson
from mlp.inspection.predictions import Predictions, least_confident_correct, most_confident_mistakes
from mlp.inspection.regression import NumberPredictions, regression_scores
from mlp.network.layers import Array
from mlp.text import compact, counted, percent, score, whole_number
from mlp.training import Model
from ui.parts.address import EXAMPLE
from ui.parts.charts import board
from ui.parts.choice import choose, keep, kept, put
from ui.parts.component import THEMED
from ui.parts.notices import plain
from ui.parts.state import Key
from ui.train.confusion import confusion
from ui.train.gallery import Found, gallery
from ui.train.inspected import numbers_for, predictions_for
from ui.train.rows import answers_beside, table_rows
from ui.train.settings import Fragment, named_example, open_view

FEW_CLASSES = 6  # a matrix of so few needs less than half of the page
SHOWN = 12  # examples at first: fills rows of two, three or four, about as high as the matrix beside them
MORE = 24  # at each press of the button
KINDS = {"mistakes": "Most confident mistakes", "doubts": "Least confident correct", "all": "In order"}
ERROR_KINDS = {"errors": "Largest errors", "all": "In order"}
NO_ANSWERS = "This network gives no answers: its weights became NaN or infinite. Choose an earlier step."
WHY_TEST = (
    "The test set is kept for the very end. If you look at it and then change a setting, you have used it to choose, "
    "and it can no longer show how well the network does on examples it has never seen. Choose settings by the "
    "validation set."
)


def _offer_test_set(opened: set[str], dataset: str) -> None:
    with st.container(border=True):
        st.markdown(f":material/lock: {WHY_TEST}")
        st.button("Open the test set", on_click=opened.add, args=[dataset], type="primary")


def mistakes(model: Model, choose_partners: Callable[[], Sequence[Model]]) -> None:
    """Show a network's predictions for a split, or those of an ensemble with others, whose choice is drawn, too."""
    dataset = model.dataset.info.name
    opened: set[str] = st.session_state.setdefault(Key.TEST_OPENED, set())
    with st.container(horizontal=True, vertical_alignment="center"):
        # The choice names the data set, so that another one begins with its validation examples.
        splits = {"validation": "Validation", f"test of {dataset}": "Test"}
        split = "validation" if choose("Examples", splits, key=Key.SPLIT) == "validation" else "test"
        partners = choose_partners()
    if split == "test" and dataset not in opened:
        _offer_test_set(opened, dataset)
        return
    if model.dataset.info.task == REGRESSION:
        _errors(model, partners, split)
        return
    found = mean_predictions([predictions_for(each, split) for each in (model, *partners)])
    if not found.known.any():
        st.error(NO_ANSWERS, icon=":material/error:")
        return
    st.markdown(_summary(found, split, _when(model, partners)))
    names, kind = model.dataset.info.class_names, model.dataset.info.kind
    charts = {
        "scores": scores(class_scores(found), names, palette=THEMED),
        "calibration": calibration_chart(calibration(found), palette=THEMED),
    }
    # Columns of a table need more room than pictures do.
    left, right = st.columns([2, 3] if kind == "table" and len(names) <= FEW_CLASSES else 2, gap="medium")
    with left:
        shares = keep(st.toggle, "Row percentages", key="confusion_shares", first=False)
        confusion(
            confusion_matrix(found),
            names,
            _cell_looked_at(names),
            None if kind == "points" else lambda truth, said: _look_at_cell(names[truth], names[said]),
            shares=shares,
            key="confusion",
        )
    if kind != "points":
        with right:  # next to the matrix whose cells show their examples here
            _examples(model, split, found)
        board(charts, key="scores", small=True)
        return
    with right:
        board(charts, key="scores")
    st.caption("The examples of this data set are points: Watch shows them on the decision map.")


def _errors(model: Model, partners: Sequence[Model], split: str) -> None:
    """Show how far a regression's predictions are off, and the examples themselves."""
    found = mean_numbers([numbers_for(each, split) for each in (model, *partners)])
    target = model.dataset.info.class_names[0]
    if not found.known.any():
        st.error(NO_ANSWERS, icon=":material/error:")
        return
    scores = regression_scores(found)
    st.markdown(
        f"R² **{score(scores.r_squared)}** on {counted(len(found.truth), f'{split} example')} "
        f"{_when(model, partners)}. A prediction is off by **{compact(scores.mae)}** on average (mean absolute "
        f"error); the root mean squared error is **{compact(scores.rmse)}**."
    )
    charts = {
        "fit": predicted_against_true(found, target, palette=THEMED),
        "residuals": residuals(found, target, palette=THEMED),
    }
    board(charts, key="errors", small=True)
    if model.dataset.table is None and model.dataset.info.kind != "images":
        return
    _named_example(model, split, found)
    kind = choose("Examples shown", ERROR_KINDS, key="error_kind")
    rows = largest_errors(found) if kind == "errors" else np.arange(len(found.truth))
    _first_examples(model, split, found, rows, (split, kind))


def _cell_looked_at(names: tuple[str, ...]) -> tuple[int, int] | None:
    """Return the cell of the confusion matrix whose examples are shown, None if those of several are."""
    truth, said = (_class(names, kept(key, None)) for key in (Key.GALLERY_TRUTH, Key.GALLERY_ANSWER))
    return None if truth is None or said is None else (truth, said)


def _look_at_cell(truth: str, said: str) -> None:
    """Show the examples of one cell of the confusion matrix."""
    put(Key.GALLERY_TRUTH, truth)
    put(Key.GALLERY_ANSWER, said)
    put(Key.GALLERY_KIND, "all")


def _when(model: Model, partners: Sequence[Model]) -> str:
    # The step is said because the number in the header is from the last point of the curve, which may be earlier.
    return "together" if partners else f"after step {model.state.step:,}"


def _summary(found: Predictions, split: str, when: str) -> str:
    right, count = int(found.correct.sum()), len(found.labels)
    low, high = wilson(right, count)
    return (
        f"**{percent(right / count)}** of {count:,} {split} examples are correct {when}. "
        f"True accuracy: **{100 * low:.1f}–{percent(high)}** (95\u202f% confidence)."
    )


def _examples(model: Model, split: str, found: Predictions) -> None:
    """Show examples that are chosen by kind, true and predicted class."""
    names = model.dataset.info.class_names
    _named_example(model, split, found)
    kind = choose("Examples shown", KINDS, key=Key.GALLERY_KIND, wrap=True)
    with st.container(horizontal=True):
        truth = _choose_class("True class", names, Key.GALLERY_TRUTH)
        said = _choose_class("Predicted class", names, Key.GALLERY_ANSWER)
    rows = chosen_rows(found, kind, _class(names, truth), _class(names, said))
    if len(rows) == 0:
        st.caption("No examples match.")
        return
    _first_examples(model, split, found, rows, (split, kind, truth, said))


def _first_examples(model: Model, split: str, found: Found, rows: Array, chosen: tuple[object, ...]) -> None:
    """Show the first of some examples, and a button for more. `chosen` is the choice that they are of."""
    shown = min(_shown(chosen), len(rows))
    _show_examples(model, split, found, rows[:shown], key="gallery")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{shown:,} of {len(rows):,}", width="content")
        if shown < len(rows):
            st.button(
                f"Show {min(MORE, len(rows) - shown)} more",
                key="gallery_more",
                on_click=_show_more,
                args=(chosen, shown + MORE),
            )


def _show_examples(model: Model, split: str, found: Found, rows: Array, key: str) -> None:
    """Show examples as pictures or as rows."""
    if model.dataset.table is not None:
        table_rows(model.dataset.table, split, rows, answers_beside(found, model.dataset.info, rows), key=key)
    else:
        gallery(model.dataset, model.dataset.split(split).inputs, found, list(rows), key=key)


def largest_errors(found: NumberPredictions) -> Array:
    """Return the rows of all examples with a prediction, the largest error first."""
    known = np.flatnonzero(found.known)
    return known[np.argsort(-np.abs(found.residuals[known]), kind="stable")]


def _named_example(model: Model, split: str, found: Found) -> None:
    """Show the example that was clicked in Watch, or that a link names."""
    named = named_example()
    if not named or split != "validation":
        return
    try:
        row = whole_number(EXAMPLE, named, 0, len(model.dataset.split(split).labels) - 1)
    except ValueError as error:
        st.warning(plain(str(error)), icon=":material/link_off:")
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown("##### The example you chose")
        st.button("Close", icon=":material/close:", type="tertiary", on_click=_close_named_example)
    _show_examples(model, split, found, np.array([row]), key="named_example")


def _close_named_example() -> NoReturn:
    open_view("mistakes")  # without the example
    st.rerun([Fragment.RUN, Fragment.VIEW])


def _shown(choice: tuple[object, ...]) -> int:
    """Return how many examples are shown of the current choice."""
    chosen, count = st.session_state.get(Key.GALLERY_SHOWN, (choice, SHOWN))
    return int(count) if chosen == choice else SHOWN


def _show_more(choice: tuple[object, ...], count: int) -> None:
    st.session_state[Key.GALLERY_SHOWN] = choice, count


def _choose_class(label: str, names: tuple[str, ...], key: str) -> str | None:
    """Return the class that is chosen, None for any, which is no choice: a class may have every name."""
    if kept(key, None) not in (None, *names):  # of another data set
        put(key, None)
    return keep(st.selectbox, label, names, key=key, first=None, index=None, placeholder="any", width=150)


def _class(names: tuple[str, ...], chosen: str | None) -> int | None:
    return names.index(chosen) if chosen in names else None


def chosen_rows(predictions: Predictions, kind: str, truth: int | None, said: int | None) -> Array:
    """Return the rows of the examples of a kind with this class and this prediction; None allows any."""
    count = len(predictions.labels)
    if kind == "mistakes":
        found = most_confident_mistakes(predictions, count)
    elif kind == "doubts":
        found = least_confident_correct(predictions, count)
    else:
        found = np.arange(count)
    keep = np.ones(len(found), bool)
    if truth is not None:
        keep &= predictions.labels[found] == truth
    if said is not None:
        keep &= predictions.classes[found] == said
    return found[keep]
