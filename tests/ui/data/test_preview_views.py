"""What a person changes in a preview is what is imported."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from mlp.datasets.own.plan import ImageOptions, ImagesPlan, SplitPlan, TablePlan
from tests.picture_files import shade, write_zip
from tests.ui.scripts import app_of
from ui.data import columns, looking
from ui.data.looking import table_preview
from ui.data.session import DataSession
from ui.data.split import NO_TEST_SET
from ui.parts.choice import kept

AGES = "age,rooms,city,part,class\n" + "".join(
    f"{-999 if row == 7 else 20 + row},{row % 5},{'xyz'[row % 3]},{'train' if row % 9 else 'test'},{'AB'[row % 2]}\n"
    for row in range(60)
)
AGE_QUESTION = "-999 appears in 1 row. Does it mean missing?"
ROOMS_QUESTION = "Five whole numbers: a number or a category?"


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """Files are looked into by this process: workers are tested elsewhere. What was asked for is noted."""
    asked: list[tuple[object, ...]] = []

    def ask(function: Callable[..., Any], *arguments: object) -> Any:
        asked.append(arguments)
        return function(*arguments)

    monkeypatch.setattr(looking, "_asked", ask)
    return asked


@pytest.fixture
def session() -> DataSession:
    return DataSession()


def view() -> None:
    import streamlit as st

    from ui.data.looking import preview_of
    from ui.data.preview import plan_of

    session = st.session_state.session
    st.session_state.plan = plan_of(session, session.upload, preview_of(session.upload), "Label")


def opened(session: DataSession, content: bytes, name: str = "ages.csv") -> AppTest:
    session.bring([(name, io.BytesIO(content))])
    app = app_of(view)
    app.session_state.session = session
    return drawn(app)


def drawn(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def table_plan(app: AppTest) -> TablePlan:
    plan: TablePlan = app.session_state.plan
    assert isinstance(plan, TablePlan)
    return plan


def texts(app: AppTest) -> str:
    """What is written on the page, without the marks that keep it from being Markdown."""
    return "\n".join(element.value for element in (*app.caption, *app.markdown)).replace("\\", "")


def merge_classes(app: AppTest) -> None:
    (switch,) = [toggle for toggle in app.toggle if toggle.label == "Merge"]
    switch.set_value(True)
    drawn(app)


def choice(app: AppTest, label: str) -> Any:
    (found,) = [group for group in app.button_group if group.label == label]
    return found


def selectbox(app: AppTest, label: str) -> Any:
    (found,) = [box for box in app.selectbox if box.label == label]
    return found


def test_one_press_merges_classes_that_differ_only_in_capital_letters(session: DataSession) -> None:
    rows = "".join(f"{row**2},{('no', 'Yes', 'yes ', 'yes')[row % 4]}\n" for row in range(41)) + "5,YES\n"
    app = opened(session, f"x,garden\n{rows}".encode())
    assert not table_plan(app).merge_classes
    assert "'YES' and 'Yes' and 'yes' are different classes: they differ only in capital letters." in texts(app)
    assert "1 class has a single row, used for training: 'YES'." in texts(app)
    merge_classes(app)
    assert table_plan(app).merge_classes
    assert "'YES' and 'Yes' and 'yes' are one class: they differ only in capital letters." in texts(app)
    assert "single row" not in texts(app)
    assert app.dataframe[-1].value.to_dict("list") == {"name": ["yes", "no"], "count": [31, 11]}


def test_classes_that_differ_in_nothing_else_can_not_be_learned_once_they_are_merged(session: DataSession) -> None:
    rows = "".join(f"{row**2},{('Yes', 'yes')[row % 2]}\n" for row in range(40))
    app = opened(session, f"x,garden\n{rows}".encode())
    merge_classes(app)
    assert "has only one class, 'Yes', so there is nothing to learn" in app.warning[0].value
    assert app.session_state.plan is None


CITIES = [f"{word} {number}" for number in range(60) for word in ("city", "City")]
FEWER = "Merge those that differ only in capital letters or spaces: 60 classes remain."


def test_more_spellings_than_classes_are_allowed_can_be_merged(session: DataSession) -> None:
    rows = "".join(f"{row**2},{CITIES[row % 120]}\n" for row in range(240))
    app = opened(session, f"x,class\n{rows}".encode())
    problem = f"The target 'class' has 120 different values; at most 100 classes are allowed. {FEWER}"
    assert app.warning[0].value.replace("\\", "") == problem
    assert app.session_state.plan is None
    merge_classes(app)
    assert not app.warning
    assert table_plan(app).merge_classes
    assert len(app.dataframe[-1].value) == 60


def test_more_spellings_of_folders_can_be_merged_too(session: DataSession, tmp_path: Path) -> None:
    pictures = {f"{name}/1.png": shade(place) for place, name in enumerate(CITIES)}
    app = opened(session, write_zip(tmp_path / "cities.zip", pictures).read_bytes(), "cities.zip")
    problem = f"There are 120 classes; at most 100 are possible. {FEWER}"
    assert app.warning[0].value.replace("\\", "") == problem
    merge_classes(app)
    assert not app.warning
    plan = app.session_state.plan
    assert isinstance(plan, ImagesPlan)
    assert plan.merge_classes
    assert app.dataframe[-1].value["count"].tolist() == [2] * 60


def test_folders_of_images_can_be_merged_too(session: DataSession, tmp_path: Path) -> None:
    names = ["Cat", "cat", "dog"]
    pictures = {f"{names[number % 3]}/{number}.png": shade(10 * number) for number in range(20)}
    app = opened(session, write_zip(tmp_path / "pets.zip", pictures).read_bytes(), "pets.zip")
    merge_classes(app)
    plan = app.session_state.plan
    assert isinstance(plan, ImagesPlan)
    assert plan.merge_classes
    shown = app.dataframe[-1].value
    assert shown[["name", "count"]].to_dict("list") == {"name": ["Cat", "dog"], "count": [14, 6]}
    assert shown.notna().sum(axis=1).tolist() == [12, 8]


def test_nothing_changed_is_the_suggested_plan(session: DataSession) -> None:
    plan = table_plan(opened(session, AGES.encode()))
    assert (plan.label, plan.target, plan.task) == ("Label", "class", "classification")
    assert plan.columns == ("age", "rooms", "city")
    assert plan.missing_values == {}
    assert plan.split == SplitPlan(column="part")


def test_questions_are_answered(session: DataSession) -> None:
    app = opened(session, AGES.encode())
    choice(app, AGE_QUESTION).select("missing")
    choice(app, ROOMS_QUESTION).select("category")
    plan = table_plan(drawn(app))
    assert plan.missing_values == {"age": ("", "-999")}
    low = app.dataframe[0].value.set_index("column").loc["age", "values"]
    assert low == "20 … 79", "without what is missing"
    assert plan.kinds["rooms"] == "category"
    choice(app, AGE_QUESTION).select("value")
    assert table_plan(drawn(app)).missing_values == {}


def test_empty_cells_stay_missing_whatever_a_column_is_used_as(session: DataSession) -> None:
    app = opened(session, b"size,rooms,class\n" + b"1.5,1,a\n2.5,2,b\n3.5,,b\n2.5,3,a\n" * 20)
    choice(app, "Three whole numbers: a number or a category?").select("category")
    assert table_plan(drawn(app)).missing_values == {"rooms": ("",)}


def test_a_word_among_numbers_means_missing_or_makes_categories(session: DataSession) -> None:
    app = opened(session, b"size,class\n" + b"1.5,a\n2.5,b\n?,b\n" * 20 + b"tiny,a\n")
    plan = table_plan(app)
    assert (plan.kinds["size"], set(plan.missing_values["size"])) == ("number", {"?", "tiny"})
    choice(app, "tiny appears in 1 row of numbers. Does it mean missing?").select("category")
    plan = table_plan(drawn(app))
    assert (plan.kinds["size"], set(plan.missing_values["size"])) == ("category", {"?"})


def test_another_target_has_another_task_and_decisions_about_columns_stay(session: DataSession) -> None:
    app = opened(session, AGES.encode())
    choice(app, ROOMS_QUESTION).select("category")
    drawn(app)
    selectbox(app, "Predict").select("age")
    plan = table_plan(drawn(app))
    assert (plan.target, plan.task, plan.kinds["rooms"], plan.kinds["class"]) == (
        "age",
        "regression",
        "category",
        "category",
    )
    choice(app, "As").select("classification")
    assert table_plan(drawn(app)).task == "classification"
    selectbox(app, "Predict").select("class")
    assert table_plan(drawn(app)).task == "classification"
    selectbox(app, "Predict").select("age")
    assert table_plan(drawn(app)).task == "classification", "as it was chosen for that target"


def test_how_the_file_is_read_is_changed_and_changed_back(session: DataSession) -> None:
    app = opened(session, AGES.encode())
    selectbox(app, "Delimiter").select(";")
    drawn(app)
    assert app.session_state.plan is None
    assert "only one column" in app.warning[0].value
    selectbox(app, "Delimiter").select(",")
    assert table_plan(drawn(app)).target == "class"
    app.toggle[0].set_value(False)  # no header
    assert "column 1" in table_plan(drawn(app)).kinds


def test_what_can_not_be_learned_is_a_sentence_and_no_plan(session: DataSession) -> None:
    app = opened(session, b"size,class\n1.5,a\n2.5,a\n3.5,a\n")
    assert app.session_state.plan is None
    assert app.warning[0].value.startswith("The target 'class' has only one class")
    selectbox(app, "Predict").select("size")
    assert "left out" in drawn(app).warning[0].value
    assert app.session_state.plan is None


def test_the_split_is_random_by_a_column_or_of_a_second_file(session: DataSession) -> None:
    app = opened(session, AGES.encode())
    choice(app, "Split").select("random")
    drawn(app)
    app.slider[0].set_value(20)
    app.slider[1].set_value(30)
    app.number_input[-1].set_value(4)
    assert table_plan(drawn(app)).split == SplitPlan(0.2, 0.3, 4)
    choice(app, "Split").select("file")
    drawn(app)
    assert app.warning[0].value == NO_TEST_SET
    assert app.session_state.plan is None
    session.bring_test("test.csv", io.BytesIO(AGES.encode()))
    assert table_plan(drawn(app)).split == SplitPlan(0.2, 0.3, 4)


def test_kinds_are_changed_in_their_cells(session: DataSession, monkeypatch: pytest.MonkeyPatch) -> None:
    session.bring([("ages.csv", io.BytesIO(AGES.encode()))])
    upload = session.upload
    assert upload is not None
    preview = table_preview(upload)
    state: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", state)
    toasts: list[str] = []
    monkeypatch.setattr(st, "toast", lambda text, **_: toasts.append(text))

    def edit(row: int, kind: str) -> int:
        state["cells"] = {"edited_rows": {row: {"kind": kind}}}
        columns._edit(upload, preview, "part", "cells")
        return upload.edited

    assert edit(0, "left out") == 0, "the table is not drawn again under the pointer"
    assert upload.kinds == {"age": "left out"}
    assert edit(4, "number") == 1, "the target's cell goes back"
    assert upload.kinds == {"age": "left out"}
    assert edit(1, "target") == 2
    assert state[f"{upload.key('target')}-1"] == "rooms"
    assert upload.shown_kinds == {"age": "left out"}
    assert len(toasts) == 1

    assert edit(0, "split") == 3, "its values name no splits"
    assert toasts.pop() == columns.NO_SPLIT
    assert edit(3, "category") == 4
    assert upload.kinds == {"age": "left out", "part": "category"}
    assert kept(upload.key("split_kind"), "") == "random"
    assert edit(3, "split") == 5
    assert kept(upload.key("split_kind"), "") == "column"
    assert kept(upload.key("split_column"), "") == "part"


def test_texts_that_mean_missing_are_changed_in_their_cells(
    session: DataSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(session, AGES.encode())
    assert session.upload is not None
    upload, key = session.upload, "cells"

    def edit(row: int, texts: list[str] | None) -> TablePlan:
        preview = table_preview(upload, missing=upload.missing)
        with monkeypatch.context() as patch:
            patch.setattr(st, "session_state", {key: {"edited_rows": {row: {"texts": texts}}}})
            columns._edit(upload, preview, "part", key)
        return table_plan(drawn(app))

    assert edit(0, [" -999 ", "20", " "]).missing_values == {"age": ("", "-999", "20")}
    assert choice(app, AGE_QUESTION).value == "missing"
    (age,) = app.dataframe[0].value.query("column == 'age'").to_dict("records")
    assert (list(age["texts"]), age["values"]) == (["-999", "20"], "21 … 79")
    assert age["missing"] == pytest.approx(2 / 60)
    assert edit(2, ["x"]).missing_values["city"] == ("", "x")
    choice(app, AGE_QUESTION).select("value")
    assert table_plan(drawn(app)).missing_values == {"age": ("", "20"), "city": ("", "x")}
    assert edit(0, None).missing_values == {"city": ("", "x")}


def test_the_column_with_the_split_is_shown_as_that(session: DataSession) -> None:
    app = opened(session, AGES.encode())
    kinds = ["number", "number", "category", "split", "target"]
    assert app.dataframe[0].value["kind"].tolist() == kinds
    choice(app, "Split").select("random")
    assert drawn(app).dataframe[0].value["kind"].tolist() == [*kinds[:3], "category", "target"]


def test_another_split_replaces_the_table_of_columns_in_which_the_browser_keeps_what_was_edited(
    session: DataSession,
) -> None:
    two = AGES.replace("part,", "part,fold,", 1).replace("train,", "train,train,").replace("test,", "test,val,")
    app = opened(session, two.encode())
    assert session.upload is not None
    selectbox(app, "Column").select("fold")
    assert table_plan(drawn(app)).split.column == "fold"
    assert session.upload.edited == 1
    choice(app, "Split").select("random")
    assert table_plan(drawn(app)).split.column == ""
    assert session.upload.edited == 2


def test_images_are_turned_and_sized(session: DataSession, tmp_path: Path, asked: list[tuple[object, ...]]) -> None:
    pictures = {f"{kind}/{row}.png": shade(row, (20, 30)) for kind in "ab" for row in range(4)}
    app = opened(session, write_zip(tmp_path / "set.zip", pictures).read_bytes(), "set.zip")
    assert app.session_state.plan == ImagesPlan("Label", ImageOptions((28, 28)))
    assert asked[-1][-1] is None
    selectbox(app, "Size").select((8, 8))
    for toggle in app.toggle:
        toggle.set_value(True)
    assert drawn(app).session_state.plan.options == ImageOptions((8, 8), True, True, True)
    assert asked[-1][-1] == ImageOptions((8, 8), transpose=True), "what is shown is read again in that size"


def test_pixels_of_a_table_are_turned(session: DataSession) -> None:
    rows = ("".join(f",{(row * 7 + place) % 50}" for place in range(64)) for row in range(40))
    header = "label," + ",".join(f"pixel{place}" for place in range(64))
    app = opened(session, "\n".join([header, *(f"{index % 2}{row}" for index, row in enumerate(rows))]).encode())
    assert table_plan(app).images == ImageOptions((8, 8))
    for toggle in app.toggle[1:4]:
        toggle.set_value(True)
    assert table_plan(drawn(app)).images == ImageOptions((8, 8), True, True, True)
    app.toggle[0].set_value(False)
    plan = table_plan(drawn(app))
    assert (plan.images, len(plan.columns)) == (None, 64)


def test_a_last_column_that_names_the_split_is_the_split_not_the_target(session: DataSession) -> None:
    rows = "".join(f"{row % 7 + 0.5},{'AB'[row % 2]},{'train' if row % 4 else 'test'}\n" for row in range(60))
    plan = table_plan(opened(session, f"size,wine,part\n{rows}".encode()))
    assert (plan.target, plan.split.column, plan.columns) == ("wine", "part", ("size",))
