"""All charts but the curves: Plotly accepts them, and they show what is there."""

import math
import re
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from mlp import RunConfig, advance
from mlp.charts import LIGHT, curves, diagrams, planes
from mlp.charts.distributions import weights
from mlp.charts.layout import Spec
from mlp.datasets import DATASETS, REGRESSION, Dataset
from mlp.inspection.distributions import weight_histograms
from mlp.inspection.plane import DecisionMap, decision_map
from mlp.inspection.predictions import predict
from mlp.text import compact, duration, nats, percent, rate
from mlp.training.history import Change
from tests.histories import history
from tests.models import model_of, with_parameters

ROOT = Path(__file__).resolve().parents[2]
DIGITS = RunConfig(dataset="digits", hidden=(16,), epochs=25)
accuracy, loss = (partial(curves.learning_curves, quantity) for quantity in ("accuracy", "loss"))


def texts(chart: Spec) -> list[str]:
    return [re.sub("<.*?>", "", note["text"]) for note in chart["layout"]["annotations"]]


def test_plotly_accepts_every_chart() -> None:
    model = model_of(RunConfig(dataset="moons"))
    points, correct = model.dataset.validation, predict(model).correct
    past = history(300)
    change = Change(step=50, progress=6.0, examples=7182, seconds=1.25, description="learning rate 0.1 → 0.01")
    drawn = [
        accuracy(past, smoothing=0.5, changes=[change]),
        loss(past, log=True),
        weights(weight_histograms(model, model.state), model.sizes),
        planes.decisions(decision_map(model), *points, correct, model.dataset.info.class_names),
        diagrams.architecture(RunConfig(), model.dataset.info),
    ]
    figures = [go.Figure(chart) for chart in drawn]
    assert [figure.layout.title.text for figure in figures] == [
        "Accuracy",
        "Loss (lower is better)",
        "Weights of each layer",
        "Decision map",
        "Network",
    ]
    for figure in figures:
        assert figure.layout.meta["summary"], "in words, for who can't see it"


def test_the_architecture_counts_its_parameters() -> None:
    chart = diagrams.architecture(RunConfig(hidden=(100, 200)), DATASETS["mnist"])
    words = texts(chart)
    assert "100,710 parameters" in words
    assert {"78,500", "20,200", "2,010"} <= set(words)
    assert {"784", "100", "200", "10", "ReLU", "28 × 28 pixels", "classes"} <= set(words)
    assert "100,710" in chart["layout"]["meta"]["summary"]
    points = diagrams.architecture(RunConfig(), DATASETS["moons"])
    assert {"coordinates", "classes"} <= set(texts(points))
    table = Dataset.from_arrays(np.eye(8), np.arange(8) / 8, task=REGRESSION)
    assert {"8", "numbers", "1", "number"} <= set(texts(diagrams.architecture(RunConfig(), table.info)))


def test_small_layers_are_drawn_unit_by_unit() -> None:
    chart = diagrams.architecture(RunConfig(hidden=(5, 300), activation="tanh"), DATASETS["moons"])
    columns = [t for t in chart["data"] if t["mode"] == "markers"]
    assert [len(column["x"]) for column in columns] == [2, 5, 8, 2]
    assert texts(chart).count("⋮") == 1
    assert texts(chart).count("Tanh") == 2


def test_histograms_count_every_weight_now_and_before() -> None:
    config = replace(DIGITS, hidden=(300,), seed=1)  # 64 · 300 weights: all are counted
    before = model_of(config)
    after = with_parameters(before, before.state.parameters * 1.5)
    histograms = weight_histograms(after, before.state)
    for histogram, sizes in zip(histograms, pairwise(before.sizes), strict=True):
        initial, now = histogram.shares
        assert now.sum() == pytest.approx(1, abs=1e-5)
        assert initial.sum() == pytest.approx(1, abs=1e-5)
        centers = np.linspace(-histogram.limit, histogram.limit, 121)[1::2]
        spread = np.sqrt(2 / sum(sizes))  # Xavier
        assert np.sqrt(initial @ centers**2) == pytest.approx(spread, rel=0.1)
        assert np.sqrt(now @ centers**2) == pytest.approx(1.5 * spread, rel=0.1)
    chart = weights(histograms, before.sizes)
    assert [t["name"] for t in chart["data"]] == ["now", "initial"] * 2
    np.testing.assert_array_equal(chart["data"][2]["y"], histograms[1].shares[1])
    np.testing.assert_array_equal(chart["data"][3]["y"], histograms[1].shares[0])
    assert texts(chart) == ["64 → 300", "300 → 10"]


