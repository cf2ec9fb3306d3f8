"""Charts show what was measured, whatever happens."""

import json
import math
import re
import tomllib
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlp import RunConfig
from mlp.charts import DARK, LIGHT, Palette, curve_axes, curves, thinning
from mlp.charts.layout import Spec
from mlp.inspection.distributions import round_up
from mlp.text import nats, percent
from mlp.training.best import Best
from mlp.training.history import Change
from tests.histories import history
from ui.parts.component import packed

ROOT = Path(__file__).resolve().parents[2]
DIGITS = RunConfig(dataset="digits", hidden=(16,), epochs=25)
accuracy, loss = (partial(curves.learning_curves, quantity) for quantity in ("accuracy", "loss"))


def trace(chart: Spec, name: str, mode: str = "lines") -> Spec:
    """The one line of that name that is not faint."""
    found = [t for t in chart["data"] if t.get("name") == name and t["mode"].startswith(mode) and "opacity" not in t]
    assert len(found) == 1, name
    return dict(found[0])


def texts(chart: Spec) -> list[str]:
    return [re.sub("<.*?>", "", note["text"]) for note in chart["layout"]["annotations"]]


def test_curves_are_the_history() -> None:
    validation = history()["validation_accuracy"].copy()
    validation[1::2] = np.nan  # not measured there
    past = history(validation_accuracy=validation)
    chart = accuracy(past)
    np.testing.assert_allclose(trace(chart, "train")["y"], 100 * past["train_accuracy"], rtol=1e-6)
    np.testing.assert_allclose(trace(chart, "train")["x"], past["progress"], rtol=1e-6)
    np.testing.assert_allclose(trace(chart, "validation")["y"], 100 * validation[::2], rtol=1e-6)
    np.testing.assert_allclose(trace(chart, "validation")["x"], past["progress"][::2], rtol=1e-6)
    for name in ("train", "validation"):
        np.testing.assert_allclose(trace(loss(past), name)["y"], past[f"{name}_loss"], rtol=1e-6)


def test_what_a_person_cannot_see_of_the_curves_is_in_words() -> None:
    shown = history()
    train, validation = (percent(float(shown[f"{name}_accuracy"][-1])) for name in ("train", "validation"))
    for numbers in (True, False):  # also where they are written beside the chart
        summary = accuracy(shown, numbers=numbers)["layout"]["meta"]["summary"]
        assert summary == f"Accuracy: train {train}, validation {validation}."


@pytest.mark.parametrize("top", [3.7e5, 1e12, 2.9e37])
def test_the_ticks_of_a_diverged_loss_are_short(top: float) -> None:
    axis = loss(history(train_loss=np.geomspace(2.3, top, 20)))["layout"]["yaxis"]
    assert 0 < axis["tickvals"][-1] <= axis["range"][1]
    assert [float(text) for text in axis["ticktext"]] == pytest.approx(axis["tickvals"])
    assert all(len(text) <= 5 for text in axis["ticktext"])


@pytest.mark.parametrize(("x", "column"), [("epochs", "progress"), ("examples", "examples"), ("seconds", "seconds")])
def test_the_horizontal_axis_counts_what_was_chosen(x: str, column: str) -> None:
    past = history()
    change = Change(step=50, progress=6.0, examples=7182, seconds=1.25, description="learning rate 0.1 → 0.01")
    chart = accuracy(past, x=x, changes=[change])
    np.testing.assert_allclose(trace(chart, "train")["x"], past[column], rtol=1e-6)
    assert chart["layout"]["xaxis"]["range"] == [0, past[column][-1]]
    marked = next(note for note in chart["layout"]["annotations"] if note["text"] == change.description)
    assert marked["x"] == getattr(change, column)
    assert chart["layout"]["shapes"][0]["path"] == f"M{marked['x']:g},0V1"
    assert any(text.startswith(x) for text in texts(chart)), "the unit is written at the axis"


