"""A run's script needs numpy alone, is short enough to be read in class, and ends with the run's parameters."""

import ast
import gzip
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlp import Dataset, Model, RunConfig, advance, initial_state, load_dataset
from mlp.config import SETTINGS
from mlp.datasets import DATASETS, OwnPoint, Recipe, is_available
from mlp.datasets.features import FEATURES
from mlp.datasets.places import ready
from mlp.export import FORMATS, ExportedRun, ExportError
from mlp.export.script_data import read_idx
from mlp.network import products
from mlp.network.products import leaves_small_ones_unpacked
from mlp.store import Store
from mlp.training.checkpoint import Checkpoint
from tests.stories import story
from tests.tables import mixed
from tests.tiny_dataset import idx

DIGITS = RunConfig(dataset="digits", hidden=(20,))
PRODUCTS = 36 if leaves_small_ones_unpacked() else 0  # lines: on such processors, products are cut as in training
MOST_LINES = 250 + PRODUCTS
MORE_LINES = {"normalized": 350, "augmented": 300, "all": 460}  # nobody uses everything at once


def run_of(*phases: tuple[RunConfig, int], dataset: Dataset | None = None) -> ExportedRun:
    """Train with some settings after the other, each for some steps, as a run with live changes does."""
    first = phases[0][0]
    dataset = dataset or load_dataset(first.dataset)
    now = Checkpoint(Model(first, dataset, initial_state(first, dataset)))
    for number, (config, steps) in enumerate(phases):
        now = replace(now, model=replace(now.model, config=config))
        if number:
            now = replace(now, changes=(*now.changes, now.mark(f"change {number}")))
        state, _ = advance(config, dataset, now.state, steps)
        now = replace(now, model=replace(now.model, state=state))
    return ExportedRun.of(replace(now, started_with=first))


def written(form: str, run: ExportedRun) -> bytes:
    out = io.BytesIO()
    FORMATS[form].write(run, out)
    return out.getvalue()


def script_of(run: ExportedRun) -> str:
    return written("py", run).decode()


