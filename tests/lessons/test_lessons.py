"""The scenes' experiments: the answers are measured, reproducible, and come from the code that trains."""

import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from mlp import Model, advance, evaluate, initial_state, load_dataset
from mlp.charts import LIGHT
from mlp.charts import lessons as charts
from mlp.charts.walks import network
from mlp.datasets import Split
from mlp.inspection.distributions import backpropagated
from mlp.inspection.plane import decision_map
from mlp.inspection.predictions import predict
from mlp.lessons import activations, batches, bend, dense, normalization, nudge, perceptron, softmax, start, step
from mlp.lessons.experiment import Curve, Experiment, against, trial
from mlp.lessons.normalization import REACH, UNIT, normalized
from mlp.lessons.perceptron import Line
from mlp.lessons.source import excerpt
from mlp.lessons.walk import CONFIG, SAMPLES, STEPS, walk
from mlp.network.initializers import INITIALIZERS
from mlp.network.layers import ACTIVATIONS
from mlp.network.network import count_parameters
from mlp.training import epoch_order, inputs_of
from ui.learn.scenes import LESSONS, SCENES, lesson_plan

# Experiment, the arguments it is run with, and the correct answer.
RUNS: list[tuple[Experiment, tuple[Any, ...], str]] = [
    (perceptron.EXPERIMENT, (Line(1.0, 1.0, 0.0),), "more"),
    (perceptron.EXPERIMENT, (Line(1.7, -5.5, -0.064),), "same"),
    (perceptron.EXPERIMENT, (Line(1.7, -3.0, -1.0),), "fewer"),
    (dense.EXPERIMENT, (), "far"),
    (bend.EXPERIMENT, (), "half"),
    (activations.EXPERIMENT, (), "slower"),
    (softmax.EXPERIMENT, (softmax.START, 0), "breaks"),
    (nudge.EXPERIMENT, (0, 20), "falls"),
    (step.EXPERIMENT, ("half",), "slower"),
    (step.EXPERIMENT, ("four",), "faster"),
    (step.EXPERIMENT, ("fifty",), "breaks"),
    (batches.EXPERIMENT, (), "ahead"),
    (start.EXPERIMENT, (), "guess"),
]


@pytest.mark.parametrize(("experiment", "arguments", "answer"), RUNS)
def test_a_prediction_is_answered_by_its_run(experiment: Experiment, arguments: tuple[Any, ...], answer: str) -> None:
    result = experiment.measure(*arguments)
    assert result.answer == answer
    assert len(experiment.answers) == 3
    assert answer in experiment.answers
    assert any(digit.isdigit() for digit in result.evidence)
    trial.cache_clear()
    again = experiment.measure(*arguments)
    assert (again.answer, again.evidence) == (result.answer, result.evidence)
    for one, other in zip(result.curves, again.curves, strict=True):
        np.testing.assert_array_equal(one.y, other.y)


def test_the_verdict_compares_the_guess_with_the_finding() -> None:
    result = step.EXPERIMENT.measure("half")
    assert step.EXPERIMENT.verdict("slower", result) == "You said “slower”, and you were right."
    assert step.EXPERIMENT.verdict("faster", result) == "You said “faster”; the answer was “slower”."


def test_the_verdict_follows_the_measurement_and_not_the_script(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "ZEROS", start.RANDOM)
    assert start.EXPERIMENT.measure().answer == "well"
    monkeypatch.setattr(dense, "FEW", dense.MANY)
    assert dense.EXPERIMENT.measure().answer == "same"
    monkeypatch.setattr(batches, "SMALL", replace(batches.LARGE, batch_size=1024))
    assert batches.EXPERIMENT.measure().answer == "behind"
    monkeypatch.setattr(bend, "LINEAR", bend.BENT)
    assert bend.EXPERIMENT.measure().answer == "all"


def test_ahead_level_and_behind() -> None:
    fast, slow = trial(batches.SMALL), trial(batches.LARGE)
    assert against(fast, slow, "more", "same", "less") == "more"
    assert against(slow, fast, "more", "same", "less") == "less"
    assert against(fast, fast, "more", "same", "less") == "same"