def test_the_latest_values_stand_at_the_ends_of_the_lines() -> None:
    past = history(train_accuracy=0.9889, validation_accuracy=0.9761, train_loss=0.0414, validation_loss=0.0812)
    assert texts(accuracy(past))[-2:] == ["train 98.9\u202f%", "validation 97.6\u202f%"]
    assert texts(loss(past))[-2:] == ["train 0.041", "validation 0.081"]
    for chart in (accuracy(past), loss(past)):
        ends = chart["layout"]["annotations"][-2:]
        assert [end["x"] for end in ends] == [25, 25]


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(("train", "validation"), [(0.5, 0.5), (0.5001, 0.5), (0.5, 0.5001), (1e-3, 1.0), (1e-3, 2e-3)])
def test_labels_do_not_lie_over_each_other(train: float, validation: float, log: bool) -> None:
    chart = loss(history(train_loss=train, validation_loss=validation), log=log)
    low, high = chart["layout"]["yaxis"]["range"]
    height = {}
    for text, label in zip(("train", "validation"), chart["layout"]["annotations"][-2:], strict=True):
        height[text] = curves.LEAST_HEIGHT * (label["y"] - low) / (high - low) + label["yshift"]
    assert abs(height["train"] - height["validation"]) >= curves.LABEL_GAP - 1e-6
    assert curves.EDGE - 1e-6 <= min(height.values()) <= max(height.values()) <= curves.LEAST_HEIGHT + 1e-6, (
        "nor over the axis"
    )
    assert train == validation or (height["train"] > height["validation"]) == (train > validation)


def test_where_weights_are_averaged_a_thin_line_shows_what_they_reach_without() -> None:
    past = history(validation_accuracy=0.97, unaveraged_validation_accuracy=0.95, unaveraged_validation_loss=0.3)
    chart = accuracy(past)
    assert [text for text in texts(chart) if "validation" in text or "unaveraged" in text] == [
        "validation 97.0\u202f%",
        "unaveraged 95.0\u202f%",
    ]
    thin, thick = trace(chart, "unaveraged"), trace(chart, "validation")
    np.testing.assert_allclose(thin["y"], 95, rtol=1e-6)
    assert thin["line"]["color"] == thick["line"]["color"]
    assert thin["line"]["width"] < thick["line"]["width"]
    dashes = [trace(chart, name)["line"]["dash"] for name in ("train", "validation", "unaveraged")]
    assert dashes == ["solid", curves.DASHES, "dot"]  # which differ on black-and-white paper, too
    assert "dotted: unaveraged" in chart["layout"]["meta"]["caption"]
    assert "unaveraged 0.300" in texts(loss(past))
    smoothed = accuracy(past, smoothing=0.9)["data"]
    assert [t["name"] for t in smoothed if "opacity" in t] == ["train, not smoothed", "validation, not smoothed"]


@pytest.mark.parametrize("known", [0, 10, 20])
def test_once_averaging_has_ended_there_is_one_number_of_the_validation_set(known: int) -> None:
    without = np.where(np.arange(20) < known, 0.4, np.nan)
    past = history(unaveraged_validation_loss=without, unaveraged_validation_accuracy=without)
    labels = [text for text in texts(accuracy(past)) if "unaveraged" in text]
    assert labels == {0: [], 10: ["unaveraged"], 20: ["unaveraged 40.0\u202f%"]}[known]
    assert ("dotted: unaveraged" in accuracy(past)["layout"]["meta"]["caption"]) is (known == 20)
    then = [text for text in texts(accuracy(past, step=50)) if "unaveraged 40" in text]
    assert len(then) == (known > 0)


def test_whole_training_accuracy_takes_the_place_of_the_running_mean() -> None:
    progress = np.arange(0.5, 6.1, 0.5)
    whole = np.where((progress % 1 == 0) & (progress >= 3), 0.9 + progress / 100, np.nan)
    past = history(len(progress), progress=progress, train_accuracy=0.5, evaluated_train_accuracy=whole)
    drawn = trace(accuracy(past), "train")
    np.testing.assert_allclose(drawn["x"], [0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6])
    np.testing.assert_allclose(drawn["y"], [50, 50, 50, 50, 50, 93, 94, 95, 96], rtol=1e-6)


def test_the_running_mean_returns_where_the_whole_set_is_measured_no_more() -> None:
    progress = np.arange(0.5, 6.1, 0.5)
    past = history(
        len(progress), progress=progress, train_loss=0.5, evaluated_train_loss=np.where(progress == 2, 0.25, np.nan)
    )
    np.testing.assert_allclose(curves.train_values(past, "loss")[3:], [0.25] + 8 * [0.5])


