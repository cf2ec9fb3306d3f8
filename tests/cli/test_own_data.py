"""One's own files on the command line: imported, trained on, listed, renamed and deleted."""

import re
from pathlib import Path

import numpy as np
import pytest

from mlp.config import RunConfig
from mlp.datasets import dataset_info, load_dataset
from mlp.datasets.own.stored import find, own_datasets
from mlp.store import Store, new_token
from mlp.text import score
from mlp.training import Checkpoint, Model, initial_state
from tests.cli.calls import Say, figures_in, is_one_sentence
from tests.picture_files import shade, write_zip

pytestmark = pytest.mark.usefixtures("tiny")  # no data but that of the test


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    """A table of 60 flowers: two species, told apart by their width."""
    rng = np.random.default_rng(0)
    rows = [f"{width:.2f},{rng.normal():.2f},{'rose' if width > 0 else 'iris'}" for width in rng.normal(size=60)]
    path = tmp_path / "flowers.csv"
    path.write_text("\n".join(["width,height,species", *rows]))
    return path


def name_in(out: str) -> str:
    found = re.search(r"own:[0-9a-f]{12}", out)
    assert found
    return found[0]


def test_classes_that_differ_only_in_capital_letters_can_be_merged(say: Say, tmp_path: Path) -> None:
    file = tmp_path / "answers.csv"
    file.write_text("x,answer\n" + "".join(f"{row**2},{('no', 'Yes', 'yes')[row % 3]}\n" for row in range(40)))
    said = say("data", "import", file).out
    assert "3 classes" in said
    assert "'Yes' and 'yes' are different classes: they differ only in capital letters." in said
    assert "To make such classes one, run “python -m mlp data import FILE --merge-classes”." in said
    said = say("data", "import", file, "--merge-classes").out
    assert "2 classes" in said
    assert "--merge-classes" not in said


def test_classes_that_are_too_many_only_by_their_spelling_are_merged(say: Say, tmp_path: Path) -> None:
    cities = [f"{word} {number}" for number in range(60) for word in ("city", "City")]
    table = tmp_path / "cities.csv"
    table.write_text("x,class\n" + "".join(f"{row**2},{cities[row % 120]}\n" for row in range(360)))
    pictures = write_zip(tmp_path / "cities.zip", {f"{cities[n % 120]}/{n}.png": shade(n % 255) for n in range(360)})
    how = "To make such classes one, run “python -m mlp data import FILE --merge-classes”.\n"
    for file in (table, pictures):
        said = say("data", "import", file)
        assert (said.code, said.out) == (2, "")
        assert "at most 100" in said.err
        assert said.err.endswith(f": 60 classes remain. {how}")
        assert dataset_info(name_in(say("data", "import", file, "--merge-classes").out)).classes == 60


def test_a_file_is_imported_and_listed(say: Say, flowers: Path) -> None:
    said = say("data", "import", flowers)
    name = name_in(said.out)
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        f"flowers.csv is now {name}. flowers: 60 rows of 2 columns to predict species, 2 classes; 42 for training, "
        "9 for validation, 9 for testing.",
        "The column to predict was guessed: name another with --target.",
    ]
    for words in (["data"], ["data", "list"]):
        assert re.search(rf"^{name} +< 0.1 MB  flowers: 60 rows", say(*words).out, re.MULTILINE)


def test_target_label_and_test_file_are_chosen(say: Say, flowers: Path, tmp_path: Path) -> None:
    test = tmp_path / "test.csv"
    test.write_text("width,height,species\n0.5,0.1,rose\n0.7,0.2,iris\n")
    said = say("data", "import", flowers, "--target", "height", "--label", "Heights", "--test", test)
    info = dataset_info(name_in(said.out))
    assert (info.label, info.task, info.class_names, info.test) == ("Heights", "regression", ("height",), 2)
    assert "guessed" not in said.out