def test_a_trial_is_a_run_of_the_training_code() -> None:
    config = replace(batches.LARGE, epochs=2)
    state, dataset = initial_state(config, load_dataset(config.dataset)), load_dataset(config.dataset)
    state, _ = advance(config, dataset, state, 2 * config.steps_per_epoch(dataset.info))
    assert trial(config).model.state.same_as(state)
    assert len(trial(config).accuracy) == 3


def test_a_trial_that_diverges_ends_with_the_last_finite_network() -> None:
    found = trial(replace(batches.LARGE, activation="identity", optimizer="momentum", learning_rate=100.0))
    last = evaluate(found.model.config, found.model.dataset, found.model.state)
    assert found.diverged
    np.testing.assert_array_equal((found.accuracy[-1], found.loss[-1]), last)


def test_the_trained_line_says_what_the_trained_network_says() -> None:
    said = perceptron.says_yes(perceptron.trained_line(), perceptron.points().inputs)
    np.testing.assert_array_equal(said, predict(trial(perceptron.CONFIG).model).classes == 1)


def test_a_layers_units_are_perceptrons_side_by_side() -> None:
    stage = dense.layer_stage((1.0, -0.5, 2.0), 4)
    x, weights, biases = (operand.values for operand in stage.operands)
    for unit in range(4):
        alone = sum(x[0, row] * weights[row, unit] for row in range(3)) + biases[0, unit]
        assert stage.result.values[0, unit] == pytest.approx(alone)
    assert count_parameters((3, 4)) == weights.size + biases.size


@pytest.mark.parametrize("seed", range(1, 21))
def test_without_a_bend_two_layers_are_one_and_with_relu_they_are_not(seed: int) -> None:
    assert bend.folded(6, "identity", seed)[-1] < 1e-12
    assert bend.folded(6, "relu", seed)[-1] > 0.01
    assert [bend.is_bent(bend.folded(6, name, seed)[0]) for name in ("identity", "relu")] == [False, True]
    assert not bend.is_bent(bend.folded(1, "relu", 1)[0])  # its unit is on, or off, everywhere


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_bends_slope_is_its_steepness(name: str) -> None:
    for at in (-2.3, -0.4, 0.7, 3.1):
        here, low, high = (activations.activation_curve(name, at + move) for move in (0.0, -1e-5, 1e-5))
        assert here.slope == pytest.approx((high.output - low.output) / 2e-5, abs=1e-6)
    for way in ("forward", "backward"):
        source = excerpt(getattr(ACTIVATIONS[name], way))
        assert source.lines[0].startswith(f"def {way}")
        assert [source.lines[number - source.first].strip()[:6] for number in source.marked] == ["return"]


def test_a_shift_breaks_the_naive_formula_and_not_ours() -> None:
    before = softmax.answered(softmax.START, 0)
    assert before.naive == pytest.approx(before.loss, abs=1e-6)
    after = softmax.answered(softmax.START, 0, 150.0)
    assert not math.isfinite(after.naive)
    assert after.loss == pytest.approx(before.loss, abs=1e-4)
    assert after.gradient.sum() == pytest.approx(0, abs=1e-6)
    # If naive arithmetic would give an infinite loss, ours is still finite.
    assert softmax.answered((-200.0, 0.0, 0.0), 0).loss == pytest.approx(200 + math.log(2))


def test_moving_a_weight_moves_the_loss_as_the_gradient_says() -> None:
    for sample in range(5):
        weight, way = nudge.steepest(sample, 20), walk(sample, 20)
        low, same, high = nudge.losses_along(sample, 20, weight, np.array([-1e-6, 0.0, 1e-6]))
        assert same == pytest.approx(way.loss)
        assert (high - low) / 2e-6 == pytest.approx(weight.slope, abs=1e-6)


