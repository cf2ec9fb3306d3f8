"""The live panel shows how a run is doing, in a few kilobytes, whatever happens."""

import base64
import json
import math
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_wine

from mlp import RunConfig, load_dataset
from mlp.charts import curves
from mlp.charts.layout import shortened
from mlp.datasets import DATASETS, REGRESSION, Recipe, roots
from mlp.engine import RunView, Status
from mlp.inspection import predictions
from mlp.inspection.predictions import sample_rows
from mlp.inspection.regression import target_scales
from mlp.inspection.units import first_layer_images
from mlp.machine import Machine
from mlp.text import UNKNOWN
from mlp.training import TrainingState
from mlp.training.history import COLUMNS, Change
from mlp.training.monitor import Monitor
from tests.datasets.own.made import Arrays, people, store_people
from tests.histories import history
from tests.models import model_of, with_parameters
from tests.tables import table, trained
from ui.parts import wording
from ui.parts.view_options import ViewOptions
from ui.parts.wording import STATUS_WORDS
from ui.train import live
from ui.train.live import content

ROOT = Path(__file__).resolve().parents[3]
DIGITS = RunConfig(dataset="digits", hidden=(16,), epochs=25)
POINTS = [name for name, info in DATASETS.items() if info.kind == "points"]
LIMIT = 60_000  # bytes per tick


def view_of(config: RunConfig = DIGITS, state: TrainingState | None = None, **fields: Any) -> RunView:
    """A moment of a run."""
    model = model_of(config)
    usual: dict[str, Any] = {
        "status": Status.RUNNING,
        "model": replace(model, state=state or model.state),
        "initial": model.state,
        "history": history(0),
        "changes": (),
        "samples_per_second": math.nan,
        "seconds_left": math.nan,
        "message": "",
    }
    return RunView(**(usual | fields))


def shown(view: RunView, options: ViewOptions | None = None) -> Any:
    """The panel's content after a trip through JSON, which has no NaN."""
    values = content(view, options or ViewOptions())
    return json.loads(json.dumps(values, allow_nan=False))


def unpacked(packed: dict[str, str]) -> np.ndarray:
    values = np.frombuffer(base64.b64decode(packed["bdata"]), f"<{packed['dtype']}")
    shape = packed.get("shape")
    return values.reshape([int(length) for length in shape.split(",")]) if shape else values


def test_running_and_measured_figures_are_told_apart() -> None:
    for whole, running in ((np.nan, True), (0.25, False)):
        past = history(evaluated_train_loss=whole, evaluated_train_accuracy=whole)
        assert curves.last_is_running(past) is running
        assert ("running mean" in curves.learning_curves("accuracy", past)["layout"]["meta"]["caption"]) is running
        assert shown(view_of(history=past))["status"]["running"] is running


@pytest.mark.parametrize("name", POINTS)
def test_points_have_a_decision_map_that_tells_the_truth(name: str) -> None:
    model = model_of(RunConfig(dataset=name, hidden=(8,), activation="tanh"))
    data = model.dataset
    panel = shown(view_of(model.config, history=history(5)))
    assert panel["predictions"] is None
    assert panel["firstLayer"] is None
    plane, *points = panel["charts"]["decisions"]["data"]
    assert [t["name"] for t in points] == [*data.info.class_names, "wrong"]

    answers = model.logits(data.validation.inputs).argmax(axis=1)
    wrong = data.validation.inputs[answers != data.validation.labels]
    np.testing.assert_allclose(unpacked(points[-1]["x"]), wrong[:, 0])
    for index, drawn in enumerate(points[:-1]):
        np.testing.assert_allclose(unpacked(drawn["y"]), data.validation.inputs[data.validation.labels == index][:, 1])
    caption = panel["charts"]["decisions"]["layout"]["meta"]["caption"]
    assert caption == f"{200 - len(wrong)} of 200 correct"

    levels = 65535 // data.info.classes
    node = np.array([[unpacked(plane["x"])[30], unpacked(plane["y"])[5]]])
    assert unpacked(plane["z"])[5, 30] // levels == model.logits(node).argmax()


def test_a_regression_has_curves_of_r_squared_and_its_predictions_against_the_truth() -> None:
    config = RunConfig(dataset=Recipe("slope", task=REGRESSION).name, hidden=(8,))
    past = history(train_loss=0.02, validation_loss=0.01)
    panel = shown(view_of(config, history=past))
    titles = {name: chart["layout"]["title"]["text"] for name, chart in panel["charts"].items()}
    assert titles == {
        "accuracy": "R² (1 is exact)",
        "loss": "RMSE (lower is better)",
        "weights": "Weights of each layer",
        "fit": "Predicted against true",
    }
    targets, numbers = target_scales(load_dataset(config.dataset)), panel["status"]["numbers"]
    assert panel["status"]["regression"]
    assert numbers["validation"] == f"{1 - 0.02 / targets['validation'].variance:.3f}"
    assert numbers["train"] == f"{1 - 0.04 / targets['train'].variance:.3f}"
    assert numbers["train loss"] == "0.2"
    for name, chart in (("validation", "accuracy"), ("train", "accuracy"), ("train loss", "loss")):
        ends = [note["text"] for note in panel["charts"][chart]["layout"]["annotations"]]
        assert f"<b>{name.partition(' ')[0]} {numbers[name]}</b>" in ends, "one number for a quantity"
    assert set(shown(view_of(config, history=history(0)))["status"]["numbers"].values()) >= {UNKNOWN}


