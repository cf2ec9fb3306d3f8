"""A walk shows exactly what training computes: every number, every gradient, every line of source."""

import re
from pathlib import Path

import numpy as np
import pytest

from mlp.lessons import walk as walking
from mlp.lessons.source import excerpt
from mlp.lessons.stages import DOUBLE, Stage, written
from mlp.lessons.walk import SAMPLES, STEPS, Walk, model_after, walk
from mlp.network.layers import Array, Dense, ReLU
from mlp.network.network import Network
from mlp.network.training_losses import SoftmaxCrossEntropy
from mlp.training import inputs_of

ROOT = Path(__file__).resolve().parents[2]
WALKS = [(sample, steps) for steps in STEPS for sample in range(SAMPLES)]

# What the marked lines of each stage must contain: the code that computes its numbers.
MARKED = {
    "x": ["write_features("],
    "z1": ["matmul(input, self.weights", "z += self.biases"],
    "a1": ["np.maximum(input, 0"],
    "z2": ["matmul(input, self.weights", "z += self.biases"],
    "logp": ["logits - logits.max(", "np.log(np.exp(shifted).sum("],
    "loss": ["-log_softmax(logits)[np.arange(len(logits)), reference_answers]"],
    "dz2": ["grad = softmax(logits)", "reference_answers] -= 1"],
    "dW2": ["matmul(input.T, grad_output"],
    "db2": ["grad_output.sum(axis=0"],
    "da1": ["matmul(grad_output, self.weights.T"],
    "dz1": ["np.multiply(grad_output, slope"],
    "dW1": ["matmul(input.T, grad_output"],
    "db1": ["grad_output.sum(axis=0"],
}


def results(way: Walk) -> dict[str, Array]:
    return {stage.key: stage.result.values for stage in way.stages}


def trained_pass(sample: int, steps: int) -> tuple[Network, list[Array], float]:
    """Send a validation example through and back as training does; return network, activations and loss."""
    model = model_after(steps)
    dataset, network = model.dataset, model.network(1, DOUBLE)
    chosen = slice(sample, sample + 1)
    activations = network.forward_all(inputs_of(dataset, dataset.validation.inputs[chosen]).astype(DOUBLE))
    loss = SoftmaxCrossEntropy(1, dataset.info.classes, DOUBLE)
    outcome = loss(activations[-1], dataset.validation.labels[chosen])
    network.backward(loss.grad_logits)
    return network, activations, outcome.loss


@pytest.mark.parametrize(("sample", "steps"), WALKS)
def test_a_walk_has_the_numbers_of_the_passes_that_train(sample: int, steps: int) -> None:
    way = walk(sample, steps)
    found = results(way)
    network, (input, z1, a1, z2), loss = trained_pass(sample, steps)
    for key, expected in (("x", input), ("z1", z1), ("a1", a1), ("z2", z2)):
        np.testing.assert_array_equal(found[key], expected)
    assert way.loss == pytest.approx(loss, abs=1e-12)
    assert found["loss"][0, 0] == way.loss
    gradient = np.concatenate([found[key].reshape(-1) for key in ("dW1", "db1", "dW2", "db2")])
    np.testing.assert_allclose(gradient, network.gradient, atol=1e-12)


@pytest.mark.parametrize(("sample", "steps"), WALKS)
def test_each_gradient_agrees_with_its_numerical_check(sample: int, steps: int) -> None:
    backward = [stage for stage in walk(sample, steps).stages if stage.key.startswith("d")]
    assert [stage.key for stage in backward] == ["dz2", "dW2", "db2", "da1", "dz1", "dW1", "db1"]
    for stage in backward:
        assert stage.tried is not None
        assert stage.tried.shape == stage.result.values.shape
        np.testing.assert_allclose(stage.result.values, stage.tried, atol=1e-6)


def test_central_differences_find_a_known_slope_and_put_everything_back() -> None:
    at = np.array([[1.0, -2.0, 3.0]])
    slopes = walking.central_differences(lambda: float((at**3).sum()), at)
    np.testing.assert_allclose(slopes, [[3.0, 12.0, 27.0]], rtol=1e-8)
    np.testing.assert_array_equal(at, [[1.0, -2.0, 3.0]])


@pytest.mark.parametrize("stage", walk().stages, ids=lambda stage: stage.key)
def test_the_marked_lines_are_those_that_compute_the_stage(stage: Stage) -> None:
    source = stage.source
    lines = (ROOT / source.file).read_text(encoding="utf-8").split("\n")
    shown = [line.strip() for line in source.lines]
    assert shown == [line.strip() for line in lines[source.first - 1 : source.first - 1 + len(shown)]]
    marked = [lines[number - 1] for number in source.marked]
    assert len(marked) == len(MARKED[stage.key])
    for line, expected in zip(marked, MARKED[stage.key], strict=True):
        assert expected in line
    assert source.place == f"{source.file}:{source.marked[0]}"


@pytest.mark.parametrize("stage", walk(3, 20).stages, ids=lambda stage: stage.key)
def test_each_number_is_explained_by_the_stages_inputs(stage: Stage) -> None:
    values = stage.result.values.reshape(-1)
    assert len(stage.details) == len(values)
    for value, detail in zip(values, stage.details, strict=True):
        assert written(float(value)) in detail.latex
        for operand, used in zip(stage.operands, detail.used, strict=True):
            assert used
            assert all(0 <= place < operand.values.size for place in used)


@pytest.mark.parametrize("key", ["z1", "z2", "dW2", "da1", "dW1"])
def test_the_arithmetic_shown_comes_to_the_number_shown(key: str) -> None:
    stage = next(stage for stage in walk(3, 20).stages if stage.key == key)
    for value, detail in zip(stage.result.values.reshape(-1), stage.details, strict=True):
        for operand, used in zip(stage.operands, detail.used, strict=True):
            for number in operand.values.reshape(-1)[list(used)]:
                assert f"{abs(number):.3f}" in detail.latex
        sum_ = re.fullmatch(r".* = (.*) \\approx .*", detail.latex)
        assert sum_
        factors = re.findall(r"[-+]? ?\(?-?\d+\.\d+\)?", sum_[1].replace(r"\cdot", "·"))
        assert len(factors) >= 2
        total = sum(_term(term) for term in sum_[1].replace(" - ", " + -").split(" + "))
        assert total == pytest.approx(value, abs=0.005)  # the shown factors are rounded


def test_no_arithmetic_has_a_rounded_zero_or_one_that_contradicts_its_result() -> None:
    stages = {stage.key: stage for stage in walk(4, 200).stages}
    assert stages["loss"].details[0].latex == "L = -(-0.000384) = 0.000384"
    assert stages["dz2"].details[1].latex.endswith("= 0.999616 - 1 = -0.000384")
    assert stages["dW2"].details[1].latex.endswith(r"= 3.285 \cdot (-0.000384) \approx -0.001")


def _term(text: str) -> float:
    return float(np.prod([float(factor.strip("() ")) for factor in text.split(r"\cdot")]))


def test_an_excerpt_refuses_a_line_that_is_not_there_exactly_once() -> None:
    assert len(excerpt(ReLU.forward, "return np.maximum(").marked) == 1
    with pytest.raises(LookupError, match="0 statements"):
        excerpt(Dense.forward, "out = input @ self.weights")

    def twice() -> int:
        number = 1
        number += 1
        number += 1
        return number

    assert twice() == 3
    with pytest.raises(LookupError, match="2 statements"):
        excerpt(twice, "number +=")
