"""Charts of a search show its trials as they were, and which is the best."""

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from mlp import RunConfig
from mlp.charts import search as charts
from mlp.charts.layout import Spec
from mlp.charts.relations import SHADES, parallel
from mlp.search.plan import SearchPlan
from mlp.search.space import read_space
from mlp.search.trial import PARTS, Outcome, Trial
from tests.stored_runs import run_record
from ui.parts.component import packed

BASE = RunConfig(dataset="digits", hidden=(16,), epochs=4)
SPACE = read_space({"learning_rate": "0.001..1:log", "hidden": "8..64x1..2", "optimizer": "sgd,adam"})
PLAN = SearchPlan(BASE, SPACE)


def trial(
    number: int, top: float, outcome: Outcome = Outcome.COMPLETE, ended: float | None = None, **tried: Any
) -> Trial:
    """A trial that reaches `top` in three steps; the trials end in the order of their numbers unless `ended` says."""
    config = replace(BASE, learning_rate=10.0 ** -(number % 4), **tried)
    values = {1: top / 2, 2: 0.9 * top, 3: top}
    over = math.nan if outcome is Outcome.RUNNING else 10.0 * number if ended is None else ended
    return Trial(number, config, f"run{number}", outcome, top, values, 1.5, over)


TRIALS = [
    trial(1, 0.80, ended=12.0),
    trial(2, 0.60, Outcome.PRUNED, ended=9.0, hidden=(8, 8)),
    trial(3, 0.90, optimizer="adam"),
    trial(4, math.nan, Outcome.DIVERGED),
    trial(5, 0.85, Outcome.CUT),
    trial(6, 0.95, Outcome.RUNNING),
]


def named(chart: Spec, name: str) -> Spec:
    (found,) = [drawn for drawn in chart["data"] if drawn.get("name") == name]
    return dict(found)


def test_the_best_so_far_rises_with_the_trials_that_could_be_the_best_in_the_order_in_which_they_ended() -> None:
    chart = charts.progress(PLAN, TRIALS)
    line = named(chart, "best so far")
    assert line["x"] == [2, 3, 5]  # trials 1 and 3, and on to the end
    assert line["y"] == pytest.approx([80, 90, 90])
    assert named(chart, "pruned")["x"] == [1]
    assert named(chart, "to the end")["x"] == [2, 3, 5]
    assert named(chart, "to the end")["y"] == pytest.approx([80, 90, 85])
    assert "90.00\u202f% in trial 3, of 5 trials" in chart["layout"]["meta"]["summary"]
    assert named(charts.progress(PLAN, TRIALS, "time"), "best so far")["x"] == [12, 30, 50]
    later = [replace(each, ended=60 * each.ended) for each in TRIALS]
    slow = charts.progress(PLAN, later, "time")
    assert named(slow, "best so far")["x"] == [12, 30, 50]
    assert slow["layout"]["xaxis"]["title"]["text"] == "minutes"
    assert named(chart, "pruned")["text"] == [
        "Trial 2: 60.00\u202f%<br>Learning rate 0.01<br>Hidden layers 8–8<br>Optimizer SGD"
    ]


def test_the_lowest_loss_is_the_best() -> None:
    losses = replace(PLAN, measure="loss")
    chart = charts.progress(losses, TRIALS)
    assert named(chart, "best so far")["y"] == [0.8, 0.8]
    assert "0.8 in trial 1" in chart["layout"]["meta"]["summary"]


def test_every_trial_is_drawn_those_that_were_pruned_faintly_and_the_best_by_itself() -> None:
    chart = charts.curves(PLAN, TRIALS)
    assert [drawn["name"] for drawn in chart["data"]] == ["pruned", "to the end", "in training", "best: trial 3"]
    assert named(chart, "pruned")["opacity"] < named(chart, "to the end")["opacity"]
    lines = named(chart, "to the end")
    np.testing.assert_array_equal(lines["x"], np.array([1, 2, 3, np.nan] * 2, np.float32))
    np.testing.assert_allclose(lines["y"][:3], [40, 72, 80])
    np.testing.assert_allclose(named(chart, "best: trial 3")["y"], [45, 81, 90])
    timed = charts.curves(replace(PLAN, seconds=2.0 * PARTS), TRIALS)
    np.testing.assert_array_equal(named(timed, "best: trial 3")["x"], [2, 4, 6])


