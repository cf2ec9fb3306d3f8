"""Imported data on the disk: in which folder, what is wrong with broken files, and nothing half-imported."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest

from mlp.datasets import (
    DamagedFile,
    DatasetError,
    load_dataset,
)
from mlp.datasets.own import stored
from mlp.files import locked
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


@pytest.mark.parametrize("damaged", [False, True])
def test_a_data_set_that_may_not_be_written_is_hidden_by_a_copy(
    damaged: bool, tmp_path: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = store_people(token="you")
    kept = files_of(name, own)
    if damaged:
        (kept / "inputs.npy").write_bytes(b"?")
    before = {path: path.stat().st_mtime_ns for path in (kept, *kept.rglob("*"))}
    kept.chmod(0o555)
    monkeypatch.setenv("MLP_DATA_DIR", str(tmp_path / "elsewhere"))
    assert store_people(token="me", label="Mine") == name
    assert stored.find(name) == files_of(name, tmp_path / "elsewhere" / "own")
    assert load_dataset(name).info.train == 70
    assert stored.own_datasets("me")[0].label == "Mine"
    assert {path: path.stat().st_mtime_ns for path in (kept, *kept.rglob("*"))} == before


def test_a_damaged_data_set_that_can_not_be_mended_is_named(own: Path) -> None:
    name = store_people()
    kept = files_of(name, own)
    shutil.rmtree(kept / "owners")
    (kept / "inputs.npy").unlink()
    (kept / "inputs.npy").mkdir()
    with pytest.raises(DatasetError, match=rf"^{kept} can't be written \(Is a directory\)"):
        store_people()


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
    with pytest.raises(DamagedFile, match=f"{sentence}. Import the data set's file again"):
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


def test_a_data_set_that_lacks_a_file_is_listed_and_deleted(own: Path) -> None:
    name = store_people(token="me")
    (files_of(name, own) / "inputs.npy").unlink()
    assert [info.label for info in stored.own_datasets("me")] == ["People"]
    shutil.rmtree(files_of(name, own) / "owners")
    assert [info.label for info in stored.own_datasets()] == ["Imported data"]
    stored.delete(name, "me")
    assert stored.own_datasets() == []


def test_without_owners_the_data_can_still_be_used(own: Path) -> None:
    name = store_people(token="me")
    shutil.rmtree(files_of(name, own) / "owners")
    assert load_dataset(name).info.label == "Imported data"
    assert store_people(token="me") == name
    assert load_dataset(name).info.label == "People"


def test_what_can_not_be_read_is_named(own: Path) -> None:
    name = store_people()
    path = files_of(name, own) / "owners" / "everybody"
    path.unlink()
    path.mkdir()
    with pytest.raises(DatasetError, match=r"owners/everybody can't be read: Is a directory\. Make it readable"):
        stored.read_stored(name)


def test_renaming_a_damaged_data_set_is_a_sentence(own: Path) -> None:
    name = store_people()
    (files_of(name, own) / "info.json").write_text("{")
    with pytest.raises(DamagedFile, match=r"info\.json can't be understood"):
        stored.rename(name, "Leute")


@pytest.mark.parametrize("file", ["info.json", "inputs.npy", "labels.npy", "raw.npy", "owners"])
@pytest.mark.parametrize("damage", ["missing", "cut short", "other bytes"])
def test_importing_again_mends_a_damaged_data_set(own: Path, file: str, damage: str) -> None:
    name = store_people(token="you", label="Yours", source="yours.csv")
    (owner,) = (files_of(name, own) / "owners").iterdir()
    owner.write_bytes(b"")  # as before browsers had their own words: it has those in info.json
    before = load_dataset(name)
    path = files_of(name, own) / file
    if file == "owners":
        shutil.rmtree(path)
    elif damage == "missing":
        path.unlink()
    else:  # a new file: the old one is mapped
        content = path.read_bytes()[: -20 if damage == "cut short" else None]
        path.unlink()
        path.write_bytes(content[:-20] + b"?" * 20 if damage == "other bytes" else content)
    assert store_people(token="me", label="Mine", source="mine.csv") == name
    again = load_dataset(name)
    assert again.table is not None
    for split in ("train", "validation", "test"):
        assert (again.split(split).inputs == before.split(split).inputs).all()
        assert (again.split(split).labels == before.split(split).labels).all()
    np.testing.assert_array_equal(again.table.rows("test"), before.table.rows("test") if before.table else [])
    assert stored.read_stored(name, "me").info.label == "Mine"
    yours = stored.read_stored(name, "you").info
    lost = {"info.json": ("Imported data", "imported"), "owners": ("Mine", "imported")}  # as strangers see it
    assert (yours.label, yours.source) == lost.get(file, ("Yours", "imported from yours.csv"))
    assert [path.name for path in own.iterdir()] == [name.removeprefix("own:")]


def test_importing_again_leaves_sound_files_alone(own: Path) -> None:
    name = store_people(token="you")
    before = {path.name: path.stat().st_ino for path in files_of(name, own).iterdir()}
    store_people(token="me")
    assert {path.name: path.stat().st_ino for path in files_of(name, own).iterdir()} == before


def test_mending_leaves_the_date_and_the_order(own: Path) -> None:
    names = [store_people(columns=people(seed=seed), token="you") for seed in range(2)]
    for age, name in enumerate(names):
        os.utime(files_of(name, own) / "info.json", (1e9 + age, 1e9 + age))
    (files_of(names[0], own) / "inputs.npy").write_bytes(b"?")
    store_people(columns=people(seed=0), token="me")
    assert [info.name for info in stored.own_datasets("you")] == names[::-1]
    assert stored.read_stored(names[0], "you").imported == 1e9


def test_an_import_that_another_overtakes_leaves_its_files_alone(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before: dict[Path, int] = {}

    def overtaken(lock: Path) -> AbstractContextManager[None]:
        monkeypatch.setattr(stored, "locked", locked)
        folder = files_of(store_people(token="you"), own)
        before.update({path: path.stat().st_ino for path in folder.iterdir()})
        return locked(lock)

    monkeypatch.setattr(stored, "locked", overtaken)
    store_people(token="me")
    assert {path: path.stat().st_ino for path in before} == before


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
