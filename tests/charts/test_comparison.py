"""Comparison charts: every run is recognizable, and what is drawn is what was measured."""

import json
import math
import re
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from mlp import RunConfig
from mlp.charts.comparison import DASHES, KEY_GAP, PLOT_HEIGHT, compared_curves
from mlp.charts.curve_axes import spread_out
from mlp.charts.distributions import compared_weights
from mlp.charts.layout import Spec
from mlp.charts.palette import DARK, LIGHT
from mlp.charts.relations import parallel, scale_of, scatter
from mlp.comparison.groups import MOST_COMPARED, RESULTS, Group, Spread, by_settings, one_by_one
from mlp.config import SETTINGS
from mlp.datasets import REGRESSION, Recipe
from mlp.inspection.distributions import weight_histograms
from mlp.inspection.regression import TargetScale
from mlp.store import RunRecord
from tests.histories import history
from tests.models import model_of, with_parameters
from tests.stored_runs import run_record

DIGITS = RunConfig(dataset="digits", hidden=(16,))
compared_accuracy, compared_loss = (partial(compared_curves, quantity) for quantity in ("accuracy", "loss"))
ADAM = replace(DIGITS, optimizer="adam", learning_rate=0.001)


def several(*configs: RunConfig) -> list[RunRecord]:
    return [run_record(config, id=f"run{index}") for index, config in enumerate(configs)]


def drawn(chart: Spec) -> list[Spec]:
    """The lines of a chart of curves, without bands and end points."""
    return [trace for trace in chart["data"] if trace.get("showlegend")]


def key(chart: Spec) -> list[str]:
    """The names right of a chart, from top to bottom."""
    notes = [note for note in chart["layout"]["annotations"] if note.get("name") == "key"]
    return [re.sub("<.*?>", "", note["text"]) for note in sorted(notes, key=lambda note: -note["y"])]


# ── Curves ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_run_is_a_line_as_it_was_measured() -> None:
    runs = several(DIGITS, ADAM)
    histories = {"run0": history(top=0.9), "run1": history(top=0.97)}
    accuracy = compared_accuracy(one_by_one(runs), histories)
    for line, past in zip(drawn(accuracy), histories.values(), strict=True):
        np.testing.assert_allclose(line["x"], past["progress"], rtol=1e-6)
        np.testing.assert_allclose(line["y"], 100 * past["validation_accuracy"], rtol=1e-6)
    assert key(accuracy) == ["97.0\u202f%  Adam 0.001", "90.0\u202f%  SGD 0.1"]
    loss = compared_loss(one_by_one(runs), histories, part="training", x="seconds")
    np.testing.assert_allclose(drawn(loss)[0]["y"], histories["run0"]["train_loss"], rtol=1e-6)
    np.testing.assert_allclose(drawn(loss)[0]["x"], histories["run0"]["seconds"], rtol=1e-6)
    assert "Training loss" in loss["layout"]["title"]["text"]


def test_a_run_has_reached_the_same_value_whatever_its_curve_is_drawn_over() -> None:
    runs = several(DIGITS, replace(DIGITS, seed=1))
    slow = history(top=0.94, seconds=np.linspace(0, 100, 20))
    histories = {"run0": history(top=0.90), "run1": slow}
    for x in ("epochs", "examples", "seconds"):
        assert key(compared_accuracy(by_settings(runs), histories, x=x)) == ["92.0\u202f%  16 units · SGD 0.1"]


def test_curves_of_regressions_follow_from_the_loss_beside_those_of_other_runs() -> None:
    numbers = [run_record(replace(DIGITS, seed=seed), id=f"number{seed}", task=REGRESSION) for seed in (0, 1)]
    groups = one_by_one([*several(DIGITS), *numbers])
    past = history(validation_loss=np.linspace(0.5, 0.125, 20))
    histories = {run.id: past for group in groups for run in group.runs}
    targets = {"number0": {"validation": TargetScale(variance=0.5, unit=20)}}  # the other's data is not there
    shown = {
        quantity: compared_curves(quantity, groups, histories, targets=targets)
        for quantity in ("accuracy", "r_squared", "rmse")
    }
    np.testing.assert_allclose(drawn(shown["accuracy"])[0]["y"], 100 * past["validation_accuracy"], rtol=1e-6)
    (line,) = drawn(shown["r_squared"])
    np.testing.assert_allclose(line["y"], 1 - 2 * past["validation_loss"] / 0.5, atol=1e-6)
    assert line["line"]["dash"] == DASHES[1], "a run looks the same in all charts"
    (line,) = drawn(shown["rmse"])
    np.testing.assert_allclose(line["y"], 20 * np.sqrt(2 * past["validation_loss"]), rtol=1e-6)
    titles = [chart["layout"]["title"]["text"] for chart in shown.values()]
    assert [re.sub(" *<.*", "", title) for title in titles] == [
        "Validation accuracy",
        "Validation R² (1 is exact)",
        "Validation RMSE (lower is better)",
    ]


