"""The replay of a run is told by its kept steps: the numbers in the file are those of the run at each of them."""

import base64
import html
import io
import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from mlp import RunConfig, initial_state, load_dataset
from mlp.datasets import Dataset
from mlp.export import FORMATS, ExportedRun
from mlp.export.replay import MOST_FRAMES, smaller, write_replay
from mlp.export.replay_frames import charts as charts_of
from mlp.export.replay_frames import readings, shown_rows, shown_steps, ticks
from mlp.inspection.predictions import Predictions, predict
from mlp.inspection.regression import predicted_numbers
from mlp.inspection.units import first_layer_images
from mlp.text import percent
from mlp.training.checkpoint import begun_with
from tests.small_dataset import small_dataset
from tests.stories import story
from tests.tables import mixed

DIGITS = RunConfig(dataset="digits", hidden=(8,), learning_rate=0.1, epochs=3)
SLOWER = replace(DIGITS, learning_rate=0.02)
KEPT = [1, 2, 4, 8, 20, 38, 60, 76]  # an epoch has 38
TABLE = RunConfig(hidden=(8,), learning_rate=0.05, batch_size=16)


def digits_run(name: str = "") -> ExportedRun:
    changes = [(20, SLOWER, "learning rate 0.1 → 0.02"), (60, SLOWER, "forked")]
    return story(DIGITS, load_dataset("digits"), KEPT, changes, name)


def page_of(run: ExportedRun) -> str:
    out = io.BytesIO()
    write_replay(run, out)
    return out.getvalue().decode()


def told(run: ExportedRun) -> dict[str, Any]:
    """Return what the page's script reads."""
    [values] = re.findall(r'<script type="application/json" id="page">(.*?)</script>', page_of(run))
    found: dict[str, Any] = json.loads(values)
    return found


def unpacked(text: str, frames: int) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(frames, -1)


def test_each_kept_step_is_a_frame_and_the_last_is_the_present() -> None:
    found = told(digits_run())
    assert found["steps"] == [0, *KEPT]
    assert_allclose(
        found["places"], [32 * step / 1197 for step in [0, *KEPT[:5]]] + [1, 1 + 22 * 32 / 1197, 2], rtol=1e-4
    )
    assert found["rates"] == ["0.1"] * 5 + ["0.02"] * 4
    run = digits_run()
    assert shown_steps(replace(run, kept=()), 10) == [76]
    assert shown_steps(replace(run, kept=tuple(range(70))), 8) == [0, 11, 23, 34, 46, 57, 69, 76]
    assert len(shown_steps(replace(run, kept=tuple(range(76))), MOST_FRAMES)) == 77


def test_curves_and_what_is_read_from_them_are_those_of_the_run() -> None:
    run = digits_run()
    accuracy, loss = told(run)["charts"]
    assert [accuracy["title"], loss["title"]] == ["Accuracy", "Loss (lower is better)"]
    averaged = story(replace(DIGITS, averaging=0.9), load_dataset("digits"), KEPT)
    for shown in (accuracy, *told(averaged)["charts"]):
        assert [curve["name"] for curve in shown["curves"]] == ["train", "validation"]
    for chart, column, scale in ((accuracy, "accuracy", 100), (loss, "loss", 1)):
        [_, validation] = chart["curves"]
        for frame, step in enumerate([0, *KEPT]):
            value = run.history.until(step).last(f"validation_{column}")
            if np.isnan(value):
                assert (validation["heights"][frame], validation["texts"][frame]) == (None, "–")
            else:
                assert validation["heights"][frame] == pytest.approx(scale * value, rel=1e-4)
        assert validation["y"][-1] == validation["heights"][-1]
        assert chart["range"][0] <= min(validation["y"]) <= max(validation["y"]) <= chart["range"][1]
    assert accuracy["curves"][1]["texts"][-1] == percent(run.history.last("validation_accuracy"))


def test_changes_and_forks_are_marked_where_they_happened() -> None:
    first, fork = told(digits_run())["changes"]
    assert (first["step"], first["words"], first["fork"]) == (20, "learning rate 0.1 → 0.02", False)
    assert (fork["step"], fork["words"], fork["fork"]) == (60, "forked", True)
    assert fork["place"] == pytest.approx(1 + 22 * 32 / 1197)