@pytest.mark.parametrize(("palette", "theme"), [(LIGHT, "light"), (DARK, "dark")])
def test_notebooks_have_the_dashboards_colors(palette: Palette, theme: str) -> None:
    colors = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"][theme]
    named = {"train": "blue", "validation": "orange", "right": "green", "wrong": "red", "quiet": "gray"}
    for meaning, color in asdict(palette).items():
        if meaning in named:
            assert color == colors[f"{named[meaning]}Color"], meaning
    assert palette.text == colors["textColor"]
    assert palette.background == colors["backgroundColor"]
    assert palette.grid == colors["dataframeBorderColor"]
    assert list(palette.classes) == colors["chartCategoricalColors"]


def test_long_runs_keep_their_shape_in_few_points() -> None:
    x = np.arange(100_000.0)
    y = np.exp(-x / 20_000)
    y[54_321] = 5  # one bad batch
    thin_x, thin_y = thinning.thin(x, y)
    assert len(thin_x) <= thinning.MOST_POINTS
    assert (thin_x[0], thin_x[-1]) == (0, 99_999)
    assert thin_y.max() == 5
    np.testing.assert_array_equal(thin_y, y[thin_x.astype(int)])


def test_smoothing_is_the_bias_corrected_moving_average() -> None:
    y = np.random.default_rng(0).random(150)
    average, expected = 0.0, []
    for count, value in enumerate(y, start=1):
        average = 0.9 * average + 0.1 * value
        expected.append(average / (1 - 0.9**count))
    _, smoothed = thinning.smooth(np.arange(150.0), y, 0.9)
    np.testing.assert_allclose(smoothed, expected, atol=1e-3)
    _, still = thinning.smooth(np.arange(5_000.0), np.full(5_000, 0.7), 0.99)
    np.testing.assert_allclose(still, 0.7)


def test_smoothing_leaves_the_raw_curve_behind_the_smooth_one() -> None:
    noisy = history(60, train_loss=np.tile([1.0, 2.0], 30))
    chart = loss(noisy, smoothing=0.9)
    faint = next(t for t in chart["data"] if t.get("name") == "train, not smoothed" and t.get("opacity", 1) < 0.5)
    np.testing.assert_allclose(faint["y"], noisy["train_loss"])
    assert np.ptp(trace(chart, "train")["y"][20:]) < 0.2
    assert "train 2.000" in texts(chart), "the label says what was measured"


def contains(vertical: Spec, values: Any) -> bool:
    low, high = vertical["range"]
    return bool(low < np.min(values) and np.max(values) < high)


def test_curves_are_seen_from_their_start() -> None:
    steep = history(200, validation_accuracy=np.linspace(0.1, 0.99, 200) ** 0.01)
    assert accuracy(steep)["layout"]["yaxis"]["range"] == [-4, 104]
    past = history(200)
    vertical = loss(past)["layout"]["yaxis"]
    assert contains(vertical, past["train_loss"])
    assert contains(vertical, 0)
    spiked = history(20, train_loss=np.r_[2.3, 1e9, np.full(18, 0.5)])
    vertical = loss(spiked)["layout"]["yaxis"]
    assert contains(vertical, 2.3)
    assert not contains(vertical, 1e4), "one spike must not flatten all else"


def test_the_end_of_the_curves_can_be_zoomed_to() -> None:
    for train, validation in ((0.99, 0.975), (0.999, 0.6), (0.1, 0.1), (1.0, 1.0), (0.92, 0.91)):
        past = history(train_accuracy=train, validation_accuracy=validation)
        vertical = accuracy(past, zoom=True)["layout"]["yaxis"]
        assert contains(vertical, [100 * train, 100 * validation])
    near_the_top = history(train_accuracy=0.99, validation_accuracy=0.985)
    assert accuracy(near_the_top, zoom=True)["layout"]["yaxis"]["range"][0] > 90, "one per cent must be seen"
    long = history(200, train_loss=np.r_[np.linspace(2.3, 0.1, 10), np.full(190, 0.1)], validation_loss=0.1)
    assert loss(long, zoom=True)["layout"]["yaxis"]["range"][1] < 0.5