def test_errors_of_runs_on_different_data_are_not_drawn_as_if_they_had_one_unit() -> None:
    names = [Recipe(shape, task=REGRESSION).name for shape in ("waves", "hills")]
    first, second = (run_record(RunConfig(dataset=name, hidden=(4,)), id=name) for name in names)
    past = history(validation_loss=np.linspace(0.5, 0.125, 20))
    histories, scale = {run.id: past for run in (first, second)}, {"validation": TargetScale(0.5, 20)}
    for runs, quantity, expected in (
        ([first, second], "rmse", True),
        ([first, second], "r_squared", False),
        ([first], "rmse", False),
    ):
        targets = {run.id: scale for run in runs}
        chart = compared_curves(quantity, one_by_one(runs), histories, targets=targets)
        assert (chart["layout"]["meta"]["caption"] == "each in the unit of its target") is expected


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_as_many_lines_as_can_be_selected_differ_in_color_or_dashes(palette: Any) -> None:
    runs = several(*(replace(DIGITS, seed=seed) for seed in range(MOST_COMPARED)))
    chart = compared_accuracy(one_by_one(runs), {run.id: history() for run in runs}, palette=palette)
    styles = [(line["line"]["color"], line["line"]["dash"]) for line in drawn(chart)]
    assert len(set(styles)) == MOST_COMPARED
    assert len({color for color, _ in styles}) == 10
    for one, other in pairwise(styles):  # neighbors differ in both
        assert one[0] != other[0]
        assert one[1] != other[1]
    # The key shows a piece of each line in its style.
    pieces = [shape["line"] for shape in chart["layout"]["shapes"] if shape.get("name") == "key"]
    assert [(piece["color"], piece["dash"]) for piece in pieces] == styles
    assert set(DASHES) == {dash for _, dash in styles}


def test_a_long_name_takes_two_lines_in_the_key() -> None:
    runs = several(*(replace(DIGITS, learning_rate=rate, batch_size=128) for rate in (0.01, 0.3)), DIGITS)
    chart = compared_accuracy(one_by_one(runs), {run.id: history() for run in runs})
    names = [line["name"] for line in drawn(chart)]
    assert names[0].replace("\u00a0", " ") == "learning rate 0.01 ·<br>batch size 128"
    assert chart["layout"]["margin"]["r"] < 300


def test_names_in_the_key_never_overlap() -> None:
    gap = KEY_GAP / PLOT_HEIGHT
    rng = np.random.default_rng(0)
    for count in range(1, MOST_COMPARED + 1):
        for heights in (rng.random(count), np.full(count, 0.97), np.zeros(count), 0.9 + rng.random(count) / 50):
            placed = spread_out(list(heights), gap)
            order = np.argsort(-heights, kind="stable")
            assert all(placed[a] - placed[b] >= gap - 1e-9 for a, b in pairwise(order))
            assert max(placed) <= 1 + 1e-9
            assert min(placed) >= -1e-9
    assert spread_out([0.2, 0.8], gap) == pytest.approx([0.2, 0.8])  # what is apart stays


def test_seeds_are_a_mean_in_a_band_that_says_what_it_is() -> None:
    runs = several(DIGITS, replace(DIGITS, seed=1), ADAM)
    histories = {"run0": history(top=0.90), "run1": history(top=0.94), "run2": history(top=0.97)}
    spreads: tuple[Spread, ...] = ("min–max", "± standard deviation")
    for spread, low in zip(spreads, (90, 92 - 2 * math.sqrt(2)), strict=True):
        chart = compared_accuracy(by_settings(runs), histories, spread=spread)
        mean = drawn(chart)[0]
        assert mean["y"][-1] == pytest.approx(92, abs=0.01)
        (area,) = [trace for trace in chart["data"] if trace.get("fill") == "toself"]
        assert min(area["y"][area["x"] == 25]) == pytest.approx(low, abs=0.01)
        assert spread in chart["layout"]["meta"]["caption"]
        assert mean["meta"]["low"][-1] == pytest.approx(low, abs=0.01)  # for the CSV, which has no other series
        assert len(mean["meta"]["high"]) == len(mean["y"])
        assert [trace["name"] for trace in chart["data"] if "name" in trace] == ["SGD 0.1", "Adam 0.001"]
        assert key(chart) == ["97.0\u202f%  Adam 0.001", "92.0\u202f%  SGD 0.1"]