def test_predictions_are_those_of_the_network_at_each_step() -> None:
    run = digits_run()
    assert run.models_at is not None
    found = told(run)["predictions"]
    dataset, rows = run.model.dataset, shown_rows(run.model)
    answers, shares = unpacked(found["answers"], 9), unpacked(found["shares"], 9)
    for frame, step in enumerate([0, *KEPT]):
        expected = Predictions.of(next(run.models_at([step])), *(part[rows] for part in dataset.validation))
        assert_array_equal(answers[frame], expected.classes)
        assert_allclose(shares[frame], 100 * expected.confidence, atol=0.51)
        assert found["truth"] == expected.labels.tolist()
    pixels = unpacked(found["pixels"], 25)
    assert_allclose(pixels, dataset.validation.inputs[rows] * (255 / 16), atol=0.51)


def test_weights_are_those_of_the_network_at_each_step() -> None:
    run = digits_run()
    assert run.models_at is not None
    found = told(run)
    layer, bins = found["firstLayer"], found["weights"][0]["bins"]
    packed = unpacked(layer["levels"], 9)
    for frame, step in enumerate([0, *KEPT]):
        expected = first_layer_images(next(run.models_at([step])))
        assert expected is not None
        levels = np.stack([packed[frame] >> 4, packed[frame] & 15], axis=1).reshape(layer["shape"])
        assert_allclose(
            (levels / 7.0 - 1) * expected.limit,
            expected.images.clip(-expected.limit, expected.limit),
            atol=expected.limit / 13.9,
        )
    shares = unpacked(found["weights"][0]["shares"], 9).reshape(9, 2, bins)
    assert (shares.max(axis=(1, 2)) == 255).all()
    assert_array_equal(shares[0, 0], shares[0, 1])
    assert (shares[-1, 0] != shares[-1, 1]).any()


def test_a_table_has_its_own_values_and_a_missing_one_says_so() -> None:
    dataset = mixed().dataset
    assert dataset.table is not None
    run = story(TABLE, dataset, [2, 20])
    rows = shown_rows(run.model)
    validation = dataset.table.validation.copy()
    validation[rows[:2], :2] = [[np.nan, 0], [7.25, np.nan]]
    dataset = replace(dataset, table=replace(dataset.table, validation=validation))
    found = told(replace(run, model=replace(run.model, dataset=dataset)))
    amount, city, noise = found["predictions"]["columns"]
    assert (amount["name"], city["number"], noise["number"]) == ("amount", False, True)
    assert amount["values"][:2] == ["missing", "7.25"]
    assert city["values"][:2] == ["Bonn", "missing or new"]
    assert set(city["values"][2:]) <= {"Bonn", "Paris", "Oslo", "Nice"}
    assert found["firstLayer"] is found["plane"] is found["fit"] is None


def test_a_table_of_numbers_alone_is_shown_as_it_is() -> None:
    numbers = np.random.default_rng(0).normal(size=(200, 4))
    found = told(story(TABLE, Dataset.from_arrays(numbers, numbers[:, 0] > 0), [2, 5]))["predictions"]
    assert [column["name"] for column in found["columns"]] == ["Input 1", "Input 2", "Input 3"]
    assert found["of"] == 4
    written = {f"{value:.4g}".replace("-", "−") for value in numbers[:, 0].astype(np.float32).tolist()}
    assert set(found["columns"][0]["values"]) <= written


def test_a_regression_has_its_predictions_in_its_own_unit() -> None:
    run = story(TABLE, mixed("regression").dataset, [2, 20])
    assert run.models_at is not None
    found = told(run)
    fit, rows = found["fit"], shown_rows(run.model)
    for frame, step in enumerate([0, 2, 20]):
        expected = predicted_numbers(next(run.models_at([step])), run.model.dataset.validation.inputs[rows])
        assert_allclose(fit["numbers"][frame], expected, rtol=1e-4)
    assert fit["range"][0] < min(fit["truth"]) < max(fit["truth"]) < fit["range"][1]
    assert [chart["title"] for chart in found["charts"]] == ["R² (1 is exact)", "RMSE (lower is better)"]
    assert found["predictions"] is None