def test_training_on_a_file(say: Say, flowers: Path, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    words = ["--hidden", "8", "--learning-rate", "0.5", "--batch-size", "6", "--epochs", "30", "--json", figures]
    said = say("train", "--dataset", flowers, "--target", "species", *words)
    assert (said.code, said.err) == (0, "")
    record = figures_in(figures)
    assert record["config"]["dataset"] == name_in(said.out)
    assert record["test_accuracy"] >= 0.8
    assert "\nflowers: 42 training examples; network 2–8–2" in said.out
    again = say("train", "--dataset", name_in(said.out), "--hidden", "8", "--batch-size", "6", "--epochs", "1")
    assert again.code == 0


def test_a_file_starts_with_settings_that_fit_it_and_says_what_was_guessed(say: Say, tmp_path: Path) -> None:
    path = tmp_path / "tiny.csv"
    path.write_text(
        "Flowers\nid,label,x,class\n" + "".join(f"{row},{row % 3},{row / 7:.3f},{row % 2}\n" for row in range(20))
    )
    said = say("train", "--dataset", path, "--epochs", "1")
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert "1 line was skipped before the table." in lines
    assert "Left out: id (All values differ: an id)." in lines
    guessed = "The column to predict was guessed: name another with --target. It could be label, too."
    assert guessed in lines
    assert "network 2–32–2 with 162 parameters; AdamW, learning rate 0.01, batch size 14, seed 42" in lines[5]
    assert lines[4] == "What no flag sets is as in the preset table, which fits this data."
    assert "SGD, learning rate 0.1, batch" in say("train", "--dataset", path, "--optimizer", "sgd", "--epochs", "1").out


def test_of_a_number_to_predict_it_shows_r_squared_and_the_error_in_its_own_unit(say: Say, tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    path.write_text("x,y\n" + "".join(f"{place / 7:.4f},{100 + 3 * place}.5\n" for place in range(60)))
    words = ["train", "--dataset", path, "--preset", "linear", "--batch-size", "6", "--epochs", "3"]
    said = say(*words, "--json", tmp_path / "run.json")
    assert (said.code, said.err) == (0, "")
    assert "accuracy" not in said.out
    figures = figures_in(tmp_path / "run.json")
    dataset = load_dataset(name_in(said.out))
    target = dataset.info.target
    assert target is not None
    last = figures["epochs"][-1]
    assert "train_accuracy" not in last
    loss, spread = last["validation_loss"], np.var(dataset.validation.labels, dtype=float)
    assert last["validation_r_squared"] == pytest.approx(1 - 2 * loss / spread)
    assert last["validation_rmse"] == pytest.approx((2 * loss) ** 0.5 * target.scale)
    shown = f"R² {score(last['validation_r_squared'])}, RMSE {last['validation_rmse']:.4g}"
    assert f"validation {shown}" in said.out.splitlines()[-2]
    test = f"test R² {score(figures['test_r_squared'])}, RMSE {figures['test_rmse']:.4g}, trained on"
    assert said.out.splitlines()[-1].startswith(test)


def test_renaming(say: Say, flowers: Path) -> None:
    name = name_in(say("data", "import", flowers).out)
    assert say("data", "rename", name, "Roses & irises").out == f"{name} is now called Roses & irises.\n"
    assert dataset_info(name).label == "Roses & irises"


def test_deleting(say: Say, flowers: Path) -> None:
    name = name_in(say("data", "import", flowers).out)
    assert say("data", "delete", name).out == f"{name} (flowers) is deleted.\n"
    assert own_datasets() == []
    said = say("data", "delete", name)
    assert (said.code, said.out, is_one_sentence(said.err)) == (2, "", True)


def test_damaged_data_can_be_deleted(say: Say, flowers: Path) -> None:
    name = name_in(say("data", "import", flowers).out)
    (find(name) / "info.json").write_text("{")
    label = f"Imported data {name.removeprefix('own:')}"
    assert say("data", "delete", name).out == f"{name} ({label}) is deleted.\n"
    assert own_datasets() == []


def test_runs_that_need_the_data_are_named_first(
    say: Say, flowers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLP_STORE", f"sqlite:///{tmp_path}/runs.sqlite3")
    name = name_in(say("data", "import", flowers).out)
    store = Store()
    config, dataset = RunConfig(dataset=name, batch_size=5), load_dataset(name)
    store.begin(Checkpoint(Model(config, dataset, initial_state(config, dataset))), new_token(), name="My run")
    store.close()
    said = say("data", "delete", name)
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        "1 stored run can't be opened without flowers: My run. Add --force to delete it all the same.\n"
    )
    assert own_datasets()
    assert say("data", "delete", name, "--force").code == 0
    assert own_datasets() == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["data", "import", "missing.csv"], "missing.csv can't be read: No such file"),
        (["data", "import", "{file}", "--target", "specie"], "There is no column 'specie'. Did you mean 'species'?"),
        (["data", "import", "{file}", "--target", "x"], "There is no column 'x'. Known: width, height, species."),
        (["data", "import", "{file}", "--label", "x" * 61], "can't be used"),
        (["data", "rename", "own:000000000000", "x"], "is not on this computer"),
        (["data", "rename", "tiny", "x"], "'tiny' is not imported data: only that can be renamed or deleted. "),
        (["data", "delete", "tiny"], "`python -m mlp data` lists it under names that begin with own:."),
        (["data", "delete", "tiny", "--force"], "'tiny' is not imported data"),
        (["data", "delete", "flowers"], "'flowers' is not imported data: only that can be renamed"),
        (["train", "--dataset", "{file}", "--target", "specie"], "There is no column 'specie'"),
        (["train", "--dataset", "missing.csv"], "missing.csv can't be read: No such file"),
        (["train", "--dataset", "digits", "--target", "x"], "--target is for a file. Name one with --dataset"),
        (["train", "--target", "x"], "--target is for a file. Name one with --dataset"),
        (["train", "--dataset", "mnits"], "Did you mean 'mnist'?"),
        (["train", "--dataset", "own:000000000000"], "is not on this computer"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(say: Say, flowers: Path, words: list[str], sentence: str) -> None:
    said = say(*(word.format(file=flowers) for word in words))
    assert (said.code, said.out) == (2, "")
    assert sentence in said.err
    assert said.err.count("\n") == 1