def test_smoothing_calms_a_line_and_leaves_what_it_reached() -> None:
    noise = np.random.default_rng(0).normal(0, 0.05, 30)
    shaky = {"run0": history(30, validation_accuracy=history(30)["validation_accuracy"] + noise)}
    groups = one_by_one(several(DIGITS))
    plain, smooth = (drawn(compared_accuracy(groups, shaky, smoothing=share))[0]["y"] for share in (0, 0.9))
    assert np.abs(np.diff(smooth)).mean() < 0.5 * np.abs(np.diff(plain)).mean()
    assert key(compared_accuracy(groups, shaky, smoothing=0.9)) == key(compared_accuracy(groups, shaky))


def test_one_run_that_diverges_does_not_flatten_the_others_and_the_end_can_be_zoomed_to() -> None:
    groups, wild = one_by_one(several(DIGITS, ADAM)), history(validation_loss=np.geomspace(2.3, 1e6, 20))
    histories = {"run0": history(), "run1": wild}
    whole, end = (compared_loss(groups, histories, zoom=zoom)["layout"]["yaxis"]["range"][1] for zoom in (False, True))
    assert end < history()["validation_loss"].max() < whole < 5
    assert compared_accuracy(groups, histories, zoom=True)["layout"]["yaxis"]["range"][0] > 50


def test_a_run_that_has_not_been_measured_keeps_its_color_for_later() -> None:
    runs = several(DIGITS, ADAM, replace(DIGITS, optimizer="momentum"))
    histories = {"run0": history(0), "run1": history(), "run2": history()}
    chart = compared_accuracy(one_by_one(runs), histories)
    assert [line["line"]["color"] for line in drawn(chart)] == list(LIGHT.classes[1:3])
    nothing = compared_accuracy(one_by_one(runs[:1]), histories)
    assert nothing["data"] == []
    assert "nothing measured" in nothing["layout"]["meta"]["summary"]


def test_a_name_is_shown_as_it_is() -> None:
    group = Group("<b>a & b</b>", (run_record(DIGITS, id="run0"),))
    chart = compared_accuracy([group], {"run0": history()})
    (note,) = [note for note in chart["layout"]["annotations"] if note.get("name") == "key"]
    assert "&lt;b&gt;a &amp; b" in note["text"]


def test_long_runs_stay_light() -> None:
    runs = several(*(replace(DIGITS, seed=seed) for seed in range(MOST_COMPARED)))
    chart = compared_accuracy(one_by_one(runs), {run.id: history(reports=20_000) for run in runs})
    assert max(len(line["x"]) for line in drawn(chart)) <= 300


# ── Settings against results ──────────────────────────────────────────────────────────────────────────────────────


def test_parallel_coordinates_put_each_run_at_its_own_values() -> None:
    runs = several(DIGITS, replace(ADAM, hidden=(100, 200)), replace(DIGITS, hidden=()))
    runs = [replace(run, best_validation_score=share) for run, share in zip(runs, (0.8, 1.0, 0.9), strict=True)]
    groups = one_by_one(runs[:2])
    chart = parallel(runs, ["hidden", "optimizer", "best_validation_accuracy"], groups)
    quiet, *chosen = chart["data"]
    assert [trace["name"] for trace in chosen] == [group.label for group in groups]
    assert chosen[0]["y"] == pytest.approx([0.5, 1, 0])
    assert chosen[1]["y"] == pytest.approx([1, 0, 1])
    np.testing.assert_allclose(quiet["y"][[0, 2]], [0, 0.5])
    labels = ["Hidden layers", "Optimizer", "Best validation accuracy (%)"]
    assert chosen[1]["meta"] == {"run": [runs[1].id] * 3, "x": labels, "y": ["100–200", "Adam", 100.0]}
    assert quiet["meta"]["y"] == ["none", "SGD", 90.0]
    words = [note["text"] for note in chart["layout"]["annotations"]]
    assert [word for word in words if word in ("none", "16", "100–200")] == ["none", "16", "100–200"]
    assert "SGD" in words
    assert "Adam" in words


def test_labels_within_a_sentence_keep_the_capitals_of_symbols() -> None:
    runs = several(replace(DIGITS, l2=0.1), DIGITS)
    result = "best_validation_r_squared"
    drawn = str(parallel(runs, ["l2", result], shade_by=result)["layout"])
    assert "one line per run; the stronger, the better its best validation R²" in drawn
    assert scatter(runs, "l2", "seconds")["layout"]["title"]["text"] == "Time (s) over L2 penalty"


