"""An .onnx file gives the answers of the network it was made of, from raw examples, wherever ONNX runs."""

import importlib.util
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

from mlp import Dataset, Model, RunConfig, initial_state, load_dataset
from mlp.datasets import FEATURES, Recipe, is_available
from mlp.datasets.dataset import Table
from mlp.datasets.own.importing import import_file
from mlp.datasets.preprocessing import CategoryColumn, NumberColumn, Preprocessing
from mlp.export import FORMATS, ExportedRun, ExportError, open_network
from mlp.inspection.predictions import class_probabilities
from mlp.inspection.regression import predicted_numbers
from mlp.network.layers import ACTIVATIONS
from tests.tables import mixed_model, regression_model, trained

LARGEST_DIFFERENCE = 1e-4  # of a logit


def exported(model: Model) -> bytes:
    out = io.BytesIO()
    FORMATS["onnx"].write(ExportedRun(model), out)
    return out.getvalue()


def run(content: bytes, inputs: dict[str, np.ndarray]) -> dict[str, Any]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    return dict(zip((output.name for output in session.get_outputs()), session.run(None, inputs), strict=True))


def raw_inputs(model: Model, count: int | None = None) -> dict[str, np.ndarray]:
    """The validation set as a stranger has it: pixels, coordinates, or a table's cells."""
    dataset = model.dataset
    info, inputs = dataset.info, dataset.validation.inputs[:count]
    if dataset.table:
        found: dict[str, np.ndarray] = {}
        for column, values in zip(dataset.table.preprocessing.columns, dataset.table.validation[:count].T, strict=True):
            if isinstance(column, CategoryColumn):
                texts = ["" if np.isnan(value) else column.values[int(value)] for value in values]
                found[column.name] = np.array(texts, object)[:, None]
            else:
                found[column.name] = values.astype(np.float64)[:, None]
        return found
    if info.image_shape:
        return {"pixels": np.asarray(inputs).reshape(-1, *info.image_shape)}
    return {"points" if info.features else "columns": np.asarray(inputs)}


def check_agreement(model: Model, count: int | None = None) -> None:
    content = exported(model)
    onnx.checker.check_model(onnx.load_from_string(content), full_check=True)
    outputs = run(content, raw_inputs(model, count))
    inputs = model.dataset.validation.inputs[:count]
    if model.dataset.info.task == "regression":
        assert list(outputs) == ["value"]
        scale = model.dataset.info.target.scale if model.dataset.info.target else 1
        expected = predicted_numbers(model, inputs)
        assert outputs["value"].shape == expected.shape
        assert np.abs(outputs["value"] - expected).max() <= LARGEST_DIFFERENCE * scale
        return
    assert list(outputs) == ["logits", "probabilities", "label"]
    logits = model.logits(inputs)
    assert np.abs(outputs["logits"] - logits).max() <= LARGEST_DIFFERENCE
    assert np.abs(outputs["probabilities"] - class_probabilities(model, inputs)).max() <= LARGEST_DIFFERENCE
    assert outputs["label"].dtype == np.int64
    assert np.array_equal(outputs["label"], logits.argmax(axis=1))


DIGITS = RunConfig(dataset="digits", hidden=(20, 16))


@pytest.mark.parametrize("activation", [*ACTIVATIONS, "tanh.elu"])
def test_images_get_the_same_answers_with_every_activation(activation: str) -> None:
    check_agreement(trained(replace(DIGITS, activation=activation), load_dataset("digits"), 300))


def test_a_normalized_and_averaged_network() -> None:
    check_agreement(trained(replace(DIGITS, batch_norm=True, averaging=0.9), load_dataset("digits"), 300))


def test_images_go_in_with_the_pixels_of_the_file_that_was_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlp.datasets.roots.PROGRAM_DATA", tmp_path / "data")
    monkeypatch.delenv("MLP_DATA_DIR", raising=False)
    pixels = np.random.default_rng(0).integers(-8, 9, (30, 4, 4))
    pixels[0, 0, :2] = -8, 8
    np.savez(tmp_path / "data.npz", X=pixels, y=np.arange(30) % 2)
    dataset = load_dataset(import_file(tmp_path / "data.npz"))
    model = trained(RunConfig(dataset=dataset.info.name, hidden=(4,), batch_size=4), dataset, 9)
    examples = np.rint(dataset.validation.inputs.reshape(-1, 4, 4) * (16 / 255) - 8)
    logits = run(exported(model), {"pixels": examples.astype(np.float32)})["logits"]
    assert np.abs(logits - model.logits(dataset.validation.inputs)).max() <= LARGEST_DIFFERENCE


def test_images_of_floats_go_in_as_they_are(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).uniform(-8, 8, (30, 4, 4))
    dataset = Dataset.from_arrays(pixels, np.arange(30) % 2)
    model = trained(RunConfig(hidden=(4,), batch_size=4), dataset, 9)
    FORMATS["safetensors"].save(ExportedRun(model), tmp_path / "network.safetensors")
    examples = dataset.validation.inputs
    for each in (model, open_network(tmp_path / "network.safetensors").alone()):
        logits = run(exported(each), {"pixels": examples.reshape(-1, 4, 4)})["logits"]
        assert np.abs(logits - model.logits(examples)).max() <= LARGEST_DIFFERENCE


def test_a_network_without_hidden_layers() -> None:
    check_agreement(trained(replace(DIGITS, hidden=()), load_dataset("digits"), 100))