def test_points_have_a_map_at_each_step() -> None:
    config = RunConfig(dataset="moons", hidden=(8,), learning_rate=0.1)
    run = story(config, load_dataset("moons"), [5, 60])
    plane = told(run)["plane"]
    classes = unpacked(plane["classes"], 3)
    assert classes.shape[1] == plane["side"] ** 2
    assert len(np.unique(classes[-1])) == 2
    answers = unpacked(plane["answers"], 3)
    assert_array_equal(answers[-1], predict(run.model).classes[: len(plane["points"])])


def test_weights_that_are_not_numbers_are_shown_as_unknown() -> None:
    run = digits_run()
    bad = replace(run.model, state=replace(run.state, parameters=np.full_like(run.state.parameters, np.nan)))
    found = told(replace(run, model=bad))
    assert (unpacked(found["predictions"]["answers"], 9)[-1] == 255).all()
    assert (unpacked(found["predictions"]["shares"], 9)[-1] == 255).all()


def test_large_images_are_made_smaller() -> None:
    images = np.arange(2 * 100 * 50, dtype=np.float32).reshape(2, 100, 50)
    shrunk = smaller(images)
    assert shrunk.shape == (2, 32, 16)
    assert_allclose(shrunk.mean(axis=(1, 2)), images.mean(axis=(1, 2)), rtol=2e-3)
    assert_array_equal(smaller(images[:, :32, :20]), images[:, :32, :20])


def test_axes_have_round_numbers() -> None:
    assert [text for _, text in ticks(-0.04, 1.04, 5)] == ["0", "0.2", "0.4", "0.6", "0.8", "1"]
    assert [text for _, text in ticks(-1.08, 1.08, 5)] == ["−1", "−0.5", "0", "0.5", "1"]
    assert [text for _, text in ticks(0, 2.3e6, 5)] == ["0", "500\u202fk", "1\u202fM", "1.5\u202fM", "2\u202fM"]


def test_readings_are_on_the_curves() -> None:
    run = digits_run()
    for chart in charts_of(run):
        for curve, read in zip(chart.curves, readings(run, chart, [76]), strict=True):
            assert read[-1].height == pytest.approx(curve.y[-1])


def test_a_long_run_of_mnists_size_is_a_few_megabytes() -> None:
    rng = np.random.default_rng(0)
    dataset = Dataset.from_arrays(rng.integers(0, 256, (400, 28, 28), dtype=np.uint8), np.arange(400) % 10)
    run = story(RunConfig(hidden=(100, 200)), dataset, [1, 5])
    assert run.models_at is not None
    late = replace(run.model, state=replace(run.state, step=10_000))
    run = replace(run, model=late, kept=tuple(range(10_000)))
    assert 1_000_000 < len(page_of(run)) < 3_000_000


def test_its_progress_is_shown() -> None:
    done: list[float] = []
    write_replay(digits_run(), io.BytesIO(), done.append)
    assert done == [frame / 9 for frame in range(1, 10)]


def test_names_are_text_and_nothing_is_loaded() -> None:
    evil = "</script><!--<script>alert(1)</script>&amp;"
    dataset = small_dataset()
    info = replace(dataset.info, class_names=(evil, "b", "c"), label=evil, goal=evil, source=evil, license=evil)
    page = page_of(story(RunConfig(hidden=(4,)), replace(dataset, info=info), [3], name=evil))
    assert page.count("<script") == page.count("</script") == 2
    assert "<!--" not in page
    assert page.count(html.escape(evil)) == 6  # title, heading, facts, data, source, license
    assert "default-src 'none'" in page
    assert not re.findall(r"https?://|@import|url\(", page)


def test_a_run_without_a_story_says_what_to_do() -> None:
    run, form = digits_run(), FORMATS["replay"]
    assert form.why_not(run) == ""
    assert form.why_not(ExportedRun(run.model)).endswith("Train it first.")
    start = replace(run.model, state=initial_state(run.config, run.model.dataset))
    assert form.why_not(ExportedRun.of(begun_with(start))).endswith("Train it first."), "it was measured, not trained"
    assert "--keep" in form.why_not(replace(run, models_at=None))