def test_a_table_has_no_decision_map() -> None:
    model = trained(RunConfig(hidden=(8,)), table(load_wine), 5)
    panel = shown(view_of(model=model, initial=model.state, history=history(5)))
    assert set(panel["charts"]) == {"accuracy", "loss", "weights"}
    assert panel["predictions"] is None
    assert panel["firstLayer"] is None


def test_a_table_shows_rows_with_their_own_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roots, "PROGRAM_DATA", tmp_path)
    monkeypatch.delenv("MLP_DATA_DIR", raising=False)
    four = Arrays({**people().columns, "height": np.arange(100.0), "weight": np.arange(100.0)})
    name = store_people(columns=four, names=("no", "a name that is far too long for a row"))
    data = load_dataset(name)
    model = trained(RunConfig(dataset=name, hidden=(8,), batch_size=8), data, 20)
    panel = shown(view_of(model=model, initial=model.state))["predictions"]

    rows = sample_rows(data, 15)
    answers, truths = model.logits(data.validation.inputs[rows]).argmax(axis=1), data.validation.labels[rows]
    assert [cell["row"] for cell in panel["cells"]] == rows.tolist()
    assert [cell["wrong"] for cell in panel["cells"]] == (answers != truths).tolist()
    assert {cell["truth"] for cell in panel["cells"]} == {"no", shortened(data.info.class_names[1])}
    assert panel["right"] == np.count_nonzero(answers == truths)

    assert data.table
    raw = data.table.validation[rows]
    assert [(column["name"], column["number"]) for column in panel["columns"]] == [
        ("age", True),
        ("city", False),
        ("height", True),
    ]
    ages, cities, _ = (column["values"] for column in panel["columns"])
    assert ages == ["missing" if np.isnan(age) else f"{age:.0f}" for age in raw[:, 0]]
    assert "missing" in ages
    assert cities == [("Bonn", "Lima", "Oslo")[int(place)] for place in raw[:, 1]]
    assert panel["of"] == 4


def answering(answer: int) -> TrainingState:
    """A network that predicts the same class for everything, with probability e² / (e² + 9)."""
    model = model_of(replace(DIGITS, hidden=()))
    parameters = np.zeros_like(model.state.parameters)
    parameters[64 * 10 + answer] = 2
    return with_parameters(model, parameters).state


def test_wrong_predictions_are_marked() -> None:
    config = replace(DIGITS, hidden=())
    data = load_dataset("digits")
    panel = shown(view_of(config, answering(3)))["predictions"]
    truths = data.validation.labels[sample_rows(data)]
    assert [cell["truth"] for cell in panel["cells"]] == [str(truth) for truth in truths]
    assert {cell["answer"] for cell in panel["cells"]} == {"3"}
    assert [cell["wrong"] for cell in panel["cells"]] == [truth != 3 for truth in truths.tolist()]
    assert panel["right"] == np.count_nonzero(truths == 3) > 0
    assert {cell["sure"] for cell in panel["cells"]} == {round(math.exp(2) / (math.exp(2) + 9), 3)}


def test_the_examples_are_always_the_same_and_of_every_class() -> None:
    for name in ("digits", "spirals"):
        data = load_dataset(name)
        chosen = sample_rows(data)
        assert len(set(chosen.tolist())) == 25
        assert set(data.validation.labels[chosen]) == set(range(data.info.classes))
        sample_rows.cache_clear()
        np.testing.assert_array_equal(sample_rows(data), chosen)


def test_first_layer_pictures_are_the_weights() -> None:
    view = view_of()
    layer = shown(view)["firstLayer"]
    shown_units = first_layer_images(view.model)
    assert shown_units is not None
    assert (layer["shape"], layer["of"], layer["names"]) == ([16, 8, 8], "16", None)
    packed = np.frombuffer(base64.b64decode(layer["levels"]), np.uint8)
    levels = np.stack([packed >> 4, packed & 15], axis=1).reshape(16, 8, 8).astype(int)
    weight = view.state.parameters[: 64 * 16].reshape(64, 16).T.reshape(16, 8, 8)
    expected = np.clip(weight / shown_units.limit, -1, 1)
    np.testing.assert_allclose((levels - 7) / 7, expected, atol=0.5 / 7 + 1e-6)
    assert levels.min() == 0
    assert levels.max() == 14
    assert layer["limit"] == f"{shown_units.limit:.2g}"