@pytest.mark.parametrize("options", [{"batch_norm": True}, {"averaging": 0.9}, {"batch_norm": True, "averaging": 0.9}])
def test_histograms_are_of_the_weights_that_predict_like_the_pictures_of_the_first_layer(
    options: dict[str, Any],
) -> None:
    start = model_of(replace(DIGITS, learning_rate=0.5, **options))
    state, _ = advance(start.config, start.dataset, start.state, 50)
    model = replace(start, state=state)
    assert not np.array_equal(model.parameters, state.parameters[: len(model.parameters)])
    plain, plain_start = (each.with_parameters(each.parameters) for each in (model, start))
    found, expected = weight_histograms(model, start.state), weight_histograms(plain, plain_start.state)
    for mine, theirs in zip(found, expected, strict=True):
        assert mine.limit == theirs.limit
        np.testing.assert_array_equal(mine.shares, theirs.shares)
    caption = weights(found, model.sizes, normalized=True)["layout"]["meta"]["caption"]
    assert "normalization included" in caption


def test_a_large_layer_is_sampled_from_all_its_columns() -> None:
    model = model_of(replace(DIGITS, hidden=(1000, 1000)))
    marked = model.state.parameters.copy()
    start = 64 * 1000 + 1000
    matrix = marked[start : start + 1_000_000].reshape(1000, 1000)
    matrix[...] = 0
    matrix[:, ::20] = 1  # one column in twenty
    _, now = weight_histograms(with_parameters(model, marked), model.state)[1].shares
    assert now[len(now) // 2] == pytest.approx(0.95, abs=0.005)


def test_the_plane_is_tinted_by_how_sure_the_answer_is() -> None:
    classes = np.array([[0, 1], [2, 2]])
    plane = DecisionMap(
        np.array([0.0, 1]), np.array([0.0, 1]), classes, np.array([[1.0, 1 / 3], [1.0, np.nan]], np.float32)
    )
    nothing = np.empty((0, 2))
    tint = planes.decisions(plane, nothing, np.empty(0, int), np.empty(0, bool), "ABC")["data"][0]
    np.testing.assert_array_equal(tint["z"], [[21844, 21845], [65534, 43690]])  # 21845 levels per class
    scale = [(round(place * tint["zmax"]), color) for place, color in tint["colorscale"]]
    assert scale[1] == (21844, LIGHT.classes[0]), "certain of class A"
    assert scale[2] == (21845, LIGHT.background), "not at all of class B"


def test_a_large_network_gets_a_coarser_map() -> None:
    model = model_of(RunConfig(dataset="moons", hidden=(1024, 1024, 1024)))
    assert decision_map(model).classes.size * len(model.state.parameters) < 1e9


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (percent(0.9761), "97.6\u202f%"),
        (percent(math.nan), "–"),
        (nats(0.0812), "0.081"),
        (nats(2.5e34), "2e+34"),
        (rate(1e-5), "0.00001"),
        (rate(0.1 + 1e-9), "0.1"),
        (rate(100.0), "100"),
        (compact(203_456), "203\u202fk"),
        (compact(999_999), "1\u202fM"),
        (compact(1_049_600), "1.05\u202fM"),
        (compact(math.inf), "–"),
        (duration(12), "0:12"),
        (duration(59.2), "1:00"),
        (duration(7380), "2:03:00"),
    ],
)
def test_numbers_are_written_as_they_are_read(written: str, text: str) -> None:
    assert written == text