def test_axes_rest_while_curves_grow() -> None:
    ends = {curve_axes.axis_end(reached, 25) for reached in np.linspace(0.01, 25, 500)}
    assert len(ends) < 20
    assert max(ends) == 25
    assert all(curve_axes.axis_end(reached, 25) >= reached for reached in np.linspace(0, 25, 500))
    assert [round_up(value) for value in (0.011, 0.2, 1.2, 42, 999)] == pytest.approx([0.015, 0.2, 1.5, 50, 1000])


def test_only_the_latest_changes_have_words() -> None:
    many = [Change(step, step / 10, step, step / 100, f"learning rate {step} → {step + 1}") for step in range(200)]
    chart = accuracy(history(), changes=many)
    words = [text for text in texts(chart) if "→" in text]
    assert words[0] == "learning rate 199 → 200"
    assert len(words) == curves.MOST_MARKER_LABELS
    assert chart["layout"]["shapes"][0]["path"].count("M") == curves.MOST_MARKERS
    everything = many[0]._replace(description=", ".join(f"setting {i} 0 → 1" for i in range(9)))
    assert "setting 0 0 → 1setting 1 0 → 1…" in texts(accuracy(history(), changes=[everything]))


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("values", [np.nan, np.inf, 0.0, 1e38, 1e300, [0.1] * 9 + [1e30]])
def test_any_numbers_make_a_chart(values: Any, log: bool) -> None:
    past = history(10, train_loss=values, validation_loss=values)
    for smoothing in (0.0, 0.99):
        chart = loss(past, log=log, smoothing=smoothing)
        low, high = chart["layout"]["yaxis"]["range"]
        assert math.isfinite(low)
        assert math.isfinite(high)
        assert low < high
        json.dumps(packed(chart), allow_nan=False)


@pytest.mark.parametrize("zoom", [False, True])
@pytest.mark.parametrize("x", ["epochs", "examples", "seconds"])
def test_a_step_that_is_looked_at_is_on_the_chart_with_its_values(x: str, zoom: bool) -> None:
    past = history(100)
    place = past[{"epochs": "progress"}.get(x, x)]
    for index in (0, 3, 50, 99):
        step = int(past["step"][index])
        for quantity, draw in (("accuracy", accuracy), ("loss", loss)):
            layout = draw(past, x=x, step=step, zoom=zoom)["layout"]
            assert layout["shapes"][-1]["x0"] == pytest.approx(place[index])
            values = [past[f"{split}_{quantity}"][index] for split in ("train", "validation")]
            assert contains(layout["yaxis"], np.array(values) * (100 if quantity == "accuracy" else 1))
            written = [text for text in texts({"layout": layout}) if re.search(r"\d", text)]
            assert len(written) == 2, "one number of each curve"
            for text, value in zip(written, values, strict=True):
                assert text.endswith(percent(value) if quantity == "accuracy" else nats(value))
            assert draw(past, x=x)["layout"]["shapes"] == []


@pytest.mark.parametrize(
    ("row", "axis", "where"),
    [
        (0, 1, "bottom right"),
        (10, 1, "bottom center"),
        (19, 1, "bottom left"),
        (19, 2, "bottom left"),  # the curves' labels are in the middle of the chart
        (19, 20, None),  # there is no room between the axis and the labels
    ],
)
def test_the_best_is_named_within_the_chart_and_beside_the_curves_labels(row: int, axis: int, where: str) -> None:
    then = history()
    end = axis * float(then["progress"][-1])
    chart = accuracy(then, end=end, best=Best(int(then["step"][row]), row, 0.9, 0.1))
    (mark,) = (drawn for drawn in chart["data"] if drawn.get("name") == "best")
    assert mark.get("textposition") == where


@pytest.mark.parametrize(("reached", "edge"), [(0.1, "top"), (0.9, "bottom")])
def test_the_words_of_changes_are_far_from_the_curves_labels(reached: float, edge: str) -> None:
    change = Change(5, 3.0, 50, 0.5, "learning rate 0.1 → 1")
    chart = accuracy(history(train_accuracy=reached, validation_accuracy=reached), changes=[change, change], end=6.0)
    words = [note for note in chart["layout"]["annotations"] if note.get("name") == "change"]
    assert [note["yanchor"] for note in words] == [edge, edge]
    assert [note["y"] for note in words] == [edge == "top"] * 2
    assert abs(words[1]["yshift"]) > abs(words[0]["yshift"])