@pytest.fixture(scope="module")
def numpy_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that has numpy and nothing else that is installed."""
    folder = tmp_path_factory.mktemp("numpy")
    installed = Path(np.__file__).parents[1]
    for name in ("numpy", "numpy.libs"):
        if (installed / name).exists():
            (folder / name).symlink_to(installed / name)
    return folder


def result_of(text: str, folder: Path, numpy_alone: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a folder, by a Python that finds numpy only."""
    file = folder / "script.py"
    file.write_text(text, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(numpy_alone), "PYTHONUTF8": "1"}
    command = [sys.executable, "-S", "-W", "error", str(file), *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8")


def printed_by(text: str, folder: Path, numpy_alone: Path, *words: str) -> str:
    """Run a script, which must end well; return what it prints."""
    done = result_of(text, folder, numpy_alone, *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def check_same(run: ExportedRun, folder: Path, numpy_alone: Path, *words: str) -> str:
    """Check that the script ends with the run's parameters. Return its text."""
    text = script_of(run)
    digest = hashlib.sha256(run.model.parameters.tobytes()).hexdigest()
    assert f'"{digest}"' in text
    assert "The parameters are the same as the run's" in printed_by(text, folder, numpy_alone, *words)
    return text


WITH_ALL = replace(
    DIGITS,
    hidden=(20, 12),
    activation="gelu",
    initializer="he",
    optimizer="adamw",
    learning_rate=0.003,
    schedule="one_cycle",
    epochs=3,
    l1=1e-5,
    l2=1e-4,
    dropout=0.2,
    class_weights="balanced",
    batch_norm=True,
    averaging=0.98,
    input_dropout=0.1,
    label_smoothing=0.05,
    clip_norm=2.0,
    max_norm=2.0,
)

WAVES = Recipe("waves", noise=0.1, features=("x", "sinx", "xy"), task="regression").name
CONFIGS = {
    "SGD": replace(DIGITS, epochs=2),
    "no hidden layer": replace(DIGITS, hidden=()),
    "tanh": replace(DIGITS, activation="tanh", initializer="lecun", optimizer="momentum", learning_rate=0.05),
    "sigmoid": replace(DIGITS, activation="sigmoid", optimizer="nesterov", schedule="step", epochs=2),
    "linear": replace(DIGITS, activation="identity", optimizer="rmsprop", learning_rate=0.001, l1=0.001),
    "leaky": replace(DIGITS, activation="leaky_relu", initializer="zeros", class_weights="balanced"),
    "Adam": replace(DIGITS, optimizer="adam", learning_rate=0.002, schedule="cosine", epochs=3, l2=0.001, dropout=0.3),
    "all": WITH_ALL,
    "normalized": replace(
        DIGITS,
        activation="selu",
        batch_norm=True,
        hidden=(20, 12),
        input_dropout=0.1,
        batch_size=26,
        label_smoothing=0.1,
    ),
    "own activations": replace(DIGITS, hidden=(20, 9), activation="tanh.leaky_relu", dropout=0.1, epochs=2),
    "own dropouts": replace(DIGITS, hidden=(20, 9, 8), dropout=(0.4, 0, 0.1), epochs=2),
    "averaged": replace(
        DIGITS, activation="elu", averaging=0.95, clip_norm=0.5, max_norm=1.0, optimizer="nesterov", learning_rate=0.05
    ),
    "shrunk": replace(DIGITS, optimizer="momentum", momentum=0.04, learning_rate=1.0, l2=1.0),  # weights become tiny
    "regression": RunConfig(dataset=WAVES, hidden=(8,), activation="swish", optimizer="adam"),
    "augmented": replace(
        DIGITS, shift=1, rotation=10, scaling=0.1, shear=0.1, flip=True, elastic=9, pixel_noise=0.1, cutout=0.2
    ),
    "noise": replace(DIGITS, pixel_noise=0.1),
    "hills": RunConfig(
        dataset=Recipe("hills", task="regression").name, hidden=(8,), learning_rate=0.05, class_weights="balanced"
    ),
    "moons": RunConfig(dataset="moons", hidden=(4, 4), batch_size=10, learning_rate=0.03),
    "own points": RunConfig(
        dataset=Recipe("xor", features=("x", "y", "xy"), own=(OwnPoint(0.5, -0.25, 1),)).name, hidden=(4,), batch_size=8
    ),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_the_script_ends_with_the_runs_parameters(name: str, tmp_path: Path, numpy_alone: Path) -> None:
    text = check_same(run_of((CONFIGS[name], 61)), tmp_path, numpy_alone)
    assert text.count("\n") <= MORE_LINES.get(name, 250) + PRODUCTS


def test_a_script_with_any_one_option_is_short_enough_for_a_class() -> None:
    longest = Recipe("spirals", features=tuple(FEATURES)).name  # of all data, drawing these takes the most lines
    data, usual = load_dataset(longest), RunConfig(dataset=longest, hidden=(20, 12))
    numbers = ("l1", "l2", "dropout", "input_dropout", "max_norm", "clip_norm", "averaging", "label_smoothing")
    options: dict[str, Iterable[Any]] = dict.fromkeys(numbers, (0.1,))
    options |= {name: row.choices for name, row in SETTINGS.items() if row.choices and name != "dataset"}
    for name, values in options.items():
        for value in values:
            changed: dict[str, Any] = {name: value}
            config = replace(usual, **changed)
            run = ExportedRun.of(Checkpoint(Model(config, data, initial_state(config, data)), started_with=config))
            if not FORMATS["py"].why_not(run):
                assert script_of(run).count("\n") <= MOST_LINES, (name, value)


def test_settings_changed_during_the_run_change_in_the_script(tmp_path: Path, numpy_alone: Path) -> None:
    slower = replace(DIGITS, learning_rate=0.02, batch_size=50, class_weights="balanced", shift=1)
    adam = replace(slower, optimizer="adam", learning_rate=0.001, dropout=0.2, schedule="step", epochs=3, momentum=0.0)
    run = run_of(
        (DIGITS, 45),
        (slower, 7),
        (adam, 30),
        (replace(adam, l1=0.001, class_weights="none", elastic=5), 5),
        (DIGITS, 9),
    )
    text = check_same(run, tmp_path, numpy_alone)
    assert text.count("\n    Phase(") == 5
    assert "# After step 52: change 2" in text


@pytest.mark.parametrize(("last", "batch_norm"), [(0.0, False), (0.9, True)])
def test_averages_begin_end_and_begin_again_as_in_the_run(
    last: float, batch_norm: bool, tmp_path: Path, numpy_alone: Path
) -> None:
    usual = replace(DIGITS, batch_norm=batch_norm)
    averaged = replace(usual, averaging=0.9, batch_size=50)
    phases = [(usual, 20), (averaged, 5), (usual, 4), (averaged, 6), (replace(averaged, averaging=0.5), 3)]
    run = run_of(*phases, (replace(averaged, averaging=last), 7))
    # Setting it without training on changes no weights, so the script ends with those of the last step.
    paused = replace(run, model=replace(run.model, config=replace(averaged, averaging=0.9 - last)))
    for each in (run, paused):
        text = script_of(each)
        assert "The parameters are the same as the run's" in printed_by(text, tmp_path, numpy_alone)


def test_a_fork_and_its_parent_are_one_story(tmp_path: Path, numpy_alone: Path) -> None:
    with closing(Store(f"sqlite:///{tmp_path / 'runs.sqlite3'}")) as store:
        parent = run_of((DIGITS, 20), (replace(DIGITS, learning_rate=0.02), 15))
        start = initial_state(DIGITS, load_dataset("digits"))
        parent_id = store.begin(replace(parent, model=Model(DIGITS, parent.model.dataset, start), changes=()), "x" * 30)
        store.record(parent_id, parent)
        child_id = store.begin(parent, "x" * 30, parent=(parent_id, 35))
        model = replace(parent.model, config=replace(parent.config, batch_size=16))
        forked = replace(parent, model=model)
        forked = replace(forked, changes=(*parent.changes, forked.mark("forked")))
        state, _ = advance(model.config, model.dataset, model.state, 9)
        store.record(child_id, replace(forked, model=replace(model, state=state)))
        assert store.flush()
        child = ExportedRun.from_store(store, child_id)
        assert child.state.same_as(state)
        text = check_same(child, tmp_path, numpy_alone)
    assert text.count("\n    Phase(") == 3


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_table_of_ones_own_is_inside(task: str, tmp_path: Path, numpy_alone: Path) -> None:
    dataset = mixed(task).dataset
    dataset = replace(dataset, info=replace(dataset.info, source="imported from people.csv"))
    text = check_same(run_of((RunConfig(hidden=(8,), learning_rate=0.05), 40), dataset=dataset), tmp_path, numpy_alone)
    assert "inside this file" in text
    assert "Imported from people.csv." in text


def test_larger_data_of_ones_own_comes_from_a_file_of_arrays(tmp_path: Path, numpy_alone: Path) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (700, 28, 28), dtype=np.uint8)
    run = run_of((RunConfig(hidden=(8,)), 20), dataset=Dataset.from_arrays(images, images[:, 0, 0] > 99))
    FORMATS["npz"].save(run, tmp_path / "examples.npz")
    text = check_same(run, tmp_path, numpy_alone, "--data", "examples.npz")
    assert len(text) < 20_000


@pytest.mark.skipif(not is_available("mnist"), reason="MNIST is not on this machine")
def test_mnist_is_read_from_its_files(tmp_path: Path, numpy_alone: Path) -> None:
    config = replace(CONFIGS["Adam"], dataset="mnist", hidden=(100, 200))
    for file in DATASETS["mnist"].files[:2]:
        content = ready(DATASETS["mnist"], file).read_bytes()
        (tmp_path / f"{file.name}.gz").write_bytes(gzip.compress(content, 1))
    text = check_same(run_of((config, 12)), tmp_path, numpy_alone)
    assert text.count("\n") <= MOST_LINES
    shutil.move(tmp_path / "train-labels-idx1-ubyte.gz", tmp_path / "train-images-idx3-ubyte.gz")
    (tmp_path / "train-labels-idx1-ubyte.gz").touch()
    done = result_of(text, tmp_path, numpy_alone)
    assert done.returncode == 1
    assert done.stderr.endswith("is damaged. Remove it, and start again.\n")
    (tmp_path / "train-images-idx3-ubyte.gz").unlink()
    done = result_of(re.sub(r'mirror = "[^"]+"', f'mirror = "{tmp_path.as_uri()}/none/"', text), tmp_path, numpy_alone)
    assert done.returncode == 1
    assert done.stderr.endswith("into a folder, named after --data.\n")


def test_missing_files_are_downloaded(tmp_path: Path) -> None:
    content = idx(np.arange(6, dtype=np.uint8).reshape(3, 2))
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "images.gz").write_bytes(gzip.compress(content))
    mirror = f"{(tmp_path / 'mirror').as_uri()}/"
    for _ in range(2):
        array = read_idx(tmp_path, "images", hashlib.sha256(content).hexdigest(), mirror)
        assert array.tolist() == [[0, 1], [2, 3], [4, 5]]
        mirror = "http://mirror.invalid/"  # which is not asked again


def test_products_are_cut_as_on_this_machine(
    tmp_path: Path, numpy_alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = RunConfig(dataset="digits", hidden=(250,), batch_size=128)
    products._pieces.cache_clear()
    monkeypatch.setattr(products, "leaves_small_ones_unpacked", lambda: True)
    try:
        run = run_of((config, 20))
        assert products._pieces(128, 64, 250, False) > 1
        assert "def _pieces" in check_same(run, tmp_path, numpy_alone)
    finally:
        products._pieces.cache_clear()


def test_another_result_is_said(tmp_path: Path, numpy_alone: Path) -> None:
    text = script_of(run_of((DIGITS, 5))).replace("SEED = 42", "SEED = 43")
    assert "not the same as the run's" in printed_by(text, tmp_path, numpy_alone)


def test_a_run_without_a_step_has_its_first_parameters(tmp_path: Path, numpy_alone: Path) -> None:
    dataset = load_dataset("digits")
    run = ExportedRun(Model(DIGITS, dataset, initial_state(DIGITS, dataset)), started_with=DIGITS)
    check_same(run, tmp_path, numpy_alone)


def test_what_people_call_things_stays_text(tmp_path: Path, numpy_alone: Path) -> None:
    name = 'x"""\nraise SystemExit(7)\n\\"""\r\x00\u2028 é'
    run = run_of((DIGITS, 5), (replace(DIGITS, l2=0.1), 2))
    run = replace(run, name=name, changes=(run.changes[0]._replace(description=name),))
    info = replace(run.model.dataset.info, label=name, source=name, license=name)
    run = replace(run, model=replace(run.model, dataset=replace(run.model.dataset, info=info)))
    check_same(run, tmp_path, numpy_alone)


def refused(run: ExportedRun, tmp_path: Path) -> str:
    with pytest.raises(ExportError) as caught:
        FORMATS["py"].save(run, tmp_path / "script.py")
    assert os.listdir(tmp_path) == []
    return str(caught.value)


def test_a_run_that_is_more_than_training_is_refused(tmp_path: Path) -> None:
    run = run_of((DIGITS, 5), (replace(DIGITS, l2=0.1), 2))
    change = run.changes[0]
    for unknown in (replace(run, started_with=None), replace(run, changes=(change._replace(config_json=""),))):
        sentence = refused(unknown, tmp_path)
        assert "from a file, was changed by hand, or was trained by a program" in sentence
        assert "started_with=config" in sentence

    tuned = replace(run.state, step=run.state.step + 3)
    assert "other examples" in refused(replace(run, model=replace(run.model, state=tuned)), tmp_path)

    begun = replace(run.model, state=replace(initial_state(DIGITS, run.model.dataset), parameters=run.state.parameters))
    opened = replace(run, kept=(0, 7), models_at=lambda steps: iter([begun]))
    assert "weights from elsewhere" in refused(opened, tmp_path)
    begun = replace(begun, state=initial_state(DIGITS, run.model.dataset))
    FORMATS["py"].save(opened, tmp_path / "script.py")


def test_only_what_the_run_used_is_in_its_script() -> None:
    plain = script_of(run_of((CONFIGS["moons"], 5)))
    for name in ("Dropout", "dropout", "adam", "momentum", "phase.schedule", "tanh", "weighted", "l2", "matmul(x"):
        assert name not in plain
    defined = [node.name for node in ast.parse(plain).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert [name for name in defined if plain.count(name) == 1] == []


def test_a_script_lowers_the_learning_rate_where_the_run_did_on_its_plateaus(tmp_path: Path, numpy_alone: Path) -> None:
    config = replace(DIGITS, learning_rate=1.0, epochs=20, schedule="plateau", plateau_patience=1, smallest_gain=0.05)
    config = replace(config, early_stopping="loss", patience=30)
    steady = replace(config, schedule="constant", learning_rate=0.01)
    changes = [(230, steady, "steady"), (250, replace(steady, schedule="plateau"), "on plateaus again")]
    run = story(config, load_dataset("digits"), [380], changes)
    assert run.state.monitor.factor < 0.05
    text = check_same(run, tmp_path, numpy_alone)
    assert text.count("learning rate ÷ 10 on a plateau") >= 2
    rates = re.findall("learning_rate=([^,)]*)", text.split("on plateaus again")[1])
    assert float(rates[0]) == steady.learning_rate, "the rates before are forgotten"
