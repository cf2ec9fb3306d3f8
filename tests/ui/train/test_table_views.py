"""Robustness and Weights of a table show its own rows."""

from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mlp import RunConfig
from mlp.charts.layout import Spec
from mlp.datasets.preprocessing import CategoryColumn, NumberColumn
from mlp.inspection.predictions import predict
from mlp.inspection.regression import predict_numbers, regression_scores
from mlp.inspection.units import unit_details
from tests.tables import mixed, mixed_model, trained
from tests.ui.scripts import app_of
from ui.train import disturbed, weights
from ui.train.predictions import column_texts
from ui.train.rows import own_values

Charts = dict[str, Spec]


def robustness() -> None:
    import streamlit as st

    from tests.tables import mixed_model
    from ui.train.inspected import Inspected
    from ui.train.robustness import robustness

    model = mixed_model(st.session_state["task"], st.session_state["steps"])
    robustness(Inspected(model, None, moving=st.session_state.get("moving", False)))


@pytest.fixture
def charts(monkeypatch: pytest.MonkeyPatch) -> Charts:
    drawn: Charts = {}
    monkeypatch.setattr(disturbed, "board", lambda charts, **rest: drawn.update(charts))
    return drawn


def shown(task: str, steps: int = 200, **state: object) -> AppTest:
    app = app_of(robustness)
    for name, value in {"task": task, "steps": steps, **state}.items():
        app.session_state[name] = value
    app.run()
    assert not app.exception
    return app


def curve(charts: Charts, name: str) -> Any:
    return charts[name]["data"][0]["y"]


def test_a_category_that_is_not_in_training_may_be_new() -> None:
    city = own_values(CategoryColumn("city", ("Bonn", "Paris")), np.array([1.0, np.nan]))
    age = own_values(NumberColumn("age", 30, 32, 10, 2, 80), np.array([np.nan]))
    assert column_texts(city) + column_texts(age) == ["Paris", "missing or new", "missing"]


def test_noise_and_missing_values_cost_accuracy(charts: Charts) -> None:
    (sentence,) = (each.value for each in shown("classification").markdown)
    accuracy = predict(mixed_model()).correct.mean()
    assert sentence.startswith("After step 200, **")
    assert f"are correct when disturbed, {100 * accuracy:.1f}\u202f% undisturbed." in sentence
    for name in ("noise", "missing"):
        heights = curve(charts, name)
        assert heights[0] == pytest.approx(100 * accuracy, abs=1e-3), "undisturbed, it is the accuracy itself"
        assert heights[-1] < heights[0] - 5


def test_of_a_regression_they_cost_r_squared(charts: Charts) -> None:
    shown("regression")
    whole = regression_scores(predict_numbers(mixed_model("regression"))).r_squared
    for name in ("noise", "missing"):
        assert curve(charts, name)[0] == pytest.approx(whole, abs=1e-3)
        assert curve(charts, name)[-1] < whole - 0.1
        assert charts[name]["layout"]["yaxis"]["ticksuffix"] == ""


def test_sliders_choose_what_is_measured_and_which_columns_break_it(charts: Charts) -> None:
    app = shown("classification", disturb_noise=0.0, disturb_missing=0.75)
    assert curve(charts, "missing")[-1] / 100 == pytest.approx(share_in(app), abs=1e-3)
    assert charts["missing"]["layout"]["shapes"][0]["x0"] == 0.75
    names = charts["columns"]["data"][0]["text"]
    assert names[-1] == "noise", "the answer does not depend on it"
    app.slider[1].set_value(0.0).run()
    assert not app.exception
    assert share_in(app) == pytest.approx(curve(charts, "noise")[0] / 100, abs=1e-3)


def share_in(app: AppTest) -> float:
    """Return the share of disturbed rows that are correct, in the sentence."""
    (said,) = (each.value for each in app.markdown if "disturbed" in each.value)
    return float(said.split("*")[2].removesuffix("\u202f%")) / 100


def test_without_a_disturbance_no_column_is_looked_at(charts: Charts) -> None:
    shown("regression", disturb_noise=0.0, disturb_missing=0.0)
    assert "columns" not in charts


def test_of_a_wide_table_columns_are_looked_at_while_it_rests(charts: Charts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disturbed, "FOLLOWED", 0)
    app = shown("classification", moving=True)
    assert "columns" not in charts
    assert app.caption[0].value.startswith("Pause to see")
    shown("classification")
    assert "columns" in charts


def test_few_rows_are_disturbed_several_times_each_and_wide_tables_take_no_more_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dataset = mixed_model().dataset
    count, width = len(dataset.validation.labels), dataset.info.inputs
    monkeypatch.setattr(disturbed, "SAMPLE", 3 * count + 1)
    examples = disturbed._disturbed(dataset, 0.21, 0.0)
    assert len(examples.labels) == 3 * count
    assert len(np.unique(examples.inputs[:, -1])) == 3 * count
    monkeypatch.setattr(disturbed, "MOST_NUMBERS", 10 * width)
    assert len(disturbed._disturbed(dataset, 0.22, 0.0).labels) == 10


def top_examples() -> None:
    import streamlit as st

    from mlp.inspection.units import unit_details
    from tests.tables import mixed_model
    from ui.train.weights import _top_examples

    model = mixed_model(st.session_state["task"])
    _top_examples(model, unit_details(model, 0, 1).rows)


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_the_rows_that_activate_a_unit_most_are_shown(task: str) -> None:
    app = app_of(top_examples)
    app.session_state["task"] = task
    app.run()
    assert not app.exception
    (shown,) = (each.value for each in app.dataframe)
    assert shown["Example"].tolist() == (unit_details(mixed_model(task), 0, 1).rows + 1).tolist()
    assert ("True" in shown) == (task == "classification")
    expected = mixed(task).raw[unit_details(mixed_model(task), 0, 1).rows, 2]
    np.testing.assert_allclose(shown["2"].astype(float), expected, rtol=1e-5)


def one_output() -> None:
    import streamlit as st

    from mlp import RunConfig
    from tests.tables import mixed, trained
    from ui.train.weights import _one_output

    _one_output(trained(RunConfig(hidden=(), batch_size=16), mixed(st.session_state["task"]).dataset, 20))


@pytest.mark.parametrize(("task", "output"), [("classification", "True"), ("regression", "value")])
def test_without_a_hidden_layer_the_weights_of_each_input_are_shown(
    monkeypatch: pytest.MonkeyPatch, task: str, output: str
) -> None:
    drawn: Charts = {}
    monkeypatch.setattr(weights, "board", lambda charts, **rest: drawn.update(charts))
    app = app_of(one_output)
    app.session_state["task"] = task
    app.run()
    if task == "classification":
        app.selectbox[0].set_value("True").run()
    assert not app.exception
    assert drawn["output"]["layout"]["title"]["text"] == f"Weights to {output}"
    up, down = drawn["output"]["data"]
    assert up["x"] == list(mixed(task).preprocessing.names)
    expected = trained(RunConfig(hidden=(), batch_size=16), mixed(task).dataset, 20).state.parameters
    outputs = 2 if task == "classification" else 1
    np.testing.assert_allclose(up["y"] + down["y"], expected[: outputs * len(up["x"])].reshape(-1, outputs)[:, -1])
