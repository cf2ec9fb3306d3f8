"""Charts of tables show what was measured, and names as the texts they are."""

import html
import json
import math
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from mlp.charts import columns, curve_axes, regression
from mlp.charts.columns import dependence, importance
from mlp.charts.curves import learning_curves
from mlp.charts.distributions import bars
from mlp.charts.layout import LONGEST_TITLE, Spec, shortened
from mlp.charts.predictions import scores
from mlp.charts.projections import projection, projection_of_numbers
from mlp.datasets import REGRESSION
from mlp.inspection.dependence import Dependence
from mlp.inspection.importance import Importance
from mlp.inspection.metrics import class_scores
from mlp.inspection.predictions import Predictions
from mlp.inspection.regression import NumberPredictions, TargetScale
from tests.histories import history
from ui.parts.component import packed

NAN = float("nan")
PREDICTED = NumberPredictions(np.array([1.0, 2.5, NAN, 4.0]), np.array([1.0, 2.0, 3.0, 5.0]))
FOUND = Importance(0.9, np.array([[0.1, 0.3], [0.5, 0.5], [-0.01, 0.01]]))


def check(chart: Spec) -> Spec:
    """Plotly takes it, JSON can carry it, and no name has become a tag."""
    go.Figure(chart)
    layout = dict(chart["layout"])
    assert layout.pop("meta")["summary"]  # read aloud, never HTML
    text = json.dumps(packed({"data": chart["data"], "layout": layout}), allow_nan=False)
    assert "<b>" not in text.replace("<b>train", "").replace("<b>validation", "")
    return chart


def test_predictions_are_drawn_over_the_true_numbers() -> None:
    chart = check(regression.predicted_against_true(PREDICTED, "<b>price"))
    diagonal, points = chart["data"]
    assert points["x"].tolist() == [1, 2, 5]
    assert points["y"].tolist() == [1, 2.5, 4]
    assert points["customdata"].tolist() == [1, 2, 4], "the number that the table of examples has"
    assert diagonal["x"] == diagonal["y"] == [1, 5]
    wild = NumberPredictions(np.array([-1e20, 2.0]), np.array([1.0, 2.0]))
    assert regression.predicted_against_true(wild, "price")["data"][0]["x"] == [1, 2], "the true numbers stay in sight"
    assert "<b>price" in chart["layout"]["meta"]["summary"]
    assert chart["layout"]["meta"]["caption"] == "dotted line: exact"


def test_residuals_are_drawn_over_the_predictions() -> None:
    chart = check(regression.residuals(PREDICTED, "price"))
    zero, points = chart["data"]
    assert points["x"].tolist() == [1, 2.5, 4]
    assert points["y"].tolist() == [0, -0.5, 1]
    assert (zero["x"], zero["y"]) == ([1, 4], [0, 0])


@pytest.mark.parametrize("draw", [regression.predicted_against_true, regression.residuals])
def test_many_predictions_are_thinned_and_none_are_no_fault(draw: Any) -> None:
    many = NumberPredictions(np.arange(50_000.0), np.arange(50_000.0))
    points = check(draw(many, "price"))["data"][1]
    assert len(points["x"]) == regression.MOST_POINTS
    assert (points["x"][0], points["x"][-1]) == (0, 49_999)
    assert len(check(draw(NumberPredictions(np.full(3, NAN), np.arange(3.0)), "price"))["data"][1]["x"]) == 0


def test_the_column_that_matters_most_is_on_top() -> None:
    chart = check(importance(FOUND, ["age", "<b>city", "a name that is far too long"], regression=False))
    (bars,) = chart["data"]
    np.testing.assert_allclose(bars["x"], [50, 20, 0], atol=1e-5)
    np.testing.assert_allclose(bars["error_x"]["array"], [0, 10, 1], atol=1e-5)
    assert bars["text"] == ["&lt;b&gt;city", "age", "a name that is far too long"]
    vertical = chart["layout"]["yaxis"]
    assert vertical["ticktext"] == ["&lt;b&gt;city", "age", "a name that is far …"]
    assert vertical["range"][0] > vertical["range"][1], "the first is on top"
    np.testing.assert_allclose(
        check(importance(FOUND, "abc", regression=True))["data"][0]["x"], [0.5, 0.2, 0], atol=1e-7
    )


def test_only_the_most_important_columns_are_drawn() -> None:
    found = Importance(0.9, np.arange(100.0)[:, None] / 1000)
    chart = check(importance(found, [f"c{column}" for column in range(100)], regression=False))
    assert chart["data"][0]["text"] == [f"c{column}" for column in range(99, 79, -1)]
    assert "80 more columns" in chart["layout"]["meta"]["caption"]