@pytest.mark.skipif(not is_available("mnist"), reason="MNIST is not on disk")
def test_all_of_mnist() -> None:
    model = trained(RunConfig(), load_dataset("mnist"), 1600)
    assert len(model.dataset.validation.labels) == 10_000
    check_agreement(model)


@pytest.mark.parametrize("features", [*((name,) for name in FEATURES), tuple(FEATURES)])
def test_points_go_in_as_coordinates(features: tuple[str, ...]) -> None:
    name = Recipe("spirals", classes=3, features=features).name
    check_agreement(trained(RunConfig(dataset=name, hidden=(12,)), load_dataset(name), 300))


def test_heights_of_points() -> None:
    name = Recipe("hills", task="regression").name
    check_agreement(trained(RunConfig(dataset=name, hidden=(12,)), load_dataset(name), 300))


def test_rows_of_numbers() -> None:
    check_agreement(regression_model(50))


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_table_goes_in_by_column_with_missing_and_rare_values(task: str) -> None:
    model = mixed_model(task)
    assert model.dataset.table is not None
    assert np.isnan(model.dataset.table.validation).any()
    assert (model.dataset.table.validation[:, 1] == 3).any()  # Nice is rare
    check_agreement(model)


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_an_imported_table(task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlp.datasets.roots.PROGRAM_DATA", tmp_path / "data")
    monkeypatch.delenv("MLP_DATA_DIR", raising=False)
    lines = ["age,height (cm),city,color,wage"]
    for day in range(200):
        age = "" if day % 9 == 0 else f"{day * 37 % 91}"
        height = "" if day % 7 == 0 else f"{150 + day / 4}"
        city, color = ("Paris", '"Nîmes, France"', "Rome")[day % 3], ("red", "blue", "", f"rare {day}")[day % 4]
        wage = ("low", "high")[day % 2] if task == "classification" else f"{20_000 + 7.25 * day**2}"
        lines.append(f"{age},{height},{city},{color},{wage}")
    file = tmp_path / "people.csv"
    file.write_text("\n".join([*lines, ""]))
    name = import_file(file, target="wage")
    model = trained(RunConfig(dataset=name, hidden=(8,), learning_rate=0.02), load_dataset(name), 200)
    assert model.dataset.info.task == task
    check_agreement(model)
    opened = onnx.load_from_string(exported(model))
    assert {given.name for given in opened.graph.input} >= {"age", "height (cm)", "city"}


def odd_table(*columns: NumberColumn | CategoryColumn) -> Model:
    preprocessing = Preprocessing(columns)
    raw = np.zeros((9, len(columns)), np.float32)
    raw[::2] = np.nan
    inputs = preprocessing.transform(raw)
    dataset = Dataset.from_arrays(inputs, np.arange(9) % 2)
    rows = raw[: len(dataset.validation.labels)]
    dataset = replace(
        dataset,
        table=Table(preprocessing, raw, rows, raw),
        validation=dataset.validation._replace(inputs=preprocessing.transform(rows)),
    )
    config = RunConfig(hidden=(), batch_size=1)
    return Model(config, dataset, initial_state(config, dataset))


def test_columns_may_be_called_like_outputs_and_have_rare_values_only() -> None:
    model = odd_table(
        NumberColumn("label", 0, 0, 1, 0, 1),
        CategoryColumn("logits", (), other=True, rare=("a", "b")),
        CategoryColumn("nothing", ()),
    )
    opened = onnx.load_from_string(exported(model))
    onnx.checker.check_model(opened, full_check=True)
    assert [given.name for given in opened.graph.input] == ["label_", "logits_"]
    raw = {"label_": np.array([[np.nan], [3.0]]), "logits_": np.array([["a"], [""]], object)}
    expected = model.logits(np.array([[0, 1], [3, 1]], np.float32))
    assert np.abs(run(opened.SerializeToString(), raw)["logits"] - expected).max() <= LARGEST_DIFFERENCE


def test_numbers_that_mean_missing() -> None:
    model = odd_table(NumberColumn("age", 30, 32, 10, 2, 80, flag=True, missing_values=(-999.0, 0.1)))
    values = np.array([[np.nan], [-999.0], [0.1], [52.0]])
    assert model.dataset.table is not None
    expected = model.logits(model.dataset.table.preprocessing.transform(values))
    assert (expected[:3] == expected[0]).all()
    assert np.abs(run(exported(model), {"age": values})["logits"] - expected).max() <= LARGEST_DIFFERENCE


def test_any_number_of_examples_goes_in_even_none() -> None:
    content = exported(trained(DIGITS, load_dataset("digits"), 1))
    for count in (0, 1, 7):
        outputs = run(content, {"pixels": np.zeros((count, 8, 8), np.uint8)})
        assert {name: array.shape for name, array in outputs.items()} == {
            "logits": (count, 10),
            "probabilities": (count, 10),
            "label": (count,),
        }


def test_the_file_is_what_older_runtimes_read_and_says_what_it_is() -> None:
    opened = onnx.load_from_string(exported(mixed_model()))
    assert opened.ir_version == 8
    assert {(each.domain, each.version) for each in opened.opset_import} == {("", 17), ("ai.onnx.ml", 3)}
    (metadata,) = opened.metadata_props
    assert metadata.key == "mlp"
    assert json.loads(metadata.value)["preprocessing"][1]["categories"] == ["Bonn", "Paris", "Oslo"]


def test_without_the_package_a_sentence_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ExportError, match=r"pip install onnx$"):
        FORMATS["onnx"].save(ExportedRun(mixed_model(steps=1)), tmp_path / "network.onnx")
    assert list(tmp_path.iterdir()) == []
