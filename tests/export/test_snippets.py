"""The programs for PyTorch and Keras have the run's network: the same outputs. Skipped where they are not installed."""

import importlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlp import Dataset, Model, RunConfig, initial_state
from mlp.datasets import CLASSIFICATION, REGRESSION
from mlp.datasets.dataset import Target
from mlp.export import FORMATS, ExportedRun, open_network
from mlp.export.snippets import LAYERS
from mlp.inspection.predictions import class_probabilities
from mlp.inspection.regression import predicted_numbers
from mlp.network.layers import ACTIVATIONS, Array
from mlp.training import inputs_of
from tests.models import model_of
from tests.tables import mixed_model

CONFIG = RunConfig(dataset="digits", hidden=(12, 7))


def names_of(form: str, run: ExportedRun, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Run the program in a folder that has the weights; return what it defines."""
    monkeypatch.chdir(folder)
    weights = FORMATS["safetensors"]
    weights.save(run, folder / weights.file_name(run))
    FORMATS[form].save(run, folder / "program.py")
    names: dict[str, Any] = {}
    exec((folder / "program.py").read_text(encoding="utf-8"), names)
    return names


def inputs_for(run: ExportedRun) -> Array:
    return inputs_of(run.model.dataset, run.model.dataset.validation.inputs)


def check(form: str, run: ExportedRun, names: dict[str, Any]) -> None:
    made = importlib.import_module("torch").from_numpy if form == "pytorch" else np.asarray
    inputs = made(inputs_for(run))
    model, raw = run.model, run.model.dataset.validation.inputs
    outputs = names["network"](inputs)
    outputs = outputs.detach().numpy() if form == "pytorch" else np.asarray(outputs)
    assert np.abs(outputs - model.logits(raw)).max() < 1e-4
    classification = model.dataset.info.task == CLASSIFICATION
    expected = class_probabilities(model, raw) if classification else predicted_numbers(model, raw)
    assert np.abs(np.asarray(names["predict"](inputs)) - expected).max() < 1e-4
    if classification:
        assert names["CLASSES"] == list(model.dataset.info.class_names)


def runs() -> dict[str, ExportedRun]:
    models = {name: model_of(replace(CONFIG, activation=name), 60) for name in ACTIVATIONS}
    models["own activations"] = model_of(replace(CONFIG, activation="tanh.relu"), 60)
    models["no hidden layer"] = model_of(replace(CONFIG, hidden=()), 60)
    models["points"] = model_of(RunConfig(dataset="moons", hidden=(4,), batch_size=8), 60)
    models["table"] = mixed_model(steps=20)
    numbers = mixed_model(REGRESSION, steps=20)
    info = replace(numbers.dataset.info, target=Target('a "name"\n', mean=2.5, scale=3.0))
    models["regression"] = replace(numbers, dataset=replace(numbers.dataset, info=info))
    return {name: ExportedRun(model, name='"""\n') for name, model in models.items()}


RUNS = runs()


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize(("form", "library"), [("pytorch", "torch"), ("keras", "keras")])
def test_the_program_has_the_same_outputs(
    form: str, library: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(library)
    check(form, RUNS[name], names_of(form, RUNS[name], tmp_path, monkeypatch))


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("form", ["pytorch", "keras"])
def test_the_program_is_python_and_says_what_goes_in(form: str, name: str, tmp_path: Path) -> None:
    FORMATS[form].save(RUNS[name], tmp_path / "program.py")
    text = (tmp_path / "program.py").read_text(encoding="utf-8")
    compile(text, "program.py", "exec")
    units = RUNS[name].model.sizes[0]
    assert f"for inputs [examples, {units}]: " in text
    assert max(map(len, text.splitlines())) <= 160


def test_images_of_floats_go_in_as_they_are_from_an_opened_file_too(tmp_path: Path) -> None:
    dataset = Dataset.from_arrays(np.random.default_rng(0).uniform(0, 16, (30, 4, 4)), np.arange(30) % 2)
    config = RunConfig(hidden=(4,), batch_size=4)
    FORMATS["safetensors"].save(ExportedRun(Model(config, dataset, initial_state(config, dataset))), tmp_path / "a")
    FORMATS["pytorch"].save(ExportedRun(open_network(tmp_path / "a").alone()), tmp_path / "program.py")
    assert "pixels, row by row, times 1.0." in (tmp_path / "program.py").read_text(encoding="utf-8")


def test_each_dense_layer_but_the_last_is_followed_by_its_activation(tmp_path: Path) -> None:
    FORMATS["pytorch"].save(RUNS["own activations"], tmp_path / "program.py")
    lines = [line.strip() for line in (tmp_path / "program.py").read_text(encoding="utf-8").splitlines()]
    start = lines.index("network = nn.Sequential(") + 1
    expected = ["nn.Linear(64, 12),", "nn.Tanh(),", "nn.Linear(12, 7),", "nn.ReLU(),", "nn.Linear(7, 10),"]
    assert lines[start : start + 5] == expected


def test_every_activation_has_its_layers() -> None:
    assert list(LAYERS) == list(ACTIVATIONS)


def test_the_names_of_the_files_tell_the_formats_apart() -> None:
    run = RUNS["relu"]
    assert [FORMATS[form].file_name(run) for form in ("py", "pytorch", "keras")] == [
        "network-step-60.py",
        "network-step-60-pytorch.py",
        "network-step-60-keras.py",
    ]