def test_without_hidden_layer_the_pictures_are_the_classes() -> None:
    layer = shown(view_of(replace(DIGITS, hidden=())))["firstLayer"]
    assert layer["names"] == list("0123456789")
    assert layer["shape"] == [10, 8, 8]


def test_before_training_the_network_stands_in_place_of_curves() -> None:
    view = view_of(status=Status.READY)
    assert set(shown(view)["charts"]) == {"architecture", "weights"}
    measured = replace(view, history=history(1))  # as of a network from a file
    assert set(shown(measured)["charts"]) == {"architecture", "weights"}
    assert shown(measured)["status"]["numbers"]["validation"] != "–"
    assert set(shown(replace(view, history=history(2)))["charts"]) == {"accuracy", "loss", "weights"}


def test_the_strip_says_how_the_run_stands() -> None:
    config = replace(DIGITS, schedule="cosine", learning_rate=0.4)
    state = replace(model_of(config).state, epoch=12, position=600, step=11_203)
    past = history(validation_accuracy=0.976, train_accuracy=0.989, train_loss=0.0812)
    view = view_of(config, state, history=past, samples_per_second=203_400.0, seconds_left=64.2)
    status = shown(view)["status"]
    assert status["numbers"] == {
        "epoch": "12.5/25",
        "step": "11,203",
        "validation": "97.6\u202f%",
        "train": "98.9\u202f%",
        "train loss": "0.081",
        "examples/s": "203\u202fk",
        "time left": "1:05",
        "learning rate": "0.2",
    }
    assert status["scheduled"], "the setting is 0.4"
    assert status["progress"] == pytest.approx(12.5 / 25, abs=1e-3)
    assert (status["kind"], status["word"]) == ("running", "Training")
    paused = shown(replace(view, status=Status.PAUSED, message="Paused by itself."))["status"]
    assert (paused["word"], paused["message"]) == ("Paused", "Paused by itself.")
    assert paused["numbers"]["examples/s"] == UNKNOWN, "nothing is moving"


@pytest.mark.parametrize(
    ("schedule", "epoch", "factor", "scheduled"),
    [
        ("constant", 20, 0.5, False),
        ("decay_at_end", 5, 1.0, False),
        ("decay_at_end", 22, 1.0, True),
        ("plateau", 5, 1.0, False),
        ("plateau", 5, 0.5, True),
    ],
)
def test_a_learning_rate_that_differs_from_the_setting_is_said_to_be_that_of_now(
    schedule: str, epoch: int, factor: float, scheduled: bool
) -> None:
    config = replace(DIGITS, schedule=schedule)
    state = replace(model_of(config).state, epoch=epoch, step=1000, monitor=Monitor(factor=factor))
    assert shown(view_of(config, state))["status"]["scheduled"] == scheduled


def test_a_panel_of_broken_numbers_claims_nothing() -> None:
    def filled(config: RunConfig, value: float) -> TrainingState:
        model = model_of(config)
        return with_parameters(model, np.full_like(model.state.parameters, value)).state

    broken = history(train_loss=np.nan, validation_loss=np.inf, train_accuracy=np.nan, validation_accuracy=np.nan)
    view = view_of(state=filled(DIGITS, np.nan), status=Status.DIVERGED, history=broken)
    panel = shown(view)
    assert panel["predictions"]["right"] == 0
    assert all(
        cell["wrong"] and cell["answer"] == "?" and cell["sure"] is None for cell in panel["predictions"]["cells"]
    )
    packed = np.frombuffer(base64.b64decode(panel["firstLayer"]["levels"]), np.uint8)
    assert set(packed) == {live.WEIGHT_LEVELS << 4 | live.WEIGHT_LEVELS}
    numbers = panel["status"]["numbers"]
    assert {numbers[name] for name in ("validation", "train", "train loss")} == {UNKNOWN}
    for config in (DIGITS, *(RunConfig(dataset=name) for name in POINTS)):
        for value in (np.inf, 1e38):
            charts = shown(view_of(config, filled(config, value), history=broken))["charts"]
            assert config is DIGITS or charts["decisions"]["layout"]["meta"]["caption"] == "0 of 200 correct"


