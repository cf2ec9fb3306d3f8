"""Imported data on the disk: in which folder, what is wrong with broken files, and nothing half-imported."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mlp.datasets import (
    DamagedFile,
    DatasetError,
    load_dataset,
)
from mlp.datasets.own import stored
from tests.datasets.own.made import Arrays, files_of, people, small_files, store_people

pytestmark = pytest.mark.usefixtures("own")
ROOT = Path(__file__).resolve().parents[3]


# ── folders ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_folder_of_the_environment_comes_first(tmp_path: Path, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLP_DATA_DIR", str(tmp_path / "elsewhere"))
    name = store_people()
    assert files_of(name, tmp_path / "elsewhere" / "own").is_dir()
    assert not own.exists()
    monkeypatch.delenv("MLP_DATA_DIR")
    other = store_people(columns=people(seed=1))
    monkeypatch.setenv("MLP_DATA_DIR", str(tmp_path / "elsewhere"))
    assert {info.name for info in stored.own_datasets()} == {name, other}


def test_a_folder_without_permission_to_write_is_left_alone(
    tmp_path: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o555)
    monkeypatch.setenv("MLP_DATA_DIR", str(elsewhere))
    name = store_people()
    assert files_of(name, own).is_dir()
    assert not list(elsewhere.iterdir())


def test_no_folder_to_write_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises(DatasetError, match=r"data/own can't be written \(.*\). Free some space or change the perm"):
        store_people()


# ── broken files ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        ("info.json", b"{", "info.json can't be understood"),
        ("info.json", b"[]", "info.json can't be understood"),
        ("info.json", b"{}", "info.json can't be understood"),
        ("inputs.npy", b"", "inputs.npy is cut short, or no array"),
        ("labels.npy", b"nonsense", "labels.npy is cut short, or no array"),
        ("raw.npy", None, "raw.npy is missing"),
    ],
)
def test_broken_files_are_a_sentence(own: Path, file: str, content: bytes | None, sentence: str) -> None:
    name = store_people()
    path = files_of(name, own) / file
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(DamagedFile, match=f"{sentence}. Delete the data set and import its file again"):
        load_dataset(name)


def test_a_file_that_was_cut_or_changed_is_a_sentence(own: Path) -> None:
    name = store_people()
    path = files_of(name, own) / "inputs.npy"
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(DamagedFile, match="is cut short"):
        load_dataset(name)
    np.save(path, np.zeros((100, 4), np.float32))
    with pytest.raises(DamagedFile, match=r"holds float32 of shape \(100, 4\), not unsigned or float of \(100, 5\)"):
        load_dataset(name)
    np.save(path, np.zeros((100, 5), np.float32))
    np.save(files_of(name, own) / "labels.npy", np.full(100, 7, np.uint8))
    with pytest.raises(DamagedFile, match="has the label 7, but there are 2 classes"):
        load_dataset(name)
    np.save(files_of(name, own) / "labels.npy", np.zeros(100, np.int64))
    with pytest.raises(DamagedFile, match=r"holds int64 of shape \(100,\), not unsigned or float of \(100,\)"):
        load_dataset(name)


def test_an_array_with_objects_is_never_unpickled(own: Path) -> None:
    name = store_people()
    np.save(files_of(name, own) / "labels.npy", np.array([_Bomb()] * 100, object))
    with pytest.raises(DamagedFile, match="is cut short, or no array"):
        load_dataset(name)


class _Bomb:
    def __reduce__(self) -> tuple:
        return pytest.fail, ("it was unpickled",)


def test_a_damaged_data_set_does_not_hide_the_others(own: Path) -> None:
    broken, sound = store_people(), store_people(columns=people(seed=1))
    (files_of(broken, own) / "info.json").write_text("{")
    assert [info.name for info in stored.own_datasets()] == [sound]


# ── nothing half-imported ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_disk_that_fills_up_is_a_sentence_and_leaves_nothing(own: Path) -> None:
    table, labels = people(1000), np.arange(1000) % 2
    with small_files(), pytest.raises(DatasetError, match=r"can't be written \(File too large\). Free some space"):
        store_people(labels, table)
    assert stored.own_datasets() == []
    assert not list(own.iterdir())


def test_a_canceled_import_leaves_nothing(own: Path) -> None:
    def cancel(share: float, sentence: str) -> None:
        if share > 0.75:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store_people(columns=Arrays({**people().columns, "more": np.ones(100)}), progress=cancel)
    assert not list(own.iterdir())


KILLED = """
import sys, time
from pathlib import Path
from mlp.datasets import roots
from tests.datasets.own.made import store_people

roots.PROGRAM_DATA = Path(sys.argv[1])

def stop(share, sentence):
    if share >= 0.9:
        print("writing", flush=True)
        sys.stdin.read()

store_people(progress=stop)
"""


def test_what_a_killed_import_left_is_never_listed_and_removed_by_the_next(own: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(own.parent)]
    environment = {key: value for key, value in os.environ.items() if key != "MLP_DATA_DIR"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=-1, stdout=-1) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        (left,) = own.iterdir()
        other = store_people(columns=people(seed=1))  # leaves an import alone that goes on
        assert (left / "data" / "raw.npy").stat().st_size > 0
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert left.is_dir()
    assert [info.name for info in stored.own_datasets()] == [other]
    name = store_people()
    assert {path.name for path in own.iterdir()} == {name.removeprefix("own:"), other.removeprefix("own:")}


def test_what_another_computer_left_is_removed_after_a_day(own: Path) -> None:
    own.mkdir(parents=True)
    fresh, old = own / ".import+elsewhere+1+aa", own / ".import+elsewhere+2+bb"
    fresh.mkdir()
    old.mkdir()
    os.utime(old, (1e9, 1e9))
    store_people()
    assert fresh.exists()
    assert not old.exists()
