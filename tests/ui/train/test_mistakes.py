"""Mistakes of a table are its rows with what is true and what was answered; of a regression, errors in its own unit."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mlp.datasets.dataset import Target
from mlp.inspection.predictions import most_confident_mistakes, predict
from mlp.inspection.regression import NumberPredictions, as_shown, predict_numbers, regression_scores, shown_decimals
from tests.tables import mixed, mixed_model, regression_model, shades_model
from tests.ui.scripts import app_of
from ui.train import mistakes
from ui.train.gallery import content
from ui.train.rows import answers_beside


def page() -> None:
    from tests.tables import regression_model
    from ui.train.mistakes import mistakes

    mistakes(regression_model(steps=50), tuple)


def test_a_regression_has_its_errors_and_no_confusion_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = {}
    monkeypatch.setattr(mistakes, "board", lambda charts, **rest: drawn.update(charts))
    app = app_of(page).run()
    assert not app.exception
    (sentence,) = (each.value for each in app.markdown if "R²" in each.value)
    assert "on 66 validation examples after step 50" in sentence
    assert {chart["layout"]["title"]["text"] for chart in drawn.values()} == {"Predicted against true", "Residuals"}


def test_the_errors_of_an_ensemble_are_those_of_the_mean() -> None:
    def together() -> None:
        from tests.tables import regression_model
        from ui.train.mistakes import mistakes

        mistakes(regression_model(steps=50), lambda: [regression_model(steps=500)])

    both = [predict_numbers(regression_model(steps=steps)) for steps in (50, 500)]
    exact = regression_scores(NumberPredictions((both[0].numbers + both[1].numbers) / 2, both[0].truth)).r_squared
    app = app_of(together).run()
    assert not app.exception
    (sentence,) = (each.value for each in app.markdown if each.value.startswith(f"R² **{exact:.3f}**"))
    assert "on 66 validation examples together." in sentence, "they need not be at the same step"


def test_a_diverged_regression_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    model = regression_model(steps=1)
    lost = replace(model, state=replace(model.state, parameters=np.full_like(model.state.parameters, np.nan)))
    monkeypatch.setattr("tests.tables.regression_model", lambda steps: lost)
    app = app_of(page).run()
    assert not app.exception
    assert [error.value for error in app.error] == [mistakes.NO_ANSWERS]


def rows_of_a_table() -> None:
    import streamlit as st

    from tests.tables import mixed_model
    from ui.train.mistakes import mistakes

    mistakes(mixed_model(st.session_state["task"]), tuple)


def rows_shown(task: str, **state: str) -> AppTest:
    app = app_of(rows_of_a_table)
    for name, value in {"task": task, **state}.items():
        app.session_state[name] = value
    app.run()
    assert not app.exception
    return app


def test_the_most_confident_mistakes_of_a_table_are_rows_with_their_own_values() -> None:
    model = mixed_model()
    found = predict(model)
    worst = most_confident_mistakes(found, 12)
    (shown,) = (each.value for each in rows_shown("classification").dataframe)
    assert shown["Example"].tolist() == (worst + 1).tolist()
    assert (shown["True"] != shown["Predicted"]).all()
    assert shown["True"].tolist() == [str(bool(label)) for label in found.labels[worst]]
    np.testing.assert_allclose(shown["Probability, %"], 100 * found.confidence[worst], atol=0.051)
    assert model.dataset.table is not None
    amounts, cities, _ = model.dataset.table.validation[worst].T
    np.testing.assert_allclose(shown["0"].astype(float), amounts, rtol=1e-5)
    assert shown["1"].tolist() == [("Bonn", "Paris", "Oslo", "Nice")[int(city)] for city in cities]


def test_a_cell_of_the_matrix_shows_its_rows() -> None:
    chosen = {"gallery_truth": "False", "gallery_answer": "True", "gallery_kind": "all"}
    (shown,) = (each.value for each in rows_shown("classification", **chosen).dataframe)
    found = predict(mixed_model())
    wanted = np.flatnonzero((found.labels == 0) & (found.classes == 1))[:12] + 1
    assert shown["Example"].tolist() == wanted.tolist() != []


def test_a_class_may_be_called_any() -> None:
    def page() -> None:
        from dataclasses import replace

        from tests.tables import mixed_model
        from ui.train.mistakes import mistakes

        model = mixed_model()
        info = replace(model.dataset.info, class_names=("any", "none"))
        mistakes(replace(model, dataset=replace(model.dataset, info=info)), tuple)

    app = app_of(page)
    app.session_state["gallery_kind"] = "all"
    app.run()
    assert not app.exception
    (true_class, predicted) = app.selectbox
    assert true_class.options == predicted.options == ["any", "none"]
    assert true_class.value is predicted.value is None
    assert (true_class.placeholder, predicted.placeholder) == ("any", "any")
    labels = predict(mixed_model()).labels
    assert f"12 of {len(labels)}" in [each.value for each in app.caption], "examples of every class"
    true_class.select("any").run()
    assert f"12 of {(labels == 0).sum()}" in [each.value for each in app.caption]


def test_a_test_set_that_was_opened_opens_no_other() -> None:
    def page() -> None:
        from dataclasses import replace

        import streamlit as st

        from tests.tables import mixed_model
        from ui.train.mistakes import mistakes

        model = mixed_model()
        info = replace(model.dataset.info, name=st.session_state["name"])
        mistakes(replace(model, dataset=replace(model.dataset, info=info)), tuple)

    def shown(name: str, press: str = "") -> str:
        """Return the split whose examples are shown of a data set, perhaps after a press."""
        app.session_state["name"] = name
        app.run()
        if press:
            pressed = [each for each in app.button if each.label == press]
            (pressed[0].click() if pressed else splits().select(f"test of {name}")).run()
        assert not app.exception
        sentences = " ".join(each.value for each in app.markdown)
        return next((split for split in ("validation", "test") if f"{split} examples are correct" in sentences), "none")

    def splits() -> Any:
        return next(each for each in app.segmented_control if "Test" in each.options)

    app = app_of(page)
    assert shown("one") == "validation"
    assert shown("one", press="Test") == "none", "it stays closed until a person opens it"
    assert shown("one", press="Open the test set") == "test"
    assert shown("one") == "test", "it has been seen"
    assert shown("another") == "validation"
    assert shown("another", press="Test") == "none"
    assert shown("one") == "validation"
    assert shown("one", press="Test") == "test"


def test_the_largest_errors_of_a_regression_come_first() -> None:
    found = predict_numbers(mixed_model("regression"))
    (shown,) = (each.value for each in rows_shown("regression").dataframe)
    assert shown["Example"].tolist() == (np.argsort(-np.abs(found.residuals))[:12] + 1).tolist()
    answers = shown[["True value", "Predicted", "True − predicted"]].to_numpy()
    unit = 10.0 ** -shown_decimals(mixed("regression").dataset.info)
    np.testing.assert_allclose(answers / unit, np.rint(answers / unit), atol=1e-6)
    np.testing.assert_allclose(shown["True value"] - shown["Predicted"], shown["True − predicted"], atol=1e-9)


def test_an_example_has_the_same_numbers_in_every_table() -> None:
    found = NumberPredictions(np.array([40.96, 1.5, 180.0]), np.array([49.22, 2.0, 150.0]))
    info = mixed("regression").dataset.info
    (few, all_of_them) = (answers_beside(found, info, np.array(rows)) for rows in ([0], [0, 1, 2]))
    assert [values[0] for values in few.values()] == [values[0] for values in all_of_them.values()]


def test_true_values_are_shown_as_exactly_as_they_spread() -> None:
    """Prices of which a network misses a hundred at most were shown in hundreds."""
    info = replace(mixed("regression").dataset.info, target=Target("price", mean=250_000, scale=51_000))
    found = NumberPredictions(np.array([255_251.6, 1_120_000.2]), np.array([255_863.81, 1_120_003.7]))
    assert list(answers_beside(found, info, np.array([0])).values()) == [[255_864.0], [255_252.0], [612.0]]
    images, dataset = np.zeros((2, 16), np.uint8), shades_model().dataset
    (cell,) = content(replace(dataset, info=replace(dataset.info, target=info.target)), images, found, [0])["cells"]
    assert cell["lines"] == [["predicted", "255,252"], ["true", "255,864"], ["off by", "612"]]
    assert str(as_shown(info, np.array(-0.2))) == "0.0", "not −0"


def test_examples_without_a_prediction_are_no_errors() -> None:
    found = predict_numbers(mixed_model("regression"))
    found.numbers[3] = np.nan
    assert 3 not in mistakes.largest_errors(found)


def test_the_largest_errors_of_images_with_a_number_come_first_as_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    def page() -> None:
        from tests.tables import shades_model
        from ui.train.mistakes import mistakes

        mistakes(shades_model(), tuple)

    shown: list[tuple[Any, ...]] = []
    monkeypatch.setattr(mistakes, "gallery", lambda *arguments, key: shown.append(arguments))
    assert not app_of(page).run().exception
    ((dataset, images, found, rows),) = shown
    assert rows == np.argsort(-np.abs(found.residuals), kind="stable")[:12].tolist()
    cells = content(dataset, images, found, rows)["cells"]
    assert [cell["number"] for cell in cells] == [row + 1 for row in rows]
    names, values = zip(*cells[0]["lines"], strict=True)
    assert names == ("predicted", "true", "off by")
    predicted, true, error = map(float, values)
    assert true == pytest.approx(float(images[rows[0]].mean()) / 100, abs=1e-3)
    assert error == pytest.approx(abs(true - predicted), abs=2e-3)