@pytest.mark.parametrize("steps", STEPS)
def test_a_moved_weights_loss_is_called_the_same_only_if_both_losses_are_written_the_same(steps: int) -> None:
    for sample in range(SAMPLES):
        result = nudge.EXPERIMENT.measure(sample, steps)
        written = re.fullmatch(r"The loss goes from (.+) to (.+)\. The slope predicted (.+)\.", result.evidence)
        assert written
        before, after, predicted = map(float, written.groups())
        assert result.answer == ("same" if after == before else "rises" if after > before else "falls"), sample
        assert (predicted > before) == (nudge.steepest(sample, steps).slope > 0), sample


def test_a_step_by_hand_is_a_step_of_training() -> None:
    config = replace(CONFIG, batch_size=1, learning_rate=0.3)
    dataset = load_dataset(config.dataset)
    state = initial_state(config, dataset)
    first = epoch_order(config, dataset, 0)[:1]
    inputs, labels = dataset.train
    network, _ = backpropagated(Model(config, dataset, state), Split(inputs[first], labels[first]))
    parameters = state.parameters.copy()
    step.take_step(parameters, network.gradient, config.learning_rate)
    after, _ = advance(config, dataset, state, 1)
    np.testing.assert_allclose(parameters, after.parameters, atol=1e-7)


def test_a_small_step_lowers_the_loss_and_a_huge_one_ruins_the_others() -> None:
    small = step.step(0, 20, 0.1)
    assert small.loss_after < small.loss_before
    own, others = step.losses_by_rate(0, 20)
    assert own.y[-1] < own.y[0]
    assert others.y[-1] > 10 * others.y[0]


def test_an_epochs_mini_batches_hold_every_digit_once() -> None:
    dataset = load_dataset("digits")
    for epoch in (1, 2):
        parts = [batches.batch(128, epoch, number) for number in range(1, batches.batch(128, epoch, 1).of + 1)]
        assert [len(part.labels) for part in parts[:-1]] == [128] * (len(parts) - 1)
        assert len(parts[-1].labels) == parts[-1].last_size
        pixels = np.concatenate([part.images.reshape(len(part.images), -1) for part in parts])
        assert sorted(map(bytes, pixels)) == sorted(map(bytes, np.asarray(dataset.train.inputs)))
    assert not np.array_equal(batches.batch(128, 1, 1).images, batches.batch(128, 2, 1).images)


def test_larger_mini_batches_agree_better_with_all_examples() -> None:
    found = batches.agreement().y
    assert (np.diff(found) > 0).all()
    assert found[-1] > 0.99


@pytest.mark.parametrize("number", [1, 7])
def test_batch_normalization_measures_the_mini_batch_in_training_and_not_in_predictions(number: int) -> None:
    shown, model = normalized(64, 2, number), trial(normalization.CONFIG).model
    assert (shown.training.mean, shown.training.deviation) == pytest.approx((0, 1), abs=1e-3)
    assert abs(shown.prediction.mean) > 0.01
    inputs, _ = model.dataset.train.rows(0, model.dataset.info.train)
    digits = inputs_of(model.dataset, inputs[batches.chosen(64, 2, number)])
    given = shown.scale * shown.prediction.values + shown.shift
    np.testing.assert_allclose(given, model.network(64).dense_layers[0].forward(digits)[:, UNIT], atol=1e-5)
    by_hand = (shown.sums.values - shown.running_mean) / shown.running_deviation
    np.testing.assert_allclose(shown.prediction.values, by_hand, atol=1e-5)
    assert shown.running_mean == normalized(64, 2, 3).running_mean
    assert max(float(np.abs(strip.values).max()) for strip in shown.strips) < REACH


def test_a_mini_batch_of_one_digit_is_normalized_as_in_a_prediction() -> None:
    shown = normalized(4, 1, batches.batch(4, 1, 1).of)
    assert len(shown.sums.values) == 1
    assert shown.training.values == shown.prediction.values


@pytest.mark.parametrize("name", INITIALIZERS)
def test_the_source_of_first_weights_is_the_function_that_drew_them(name: str) -> None:
    source = excerpt(INITIALIZERS[name].draw)
    assert source.lines[0].startswith(f"def {INITIALIZERS[name].draw.__name__}")
    assert source.file == "mlp/network/initializers.py"


