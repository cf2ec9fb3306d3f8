"""Mistakes of a regression are errors, in the target's own unit."""

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.tables import regression_model
from ui.train import mistakes


def page() -> None:
    from tests.tables import regression_model
    from ui.train.mistakes import mistakes

    mistakes(regression_model(steps=50))


def test_a_regression_has_its_errors_and_no_confusion_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = {}
    monkeypatch.setattr(mistakes, "board", lambda charts, **rest: drawn.update(charts))
    app = AppTest.from_function(page).run()
    assert not app.exception
    (sentence,) = (each.value for each in app.markdown if "R²" in each.value)
    assert "on 66 validation examples after step 50" in sentence
    assert {chart["layout"]["title"]["text"] for chart in drawn.values()} == {"Predicted against true", "Residuals"}


def test_a_diverged_regression_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    model = regression_model(steps=1)
    lost = replace(model, state=replace(model.state, parameters=np.full_like(model.state.parameters, np.nan)))
    monkeypatch.setattr("tests.tables.regression_model", lambda steps: lost)
    app = AppTest.from_function(page).run()
    assert not app.exception
    assert [error.value for error in app.error] == [mistakes.NO_ANSWERS]