def test_of_trials_that_ended_together_the_best_is_drawn_as_the_best() -> None:
    tied = [trial(1, 0.8, Outcome.CUT, ended=9.0), trial(2, 0.9, Outcome.CUT, ended=9.0), *TRIALS[:1]]
    chart = charts.curves(PLAN, tied)
    assert named(chart, "best: trial 2")["y"][-1] == pytest.approx(90)
    assert "the best is trial 2, 90.00\u202f%" in chart["layout"]["meta"]["summary"]
    assert charts.progress(PLAN, tied)["layout"]["meta"]["summary"].startswith("Validation accuracy over trials: 90.00")


def test_the_csv_of_a_chart_says_which_trial_each_point_is_of() -> None:
    chart = charts.curves(PLAN, TRIALS)
    assert named(chart, "to the end")["meta"]["trial"].tolist() == [1] * 4 + [5] * 4  # three points and a gap each
    assert named(chart, "best: trial 3")["meta"]["trial"] == [3] * 3
    optimizers = named(charts.against(PLAN, TRIALS, "optimizer"), "to the end")
    assert optimizers["meta"] == {"trial": [1, 3, 5], "x": ["SGD", "Adam", "SGD"]}


def test_a_trial_that_was_measured_once_is_a_dot() -> None:
    once = [replace(each, values={1: each.value}) for each in TRIALS]
    drawn = charts.curves(PLAN, [*TRIALS[:1], *once[1:3]])["data"]
    assert [(each.get("name"), each["mode"], np.isfinite(each["x"]).sum()) for each in drawn] == [
        ("pruned", "lines", 1),
        (None, "markers", 1),  # which has nothing new for the CSV
        ("to the end", "lines", 3),
        ("best: trial 3", "markers", 1),
    ]


def test_what_is_sent_does_not_grow_with_the_trials() -> None:
    long = dict.fromkeys(range(1, 1001), 0.5)
    many = [replace(trial(number, 0.5), values=long) for number in range(1, 501)]
    assert sum(len(drawn["x"]) for drawn in charts.curves(PLAN, many)["data"]) < 2 * charts.MOST_POINTS


@pytest.mark.parametrize(
    ("name", "x", "axis"),
    [
        ("learning_rate", [0.1, 0.001, 0.1], {"type": "log"}),
        ("hidden", [16, 16, 16], {}),
        ("optimizer", [0, 1, 0], {"ticktext": ["SGD", "Adam"]}),
    ],
)
def test_a_setting_is_drawn_against_the_result_as_its_range_is(name: str, x: list[float], axis: Spec) -> None:
    chart = charts.against(PLAN, TRIALS, name)
    assert named(chart, "to the end")["x"] == pytest.approx(x)
    assert chart["layout"]["xaxis"].items() >= axis.items()
    assert ("type" in chart["layout"]["xaxis"]) is (name == "learning_rate")


def test_a_share_is_drawn_in_percent() -> None:
    plan = SearchPlan(BASE, read_space({"dropout": "0..0.5", "momentum": "0.5..0.9"}))
    formats = [charts.against(plan, TRIALS, name)["layout"]["xaxis"]["tickformat"] for name in plan.space.names]
    assert formats == [",~%", ",~r"]


def test_trials_and_epochs_are_counted_in_whole_numbers() -> None:
    few = charts.progress(PLAN, TRIALS)["layout"]
    assert "showticklabels" not in few["yaxis"]
    assert few["xaxis"]["dtick"] == charts.curves(PLAN, TRIALS)["layout"]["xaxis"]["dtick"] == 1
    many = [trial(number, 0.5) for number in range(1, 40)]
    assert "dtick" not in charts.progress(PLAN, many)["layout"]["xaxis"]
    assert "dtick" not in charts.progress(PLAN, TRIALS, "time")["layout"]["xaxis"]