def test_a_number_has_a_curve_for_each_class_and_a_mark_at_the_rows_value() -> None:
    found = Dependence(np.array([0.0, 1, 2]), np.array([[0.2, 0.8], [0.5, 0.5], [0.9, 0.1]]))
    chart = check(dependence(found, "age", ["no", "<b>yes"], here=1.5))
    for curve, name, heights in zip(chart["data"], ["no", "&lt;b&gt;yes"], found.answers.T, strict=True):
        assert (curve["mode"], curve["name"]) == ("lines", name)
        np.testing.assert_allclose(curve["y"], 100 * heights, rtol=1e-6)
    assert [shape["x0"] for shape in chart["layout"]["shapes"]] == [1.5]
    assert dependence(found, "age", ["no", "yes"])["layout"]["shapes"] == []


def test_a_category_has_dots_and_a_regression_its_own_unit() -> None:
    found = Dependence(np.array([0.0, 1]), np.array([[150.0], [250.0]]))
    chart = check(dependence(found, "city", ["price"], categories=["Bonn", "<b>Paris"]))
    (dots,) = chart["data"]
    assert dots["mode"] == "markers"
    assert dots["y"].tolist() == [150, 250]
    assert chart["layout"]["xaxis"]["ticktext"] == dots["text"] == ["Bonn", "&lt;b&gt;Paris"]
    assert chart["layout"]["yaxis"]["title"]["text"] == "price"
    many = Dependence(np.arange(45.0), np.arange(45.0)[:, None])
    across = dependence(many, "city", ["price"], categories=[f"city {place}" for place in range(45)])["layout"]["xaxis"]
    assert across["tickvals"] == list(range(0, 45, 3))
    assert across["ticktext"][-1] == "city 42"


def test_of_many_classes_those_that_change_most_have_curves() -> None:
    changing = [3, 13, 20, 21, 30, 39]  # of which two pairs would have one color
    heights = np.full((2, 40), 0.02)
    heights[1, changing] = 0.05
    chart = check(dependence(Dependence(np.array([0.0, 1]), heights), "age", [f"class {index}" for index in range(40)]))
    assert [curve["name"] for curve in chart["data"]] == [f"class {index}" for index in changing]
    assert len({curve["line"]["color"] for curve in chart["data"]}) == columns.MOST_CLASSES
    assert "6 classes that change most of 40" in chart["layout"]["meta"]["caption"]
    assert chart["layout"]["yaxis"]["range"][1] == pytest.approx(10.3), "their probabilities are below 10 %"
    few = check(dependence(Dependence(np.array([0.0, 1]), heights[:, :2]), "age", ["no", "yes"]))
    assert chart["layout"]["height"] > few["layout"]["height"], "the key takes several rows"


def test_charts_of_a_hundred_classes_have_their_names_as_text() -> None:
    rng = np.random.default_rng(0)
    names = [f"<b>{index}" for index in range(100)]
    labels, answers = rng.integers(0, 100, (2, 500))
    check(scores(class_scores(Predictions(rng.dirichlet(np.ones(100), 500), labels)), names))
    check(bars("Weights to each class", rng.normal(size=100), names))
    check(bars("Weights to each class", rng.normal(size=10), names[:10]))
    drawn = check(projection("PCA", rng.normal(size=(500, 2)), np.arange(500), labels, answers, names, step=1200))
    assert drawn["layout"]["meta"]["caption"] == "500 validation examples after step 1,200"
    looks = [(trace["marker"]["color"], trace["marker"]["symbol"]) for trace in drawn["data"][:50]]
    assert len(set(looks)) == 50


@pytest.mark.parametrize(
    ("name", "count", "every", "slanted"),
    [("", 10, 1, False), ("class ", 3, 1, False), ("class ", 10, 1, True), ("class ", 100, 7, True)],
)
def test_names_of_classes_have_room_below_their_chart(name: str, count: int, every: int, slanted: bool) -> None:
    names = [f"{name}{index}" for index in range(count)]
    found = Predictions(np.eye(count, dtype=np.float32), np.arange(count))
    layout = check(scores(class_scores(found), names))["layout"]
    assert layout["xaxis"]["ticktext"] == layout["xaxis"]["tickvals"] == names[::every]
    assert (layout["xaxis"]["tickangle"] != 0) == slanted
    assert layout["margin"]["b"] > (5 * len(names[-1]) if slanted else 20)


def test_the_chart_of_classes_has_their_means() -> None:
    found = Predictions(np.eye(2, dtype=np.float32)[[0, 0, 0, 1]], np.array([0, 0, 1, 1]))
    meta = scores(class_scores(found), ["a", "b"])["layout"]["meta"]
    assert meta["caption"] == "macro F1 73.3, balanced accuracy 75.0\u202f%"
    assert meta["caption"] in meta["summary"]


def test_long_names_are_shortened() -> None:
    names = ["a class with a name that is far too long", "<b>other"]
    across = check(bars("Weights to each class", np.ones(2), names))["layout"]["xaxis"]
    assert across["ticktext"] == ["a class with a name…", "&lt;b&gt;other"]
    assert across["tickvals"] == [names[0], "&lt;b&gt;other"]
    places, labels = np.zeros((2, 2)), np.array([0, 1])
    points = check(projection("PCA", places, labels, labels, labels, names, step=0))["data"][0]
    assert (points["name"], points["text"]) == ("a class with a name…", names[0])
    assert "%{text}" in points["hovertemplate"]


