"""Networks leave as safetensors and come back, weights from elsewhere come in, and other files get a sentence."""

import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from mlp import Dataset, Model, RunConfig, advance, evaluate, load_dataset
from mlp.datasets import Recipe
from mlp.export import FORMATS, ExportedRun
from mlp.export.format import OpeningError
from mlp.export.opening import OpenedNetwork, open_network
from mlp.network.layers import ACTIVATIONS
from tests.tables import mixed_model, regression_model, trained

Shapes = dict[str, tuple[int, ...]]


def images_model(activation: str = "relu") -> Model:
    return trained(RunConfig(dataset="digits", hidden=(20, 16), activation=activation), load_dataset("digits"), 40)


def points_model() -> Model:
    name = Recipe("spirals", classes=3, features=("x", "y", "sinx")).name
    return trained(RunConfig(dataset=name, hidden=(9,)), load_dataset(name), 40)


MODELS = {
    "images": images_model(),
    "points": points_model(),
    "normalized": trained(
        RunConfig(dataset="digits", hidden=(20, 16), batch_norm=True, averaging=0.9), load_dataset("digits"), 40
    ),
    "no hidden layer": trained(RunConfig(dataset="digits", hidden=()), load_dataset("digits"), 40),
    "table": mixed_model(),
    "regression": mixed_model("regression"),
    "rows of numbers": regression_model(50),
}


def saved(model: Model, folder: Path) -> Path:
    path = folder / "network.safetensors"
    FORMATS["safetensors"].save(ExportedRun(model), path)
    return path


@pytest.mark.parametrize("kind", MODELS)
def test_a_network_comes_back_to_the_last_bit(kind: str, tmp_path: Path) -> None:
    model = MODELS[kind]
    network = open_network(saved(model, tmp_path))
    assert network.notes == ()
    assert network.sizes == model.sizes
    inputs = model.dataset.validation.inputs
    assert network.on(model.dataset).state.step == 0
    assert network.alone().state.step == model.state.step
    for opened in (network.on(model.dataset), network.alone()):
        assert opened.config == replace(model.config, dataset=model.dataset.info.name, batch_norm=False)
        assert np.array_equal(opened.state.parameters, model.parameters)
        assert np.array_equal(opened.logits(inputs), model.logits(inputs))
    assert network.alone().dataset.train.inputs.dtype == model.dataset.train.inputs.dtype


@pytest.mark.parametrize("names", [(), range(300), np.arange(300)], ids=["no names", "numbers", "an array"])
def test_a_network_of_hundreds_of_classes_comes_back_with_their_names(names: Any, tmp_path: Path) -> None:
    dataset = Dataset.from_arrays(np.arange(600)[:, None], np.arange(600) % 300, class_names=names)
    model = trained(RunConfig(hidden=(), batch_size=8), dataset, 1)
    opened = open_network(saved(model, tmp_path)).alone()
    assert opened.dataset.info.class_names == dataset.info.class_names == tuple(map(str, range(300)))


def test_a_table_comes_back_with_its_preprocessing(tmp_path: Path) -> None:
    model = MODELS["table"]
    opened = open_network(saved(model, tmp_path)).alone()
    assert model.dataset.table is not None
    assert opened.dataset.table is not None
    assert opened.dataset.table.preprocessing == model.dataset.table.preprocessing
    assert opened.dataset.info == model.dataset.info


def test_the_file_has_each_layers_weights_as_pytorch_lays_them_out(tmp_path: Path) -> None:
    model = MODELS["images"]
    arrays = safetensors.numpy.load_file(saved(model, tmp_path))
    assert {name: array.shape for name, array in arrays.items()} == {
        "0.weight": (20, 64),
        "0.bias": (20,),
        "2.weight": (16, 20),
        "2.bias": (16,),
        "4.weight": (10, 16),
        "4.bias": (10,),
    }
    x = model.dataset.validation.inputs * np.float32(model.dataset.info.scale)
    for layer in (0, 2, 4):  # as a stranger would compute it
        x = x @ arrays[f"{layer}.weight"].T + arrays[f"{layer}.bias"]
        x = np.maximum(x, 0) if layer < 4 else x
    np.testing.assert_allclose(x, model.logits(model.dataset.validation.inputs), atol=1e-4)


def test_the_metadata_says_what_the_numbers_mean(tmp_path: Path) -> None:
    path = saved(MODELS["images"], tmp_path)
    with safetensors.safe_open(path, framework="np") as file:
        metadata = file.metadata()
    assert metadata["format"] == "pt"
    found = json.loads(metadata["mlp"])
    assert found["sizes"] == [64, 20, 16, 10]
    assert found["activation"] == "relu"
    assert RunConfig(**found["settings"]) == MODELS["images"].config
    assert found["data"]["class_names"] == list("0123456789")
    assert (found["data"]["scale"], found["data"]["dtype"], found["data"]["license"]) == (1 / 16, "uint8", "CC BY 4.0")
    assert found["preprocessing"] is None
    assert found["trained"] == {"step": 40, "epoch": 1, "examples": 1261}
    assert set(found["versions"]) == {"python", "numpy"}


# ── from elsewhere ────────────────────────────────────────────────────────────────────────────────────────────────


def write(folder: Path, arrays: dict[str, np.ndarray], **metadata: str) -> Path:
    path = folder / "theirs.safetensors"
    safetensors.numpy.save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, path, metadata)
    return path