def test_an_axis_has_numbers_once_there_is_something_on_it() -> None:
    fresh = [Trial(1, BASE, "run1", Outcome.RUNNING, math.nan, {}, 0.0, math.nan)]
    for chart in (charts.progress(PLAN, fresh), charts.curves(PLAN, fresh), charts.against(PLAN, fresh, "hidden")):
        assert chart["layout"]["yaxis"].items() >= charts.BLANK.items()
    for chart in (charts.curves(PLAN, fresh), charts.against(PLAN, fresh, "learning_rate")):
        assert chart["layout"]["xaxis"].items() >= charts.BLANK.items()
    # One that was pruned before any was the best is seen, too.
    for chart in (charts.progress(PLAN, TRIALS[1:2]), charts.curves(PLAN, TRIALS[5:])):
        assert not chart["layout"]["yaxis"].keys() & charts.BLANK.keys()


def test_far_worse_trials_do_not_flatten_the_others_and_the_chart_counts_them() -> None:
    good = [trial(number, 0.9 + number / 100) for number in range(1, 7)]
    chart = charts.progress(PLAN, [*good, trial(7, 0.1), trial(8, 0.11)])
    low, high = chart["layout"]["yaxis"]["range"]
    assert 80 < low < 91
    assert 96 < high < 100
    assert "2 far below not shown" in chart["layout"]["meta"]["caption"]
    over_rate = charts.against(PLAN, [*good, trial(7, 0.1), trial(8, 0.11)], "learning_rate")
    assert over_rate["layout"]["meta"]["caption"] == "2 far below not shown"
    assert "range" not in charts.progress(PLAN, good)["layout"]["yaxis"]
    loss = charts.progress(replace(PLAN, measure="loss"), [*good, trial(7, 50.0)])
    assert loss["layout"]["yaxis"]["range"][1] < 1.2
    assert "1 far above" in loss["layout"]["meta"]["caption"]


def test_importance_names_settings_and_parts_of_the_hidden_layers_the_largest_first() -> None:
    chart = charts.importance({"learning_rate": 0.2, "hidden units": 0.7, "hidden layers": 0.1})
    (bars,) = chart["data"]
    assert bars["text"] == ["Units per hidden layer", "Learning rate", "Number of hidden layers"]
    np.testing.assert_allclose(bars["x"], [70, 20, 10])
    assert "Units per hidden layer 70 %, Learning rate 20 %" in chart["layout"]["meta"]["summary"]


def test_lines_are_the_stronger_the_better_their_result() -> None:
    runs = [
        run_record(replace(BASE, learning_rate=rate), id=str(rate), best_validation_score=rate, validation_loss=rate)
        for rate in np.linspace(0.1, 0.9, 10).round(2).tolist()
    ]

    def shades(result: str) -> list[float]:
        """The learning rate of the first run of each shade, the faintest first."""
        drawn = parallel(runs, ["learning_rate", result], shade_by=result)["data"]
        assert [each["opacity"] for each in drawn] == sorted(each["opacity"] for each in drawn)
        return [float(each["meta"]["run"][0]) for each in drawn]

    best = shades("best_validation_accuracy")
    assert len(best) == SHADES
    assert best == sorted(best)
    assert shades("validation_loss") == [0.9, 0.72, 0.54, 0.37, 0.19]


@pytest.mark.parametrize("trials", [[], TRIALS, TRIALS[3:4], TRIALS[5:]])
def test_plotly_accepts_every_chart_of_any_trials(trials: list[Trial]) -> None:
    drawn = [charts.progress(PLAN, trials, over) for over in charts.OVER]
    drawn += [charts.curves(PLAN, trials), charts.importance({})]
    drawn += [charts.against(PLAN, trials, name) for name in SPACE.names]
    check = replace(PLAN, space=replace(SPACE, ranges=()), given=(BASE, replace(BASE, seed=7)))
    drawn += [charts.progress(check, trials), charts.curves(check, trials)]
    for chart in drawn:
        go.Figure(chart)
        json.dumps(packed(chart), allow_nan=False)