def test_a_tick_stays_small_however_long_the_run_and_large_the_network() -> None:
    rng = np.random.default_rng(0)
    config = RunConfig(dataset="digits", hidden=(1024,) * 6, epochs=10_000)
    noise: dict[str, Any] = {name: rng.random(100_000) for name in COLUMNS if "accuracy" in name or "loss" in name}
    changes = tuple(Change(i, i / 100, i, i / 10, f"learning rate 0.{i} → 0.0{i}") for i in range(500))
    view = view_of(config, history=history(100_000, **noise), changes=changes)
    views = [view, view_of(config), *(view_of(RunConfig(dataset=name), history=history(100_000)) for name in POINTS)]
    for each in views:
        for options in (ViewOptions(), ViewOptions("seconds", 0.99, log_loss=True)):
            assert len(json.dumps(shown(each, options))) < LIMIT


def test_a_state_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []

    def counted(module: ModuleType, name: str) -> Any:
        function = getattr(module, name)

        def look(*arguments: Any) -> Any:
            looks.append(name)
            return function(*arguments)

        return look

    costly = ["class_probabilities", "first_layer_images", "weight_histograms"]
    for module, name in zip((predictions, live, live), costly, strict=True):
        monkeypatch.setattr(module, name, counted(module, name))
    view = view_of(history=history(5))
    assert shown(view) == shown(replace(view, history=history(5)))
    assert sorted(looks) == costly
    shown(replace(view, model=replace(view.model, state=replace(view.state, step=1))))
    assert sorted(looks) == sorted(2 * costly)


def test_charts_that_rest_are_neither_worked_out_nor_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    view = view_of(history=history(5))
    whole = content(view, ViewOptions())
    monkeypatch.setattr(live, "weight_histograms", None)
    fresh = replace(view, model=replace(view.model, state=replace(view.state)))
    assert content(fresh, ViewOptions(), charts=False) == {
        name: part for name, part in whole.items() if name not in ("charts", "firstLayer")
    }


@pytest.mark.parametrize("options", [{"x": "hours"}, {"smoothing": 1.0}, {"smoothing": -0.1}, {"smoothing": math.nan}])
def test_nonsense_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=str(*options)):
        ViewOptions(**options)


def test_every_status_has_its_icon_and_its_word() -> None:
    icons = (ROOT / "ui" / "parts" / "status.js").read_text().partition("const ICONS")[2].partition("};")[0]
    for status in Status:
        assert f"  {status.value}: " in icons
        assert status in STATUS_WORDS


def test_a_run_on_a_cluster_shows_where_it_trains_and_why_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    view = view_of(machine=Machine("lab-7", "", ()))
    word, version = live.run_status(view)["word"], live.version(view, ViewOptions())
    assert word == "Training on lab-7"
    for module in (wording, live):
        monkeypatch.setattr(module, "engine", lambda: SimpleNamespace(trouble="The scheduler is away."))
    assert live.run_status(view)["message"] == "The scheduler is away."
    assert live.version(view, ViewOptions()) != version  # so the page hears of it, though nothing is trained


def test_looking_back_shows_what_was_then_beside_the_whole_curves() -> None:
    view = view_of(state=model_of(DIGITS, 200).state, history=history(20), samples_per_second=9000.0)
    now, then = (content(view, ViewOptions(), moment) for moment in (None, model_of(DIGITS)))
    status = then["status"]
    assert status["word"] == "Viewing step 0"
    assert status["kind"] == "running"  # which the panel goes on to follow
    assert (now["status"]["numbers"]["examples/s"], status["numbers"]["examples/s"]) == ("9\u202fk", "–")
    assert (status["numbers"]["step"], then["time"]["at"]) == ("0", 0)
    assert then["version"] != now["version"]
    drawn = now["charts"]["accuracy"]["data"]
    assert then["charts"]["accuracy"]["data"][: len(drawn)] == drawn
    assert then["predictions"] != now["predictions"]


def test_the_best_epoch_is_marked_and_can_be_gone_to_if_its_state_is_kept() -> None:
    past = history(
        4,
        step=[0, 38, 76, 100],
        epoch=[0, 1, 2, 2],
        progress=[0, 1, 2, 2.6],
        trained=[0, 1197, 1197, 600],
        validation_accuracy=[0.1, 0.9, 0.8, 0.95],
    )
    view = view_of(state=model_of(DIGITS, 100).state, history=past, kept=(0, 38, 76))
    panel = content(view, ViewOptions())
    assert panel["time"]["best"] == 38
    for quantity in ("accuracy", "loss"):  # one moment, also where another has the lowest loss
        (mark,) = (drawn for drawn in panel["charts"][quantity]["data"] if drawn.get("name") == "best")
        scale = 100 if quantity == "accuracy" else 1
        assert (mark["x"], mark["y"]) == ([1], [pytest.approx(scale * past[f"validation_{quantity}"][1])])
    then = content(view, ViewOptions(), model_of(DIGITS, 38))
    assert then["status"]["word"] == "Viewing step 38 (best)"
    assert content(replace(view, kept=(0, 76)), ViewOptions())["time"]["best"] is None
    assert content(view_of(), ViewOptions())["time"]["best"] is None