def test_long_names_of_axes_are_shortened() -> None:
    name, short = "<b>a column with a name that is far too long", "&lt;b&gt;a column with a name that …"
    drawn = check(dependence(Dependence(np.array([0.0, 1]), np.zeros((2, 1))), name, [name]))
    assert drawn["layout"]["xaxis"]["title"]["text"] == drawn["layout"]["yaxis"]["title"]["text"] == short
    assert name in drawn["layout"]["meta"]["summary"]
    for draw in (regression.predicted_against_true, regression.residuals):
        title = check(draw(PREDICTED, name))["layout"]["xaxis"]["title"]["text"]
        assert len(html.unescape(title)) == LONGEST_TITLE


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("city name with a very long header = São Paulo", "city na… = São Paulo"),
        ("city = a district with a long name", "city = a district w…"),
        ("city name with a very long header = a district with a long name", "city … = a district…"),
        ("income of the household missing", "income of t… missing"),
    ],
)
def test_a_shortened_input_keeps_its_value(name: str, short: str) -> None:
    assert shortened(name) == short


def test_a_row_without_a_value_has_no_mark() -> None:
    found = Dependence(np.array([0.0, 1]), np.array([[150.0], [250.0]]))
    assert dependence(found, "age", ["price"], here=math.nan)["layout"]["shapes"] == []


@pytest.mark.parametrize("dimensions", [2, 3])
def test_a_projection_of_a_regression_is_colored_by_the_true_number(dimensions: int) -> None:
    places, rows = np.random.default_rng(0).normal(size=(9, dimensions)), np.arange(9)
    (points,) = check(projection_of_numbers("PCA", places, rows, 10.0 * rows, "<b>price", step=0))["data"]
    np.testing.assert_array_equal(points["marker"]["color"], 10.0 * rows)
    np.testing.assert_array_equal(points["y"], places[:, 1])
    np.testing.assert_array_equal(points["customdata"], rows + 1)
    assert points["marker"]["colorbar"]["title"]["text"] == "&lt;b&gt;price"


# ── Curves of a regression ────────────────────────────────────────────────────────────────────────────────────────

TARGETS = {"train": TargetScale(1.0, unit=20), "validation": TargetScale(0.5, unit=20)}


def lines(chart: Spec) -> dict[str, Spec]:
    """Return the lines of train and validation, without the dots at their ends."""
    return {drawn["name"]: drawn for drawn in chart["data"] if drawn.get("name")}


def test_curves_of_a_regression_follow_from_the_loss() -> None:
    past = history(train_loss=np.linspace(0.5, 0.08, 20), validation_loss=np.linspace(0.6, 0.125, 20))
    drawn = {
        quantity: check(learning_curves(quantity, past, targets=TARGETS)) for quantity in curve_axes.CURVES[REGRESSION]
    }
    train, validation = lines(drawn["r_squared"])["train"], lines(drawn["r_squared"])["validation"]
    np.testing.assert_allclose(train["y"], 1 - 2 * past["train_loss"], atol=1e-6)
    np.testing.assert_allclose(validation["y"], np.maximum(1 - 2 * past["validation_loss"] / 0.5, -1), atol=1e-6)
    train, validation = lines(drawn["rmse"])["train"], lines(drawn["rmse"])["validation"]
    np.testing.assert_allclose(train["y"], 20 * np.sqrt(2 * past["train_loss"]), rtol=1e-6)
    np.testing.assert_allclose(validation["y"], 20 * np.sqrt(2 * past["validation_loss"]), rtol=1e-6)
    ends = {
        quantity: [note["text"] for note in chart["layout"]["annotations"][-2:]] for quantity, chart in drawn.items()
    }
    assert ends["r_squared"] == ["<b>train 0.840</b>", "<b>validation 0.500</b>"]
    assert ends["rmse"] == ["<b>train 8</b>", "<b>validation 10</b>"]
    low, high = drawn["r_squared"]["layout"]["yaxis"]["range"]
    assert -0.1 < low < 0, "what was worse than the mean of all targets is left behind"
    assert 1 < high < 1.1
    assert drawn["r_squared"]["layout"]["meta"]["caption"]
    assert not drawn["rmse"]["layout"]["meta"]["caption"]


def test_a_regression_worse_than_the_mean_is_seen_to_be() -> None:
    past = history(validation_loss=np.linspace(50, 0.4, 20))
    chart = check(learning_curves("r_squared", past, targets=TARGETS))
    assert lines(chart)["validation"]["y"].min() == chart["layout"]["yaxis"]["range"][0] + 0.08 == -1
    zoomed = history(60, train_loss=0.02, validation_loss=0.01)
    assert learning_curves("r_squared", zoomed, targets=TARGETS, zoom=True)["layout"]["yaxis"]["range"][0] > 0.7


def test_large_errors_have_short_numbers() -> None:
    dear = {split: TargetScale(1.0, unit=200_000) for split in TARGETS}
    axis = check(learning_curves("rmse", history(), targets=dear))["layout"]["yaxis"]
    assert axis["ticktext"] == ["0", "500\u202fk"]