def layers_of(model: Model) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(dense.weights, dense.biases) for dense in model.network(1).dense_layers]


def as_theirs(style: str, model: Model) -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = {}
    for number, (weights, biases) in enumerate(layers_of(model), 8):  # so that 10 comes after 9
        if style == "pytorch":
            arrays |= {f"fc{number}.weight": weights.T, f"fc{number}.bias": biases}
        elif style == "keras":
            arrays |= {f"dense_{number}/kernel:0": weights, f"dense_{number}/bias:0": biases}
        elif style == "short":
            arrays |= {f"W{number}": weights.T, f"b{number}": biases}
        else:
            arrays |= {f"coefs_{number}": weights, f"intercepts_{number}": biases}
    return arrays


@pytest.mark.parametrize("style", ["pytorch", "keras", "short", "scikit-learn"])
def test_a_network_of_any_framework_is_read(style: str, tmp_path: Path) -> None:
    model = MODELS["images"]
    network = open_network(write(tmp_path, as_theirs(style, model)))
    assert np.array_equal(network.parameters, model.state.parameters)
    how = "[inputs, outputs], as in Keras" if style in ("keras", "scikit-learn") else "[outputs, inputs], as in PyTorch"
    assert network.notes[0] == f"Weights are stored as {how}."
    assert "ReLU is assumed" in network.notes[1]
    assert len(network.notes) == 2
    assert network.description is None
    opened = network.on(model.dataset)
    inputs = model.dataset.validation.inputs
    assert np.array_equal(opened.logits(inputs), model.logits(inputs))
    assert opened.config.hidden == (20, 16)


def test_square_weights_are_turned_as_their_names_say(tmp_path: Path) -> None:
    weights = np.arange(9, dtype=np.float32).reshape(3, 3)
    for name, expected in (("fc.weight", weights.T), ("dense/kernel", weights)):
        assert np.array_equal(open_network(write(tmp_path, {name: weights})).parameters[:9], expected.ravel())


def test_layers_without_numbers_are_ordered_by_their_shapes(tmp_path: Path) -> None:
    (w1, b1), (w2, b2), (w3, b3) = layers_of(MODELS["images"])
    arrays = {"hidden.weight": w2.T, "hidden.bias": b2, "stem.weight": w1.T, "stem.bias": b1}
    network = open_network(write(tmp_path, arrays | {"head.weight": w3.T, "head.bias": b3}))
    assert np.array_equal(network.parameters, MODELS["images"].state.parameters)
    order = "'stem.weight', 'hidden.weight', 'head.weight'"
    assert network.notes[1] == f"The order of the layers was found by their shapes: {order}."


@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16"])
def test_other_precisions_are_converted(dtype: str, tmp_path: Path) -> None:
    numbers = np.array([[1.5, -0.25, 0.0], [2.0, 96.0, 1 / 1024]], np.float32)  # exact in all of them
    if dtype == "bfloat16":
        name, content = "BF16", (numbers.view(np.uint32) >> 16).astype(np.uint16).tobytes()
        header = json.dumps({"a.weight": {"dtype": name, "shape": [2, 3], "data_offsets": [0, len(content)]}}).encode()
        path = tmp_path / "theirs.safetensors"
        path.write_bytes(struct.pack("<Q", len(header)) + header + content)
    else:
        name, path = dtype.replace("float", "F"), write(tmp_path, {"a.weight": numbers.astype(dtype)})
    network = open_network(path)
    assert np.array_equal(network.parameters, [*numbers.T.ravel(), 0, 0])
    assert network.notes[1:] == (
        f"Numbers of type {name} were converted to float32.",
        "There are no biases for 'a.weight', so they are zero.",
    )


def test_a_network_for_other_data_is_refused(tmp_path: Path) -> None:
    network = open_network(saved(MODELS["points"], tmp_path))
    with pytest.raises(OpeningError, match=r"64 inputs and 10 outputs; this one has 3 and 3"):
        network.on(load_dataset("digits"))


@pytest.mark.parametrize("change", [{"scale": 1 / 255}, {"image_shape": (4, 16)}, {"image_shape": None, "columns": 64}])
def test_data_whose_examples_become_other_inputs_is_refused(change: dict[str, Any], tmp_path: Path) -> None:
    network = open_network(saved(MODELS["images"], tmp_path))
    digits = load_dataset("digits")
    with pytest.raises(OpeningError, match="in another way"):
        network.on(replace(digits, info=replace(digits.info, **change)))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_file_that_does_not_say_its_activation_gets_one(activation: str, tmp_path: Path) -> None:
    model = images_model(activation)
    network: OpenedNetwork = open_network(write(tmp_path, as_theirs("pytorch", model)))
    inputs = model.dataset.validation.inputs
    assert np.array_equal(network.on(model.dataset, activation).logits(inputs), model.logits(inputs))


def test_an_opened_network_can_be_trained_on(tmp_path: Path) -> None:
    model = open_network(saved(MODELS["images"], tmp_path)).on(load_dataset("digits"))
    state, _ = advance(model.config, model.dataset, model.state, 200)
    before, after = (evaluate(model.config, model.dataset, each).accuracy for each in (model.state, state))
    assert state.step == 200
    assert after > before > 0.2  # a new network has a tenth