def test_he_keeps_a_signal_and_zeros_lose_it_at_once() -> None:
    assert start.signals("he").y[-1] > 0.5 * start.signals("he").y[0]
    assert start.signals("xavier").y[-1] < 0.1 * start.signals("xavier").y[0]
    assert (start.signals("zeros").y[1:] == 0).all()


def test_every_chart_is_one_that_plotly_accepts() -> None:
    points, labels = perceptron.points()
    line = Line(1.0, 1.0, 0.0)
    right = perceptron.says_yes(line, points) == labels
    model = trial(bend.BENT).model
    shown = batches.batch(32, 1, 1)
    for spec in (
        charts.line_and_points("Trained line", line, points, labels, right, rival=perceptron.trained_line()),
        charts.line_and_points("Your line", Line(0.0, 0.0, 1.0), points, labels, right),
        charts.decided("Map", decision_map(model), *model.dataset.validation, predict(model).correct, "AB"),
        charts.curves("Loss", softmax.shifted(softmax.START, 0), "shift", "loss", mark=(0.0, 0.3)),
        charts.curves("Rate", step.losses_by_rate(0, 20), "rate", "loss", log_x=True),
        charts.bars("Bars", ("A", "B"), np.array([0.2, -0.8]), (-1, 1), words=("0.2", "−0.8")),
        charts.strips("Strips", normalized(32, 1, 1).strips, REACH),
        charts.pictures("Batch", shown.images, [str(label) for label in shown.labels], 8),
    ):
        figure = go.Figure(spec)
        assert figure.layout.meta["summary"].endswith(".")


@pytest.mark.parametrize("key", [stage.key for stage in walk().stages])
def test_the_network_shows_what_is_known_and_highlights_what_is_being_calculated(key: str) -> None:
    way = walk(0, 20)
    keys = [stage.key for stage in way.stages]
    stage = way.stages[keys.index(key)]
    for chosen in range(len(stage.details)):
        figure = go.Figure(network(way, stage, chosen))
        strong = LIGHT.validation if key.startswith("d") else LIGHT.train
        links = [trace for trace in figure.data if trace.mode == "lines" and trace.line.color == strong]
        units = [trace for trace in figure.data if trace.mode == "markers" and trace.marker.line.color == strong]
        assert (len(links), len(units)) == (len(stage.details[chosen].links), len(stage.details[chosen].units))
        assert links or units
        texts = [note.text for note in figure.layout.annotations]
        assert ("1.11" in texts) == (keys.index(key) >= keys.index("loss"))


@pytest.mark.parametrize(
    ("names", "rows"),
    [
        (("output a", "slope da/dz"), 1),
        (("mini-batches of 8", "mini-batches of 256"), 2),
        (("He: for ReLU", "All zeros (equal units)"), 2),
    ],
)
def test_a_key_has_rows_that_a_phone_can_show_and_room_for_them(names: tuple[str, ...], rows: int) -> None:
    lines = [Curve(name, np.arange(3), np.arange(3.0)) for name in names]
    layout = charts.curves("Loss", lines, "epochs", "")["layout"]
    (key,) = layout["annotations"]
    assert key["text"].count("<br>") == rows - 1
    assert layout["margin"]["b"] >= 42 + 20 * rows


def test_a_chart_says_that_a_line_is_not_finite_in_places() -> None:
    lines = (Curve("naive", np.arange(3), np.array([1.0, np.nan, np.inf])),)
    summary = charts.curves("Loss", lines, "shift", "loss")["layout"]["meta"]["summary"]
    assert summary == "Loss over shift: naive from 1 to 1, NaN or infinite elsewhere."


@pytest.mark.parametrize("scene", SCENES)
def test_every_scene_has_its_lesson_plan(scene: str) -> None:
    plan = lesson_plan(scene)
    for heading in ("Goal", "Minutes", "On the screen", "Ask", "The class predicts", "What they see", "At home"):
        assert f"**{heading}" in plan, heading
    assert f"scene={scene}" in plan
    assert f"({scene}.md)" in (Path(LESSONS) / "README.md").read_text(encoding="utf-8")
