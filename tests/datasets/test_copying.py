"""Copies of a data set's files are taken only as what their names promise."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from mlp.datasets import DATASETS, DatasetError, load_dataset, roots
from mlp.datasets.copying import files_of, lacks, receive
from mlp.datasets.loading import load_listed
from mlp.datasets.own.stored import find
from tests.datasets.own.made import store_people
from tests.small_dataset import small_dataset
from tests.tiny_dataset import plain_files, tiny_info, write


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a machine with nothing in it; before it is used, the data is in another."""
    monkeypatch.setattr(roots, "PROGRAM_DATA", tmp_path / "here")
    monkeypatch.delenv("MLP_DATA_DIR", raising=False)
    monkeypatch.setitem(DATASETS, "tiny", tiny_info())
    load_listed.cache_clear()
    return tmp_path / "elsewhere"


def contents_of(name: str) -> dict[str, bytes]:
    return {file: path.read_bytes() for file, path in files_of(load_dataset(name)).items()}


@pytest.mark.parametrize("kind", ["own", "tiny"])
def test_a_copy_is_the_same_data_set_and_a_damaged_one_is_refused(
    kind: str, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(roots.PROGRAM_DATA / "tiny", plain_files())
    name = store_people() if kind == "own" else "tiny"
    original, contents = load_dataset(name), contents_of(name)
    monkeypatch.setattr(roots, "PROGRAM_DATA", elsewhere)
    load_listed.cache_clear()
    assert lacks(name)

    damaged = {
        file: content[:-1] + b"?" if file.startswith(("inputs", "train")) else content
        for file, content in contents.items()
    }
    with pytest.raises(DatasetError, match="damaged on its way"):
        receive(name, damaged)
    assert lacks(name)

    receive(name, contents)
    receive(name, contents)  # by two workers of one machine
    copy = load_dataset(name)
    assert copy is not original
    assert (copy.train.inputs == original.train.inputs).all()
    # The words are its owners', who are not here.
    assert copy.info == replace(original.info, label=copy.info.label, source=copy.info.source)
    assert not lacks(name)
    load_listed.cache_clear()


@pytest.mark.parametrize("file", ["info.json", "inputs.npy", "owners"])
def test_a_copy_mends_a_damaged_one(file: str, elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = store_people()
    original, contents = load_dataset(name), contents_of(name)
    monkeypatch.setattr(roots, "PROGRAM_DATA", elsewhere)
    receive(name, contents)
    path = find(name) / file
    shutil.rmtree(path) if path.is_dir() else path.write_bytes(b"{")
    receive(name, contents)
    assert (load_dataset(name).train.inputs == original.train.inputs).all()


def test_what_every_machine_has_and_what_travels_whole_need_no_files() -> None:
    assert [files_of(load_dataset(name)) for name in ("digits", "moons", "circles?noise=0.3")] == [{}, {}, {}]
    assert files_of(small_dataset()) == {}