def test_scatter_puts_a_result_over_a_setting() -> None:
    runs = several(*(replace(DIGITS, learning_rate=rate) for rate in (0.1, 0.01, 1.0)))
    runs = [replace(run, validation_score=share) for run, share in zip(runs, (0.9, 0.8, math.nan), strict=True)]
    chart = scatter(runs, "learning_rate", "validation_accuracy", one_by_one(runs[:1]))
    quiet, chosen = chart["data"]
    assert (chosen["y"], quiet["y"]) == ([90.0], [80.0]), "what was not measured is left out"
    ticks = dict(zip(chart["layout"]["xaxis"]["tickvals"], chart["layout"]["xaxis"]["ticktext"], strict=True))
    assert (ticks[chosen["x"][0]], ticks[quiet["x"][0]]) == ("0.1", "0.01")
    assert (chosen["meta"]["x"], quiet["meta"]["x"]) == ([0.1], [0.01])
    assert chart["layout"]["yaxis"]["title"]["text"] == "Final validation accuracy (%)"


def test_networks_are_ordered_by_their_size() -> None:
    runs = several(replace(DIGITS, hidden=(100,)), replace(DIGITS, hidden=(50, 50, 50)), replace(DIGITS, hidden=()))
    chart = scatter(runs, "hidden", "seconds")
    assert chart["layout"]["xaxis"]["ticktext"] == ["none", "100", "50–50–50"]


def test_dropouts_of_the_layers_are_one_value_among_others() -> None:
    runs = several(*(replace(DIGITS, hidden=(9, 8), dropout=dropout) for dropout in (0.5, (0.1, 0.2), 0.0)))
    chart = scatter(runs, "dropout", "seconds")
    assert chart["layout"]["xaxis"]["ticktext"] == ["0\u202f%", "10\u202f%–20\u202f%", "50\u202f%"]
    assert chart["data"][0]["meta"]["x"] == [0.5, "10\u202f%–20\u202f%", 0.0]


@pytest.mark.parametrize("many", [3, 9])
def test_an_axis_has_shares_in_percent_however_many_values_there_are(many: int) -> None:
    runs = several(*(replace(DIGITS, input_dropout=n / 20) for n in range(many)))
    marks = [text for _, text in scale_of([run.config.input_dropout for run in runs], "input_dropout").marks]
    assert marks == ["0\u202f%", f"{5 * (many - 1) / 2:g}\u202f%", f"{5 * (many - 1)}\u202f%"]
    assert scatter(runs, "input_dropout", "seconds")["layout"]["xaxis"]["tickformat"] == ",~%"
    assert scatter(runs, "momentum", "seconds")["layout"]["xaxis"]["tickformat"] == ",~r"


@pytest.mark.parametrize("result", RESULTS)
def test_any_setting_can_be_set_against_any_result(result: str) -> None:
    configs = [
        replace(DIGITS, learning_rate=0.001 * 2**n, hidden=(n + 1,), batch_size=n + 1, dropout=n / 100)
        for n in range(12)
    ]
    runs = [
        replace(run, validation_loss=math.nan, seconds=0.0 if index else 9.0)
        for index, run in enumerate(several(*configs, RunConfig(dataset="moons", dropout=(0.05, 0.5))))
    ]
    for name in (*SETTINGS, *RESULTS):
        go.Figure(scatter(runs, name, result, one_by_one(runs[:3])))
        go.Figure(parallel(runs, [name, result], one_by_one(runs[:3])))


# ── Weights ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_weights_side_by_side_share_one_scale_a_layer() -> None:
    networks = []
    for model in (model_of(DIGITS), model_of(replace(DIGITS, hidden=(64, 32)))):
        grown = with_parameters(model, 2 * model.state.parameters)
        networks.append((f"{model.config.hidden}", weight_histograms(grown, model.state)))
    chart = compared_weights(networks)
    go.Figure(chart)  # Plotly takes it
    layout = chart["layout"]
    assert len(chart["data"]) == 2 * (2 + 3)
    assert layout["xaxis"]["range"] == layout["xaxis4"]["range"]
    assert layout["xaxis"]["domain"] == layout["xaxis4"]["domain"]
    assert layout["yaxis"]["range"] == layout["yaxis4"]["range"]
    assert layout["yaxis"]["domain"][0] > layout["yaxis4"]["domain"][1]
    for trace in chart["data"]:  # each is a density: its area is one, whatever its bins
        assert trace["y"].sum() * trace["dx"] == pytest.approx(1, abs=1e-4)


# ── All of them ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_plotly_takes_every_chart_and_json_carries_it() -> None:
    runs = several(DIGITS, replace(DIGITS, seed=1), ADAM)
    histories = {run.id: history() for run in runs}
    groups = by_settings(runs)
    for chart in (
        compared_accuracy(groups, histories),
        compared_loss(groups, histories, log=True),
        parallel(runs, ["seed", "seconds"], groups),
        scatter(runs, "seed", "seconds", groups),
    ):
        go.Figure(chart)
        json.dumps(chart, allow_nan=False, default=lambda array: array.dtype.str)
        assert chart["layout"]["meta"]["summary"]
