"""Every data set is what the catalog says, wherever its files are; and no broken file ever counts as data."""

import errno
import gzip
import hashlib
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlp import datasets
from mlp.datasets import DATASETS, Dataset, DatasetError, load_dataset, places, roots
from mlp.datasets.loading import load_listed
from tests import tiny_dataset
from tests.tiny_dataset import NAMES, packed_files, plain_files, tiny_info, write

REAL_DATA = os.environ.get("MLP_DATA_DIR", "")  # tests/conftest.py sets it where it can
ALWAYS_THERE = [name for name, info in DATASETS.items() if not info.mirrors]


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder for what is kept, with nothing in it; nothing elsewhere. And a tiny data set."""
    own = tmp_path / "own"
    own.mkdir()
    monkeypatch.setattr(roots, "PROGRAM_DATA", own)
    monkeypatch.setitem(DATASETS, "tiny", tiny_info())
    monkeypatch.delenv("MLP_DATA_DIR", raising=False)
    load_listed.cache_clear()
    return own


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that MLP_DATA_DIR names."""
    monkeypatch.setenv("MLP_DATA_DIR", str(tmp_path / "elsewhere"))
    return tmp_path / "elsewhere"


# ── every data set ────────────────────────────────────────────────────────────────────────────────────────────────


def check_against_catalogue(dataset: Dataset) -> None:
    info = dataset.info
    assert info is DATASETS[info.name]
    for name in datasets.SPLITS:
        inputs, labels = dataset.split(name)
        count = getattr(info, name)
        assert inputs.shape == (count, info.inputs)
        assert inputs.dtype == (np.uint8 if info.kind == "images" else np.float32)
        assert labels.shape == (count,)
        assert labels.dtype == np.uint8
        assert set(labels) == set(range(info.classes))
        assert not inputs.flags.writeable
        assert not labels.flags.writeable
    if info.kind == "images":
        assert (dataset.train.inputs * info.scale).max() == 1.0


def nearest_neighbor_accuracy(dataset: Dataset) -> float:
    """Share of test examples whose nearest training example has the same label: high only if labels fit examples."""
    train, test = (split.inputs.astype(np.float32) for split in (dataset.train, dataset.test))
    distances = (train**2).sum(axis=1) - 2 * test @ train.T
    return float((dataset.train.labels[distances.argmin(axis=1)] == dataset.test.labels).mean())


@pytest.mark.parametrize("name", ALWAYS_THERE)
def test_each_data_set_that_needs_no_network_is_what_the_catalogue_says(name: str) -> None:
    assert datasets.is_available(name)
    assert datasets.size_to_download(name) == 0
    dataset = load_dataset(name)
    check_against_catalogue(dataset)
    # The clouds overlap: their best possible accuracy is about 95 %.
    assert nearest_neighbor_accuracy(dataset) > (0.88 if name == "gaussians" else 0.95)


def test_the_digits_are_the_published_ones_each_once() -> None:
    digits = load_dataset("digits")
    rows = np.concatenate([np.column_stack(digits.split(name)) for name in datasets.SPLITS])
    in_order = rows[np.lexsort(rows.T[::-1])]
    # Of scikit-learn's load_digits: 64 pixels and the label a row, rows sorted.
    known = "f67d6a29d0e1f70e7f0cd9dcf25816b694881f4b8f27f5cc1db59551f0499fb8"
    assert hashlib.sha256(in_order.tobytes()).hexdigest() == known


@pytest.mark.parametrize("split", ["validation", "test"])
def test_the_digits_are_judged_by_as_many_of_each(split: str) -> None:
    assert np.bincount(load_dataset("digits").split(split).labels).tolist() == [30] * 10


@pytest.mark.parametrize("ask", [load_dataset, datasets.is_available, datasets.size_on_disk, datasets.size_to_download])
def test_an_unknown_data_set_is_refused_with_the_nearest_name(ask: Callable[[str], Any]) -> None:
    with pytest.raises(DatasetError, match=r"no data set 'minst'. Did you mean 'mnist'\?.*digits, mnist, .*xor"):
        ask("minst")


# ── files on disk ─────────────────────────────────────────────────────────────────────────────────────────────────


def check_tiny(dataset: Dataset) -> None:
    """The pixels and labels are those of the files; the last ten training images are for validation."""
    check_against_catalogue(dataset)
    learned, labels = tiny_dataset.pixels(NAMES[0]), tiny_dataset.arrays()[NAMES[1]]
    assert np.array_equal(dataset.train.inputs, learned[:40])
    assert np.array_equal(dataset.train.labels, labels[:40])
    assert np.array_equal(dataset.validation.inputs, learned[40:])
    assert np.array_equal(dataset.validation.labels, labels[40:])
    assert np.array_equal(dataset.test.inputs, tiny_dataset.pixels(NAMES[2]))
    assert np.array_equal(dataset.test.labels, tiny_dataset.arrays()[NAMES[3]])


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("dot", [False, True])
@pytest.mark.parametrize("where", ["elsewhere/tiny", "elsewhere", "own/tiny", "elsewhere/Tiny/raw", "own/Tiny/raw"])
def test_files_are_found_wherever_other_programs_may_leave_them(
    tmp_path: Path, where: str, dot: bool, suffix: str
) -> None:
    assert not datasets.is_available("tiny")
    folder, files = tmp_path / where, packed_files() if suffix else plain_files()
    write(folder, {name.replace("-idx", ".idx") if dot else name: files[name] for name in NAMES}, suffix)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert datasets.is_available("tiny")
    assert datasets.size_on_disk("tiny") == sum(map(len, before.values()))
    assert datasets.size_to_download("tiny") == 0
    check_tiny(load_dataset("tiny"))
    assert {name: (folder / name).read_bytes() for name in before} == before
    for path in tmp_path.rglob("*-ubyte*"):
        path.unlink()
    assert not datasets.is_available("tiny")


def test_the_shell_s_sign_for_home_is_understood(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("MLP_DATA_DIR", "~/mine")
    write(tmp_path / "mine" / "tiny", plain_files())
    assert datasets.is_available("tiny")


def test_a_gzipped_file_is_unpacked_once(elsewhere: Path, own_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(elsewhere / "tiny", packed_files(), ".gz")
    load_dataset("tiny")
    assert {name: (elsewhere / "tiny" / name).read_bytes() for name in NAMES} == plain_files()
    assert not list(own_data.iterdir())

    monkeypatch.setattr(places, "unpack", None)  # calling it now would fail
    load_listed.cache_clear()
    check_tiny(load_dataset("tiny"))


def test_a_folder_without_permission_to_write_is_left_alone(elsewhere: Path, own_data: Path) -> None:
    write(elsewhere / "tiny", packed_files(), ".gz")
    (elsewhere / "tiny").chmod(0o555)
    load_dataset("tiny")
    assert {path.name: path.read_bytes() for path in (own_data / "tiny").iterdir()} == plain_files()


def test_pixels_stay_on_disk_until_they_are_needed(own_data: Path) -> None:
    write(own_data / "tiny", plain_files())
    array: Any = load_dataset("tiny").train.inputs
    while not isinstance(array, np.memmap):
        assert array.base is not None, "a copy in memory, not a view of the file"
        array = array.base


Spoil = Callable[[bytes], bytes]


def corrupt(content: bytes) -> bytes:
    """Change the last byte, which is a pixel or a label."""
    return content[:-1] + bytes([content[-1] ^ 1])


WEB_PAGE = b"<!DOCTYPE html><html><head><title>Sign in to continue</title></head></html>"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda content: content[:-1], "cut short"),
        (lambda content: content + b"x", "too long"),
        (lambda content: b"", "it ends after 0 bytes"),
        (lambda content: b"\0\0\x0d" + content[3:], "is no IDX file of .* starts with 00 00 0d"),
        (lambda content: content[:3] + b"\x09" + content[4:], "is no IDX file"),
        (lambda content: content[:7] + b"\x07" + content[8:], "holds 7.* bytes, but must hold"),
        (corrupt, "does not hold what was published: its SHA-256 is"),
        (lambda content: WEB_PAGE, "is a web page"),
        (gzip.compress, "is no IDX file of .* starts with 1f 8b 08"),
    ],
)
def test_a_damaged_file_is_refused(own_data: Path, name: str, spoil: Spoil, message: str) -> None:
    write(own_data / "tiny", plain_files() | {name: spoil(plain_files()[name])})
    assert not datasets.is_available("tiny")
    assert datasets.size_to_download("tiny") == len(packed_files()[name])
    with pytest.raises(DatasetError, match=f"{name} .*{message}.* Remove it and get"):
        load_dataset("tiny")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda content: gzip.compress(content)[:-9], "not a complete gzip file"),
        (lambda content: WEB_PAGE, "is a web page"),
        (lambda content: content, "not a complete gzip file"),
        (lambda content: b"", "not a complete gzip file"),
        (lambda content: gzip.compress(content)[:10] + b"\xff" * 50, "not a complete gzip file"),
        (lambda content: corrupt(gzip.compress(content)), "not a complete gzip file"),
        (lambda content: gzip.compress(content[:-1]), "unpacks to .* bytes instead of"),
        (lambda content: gzip.compress(content + bytes(10**7)), "unpacks to more bytes instead of"),
        (lambda content: gzip.compress(b"\x01" + content[1:]), "is no IDX file"),
        (lambda content: gzip.compress(content[:7] + b"\x07" + content[8:]), "holds 7.* bytes"),
        (lambda content: gzip.compress(corrupt(content)), "does not hold what was published"),
    ],
)
def test_a_damaged_gzip_file_is_refused(elsewhere: Path, name: str, spoil: Spoil, message: str) -> None:
    write(elsewhere / "tiny", packed_files() | {name: spoil(plain_files()[name])}, ".gz")
    unseen = message == "does not hold what was published"  # until it is unpacked
    assert datasets.is_available("tiny") == unseen
    assert datasets.size_to_download("tiny") == (0 if unseen else len(packed_files()[name]))
    with pytest.raises(DatasetError, match=f"{name}.gz .*{message}.* Remove it and get"):
        load_dataset("tiny")
    assert not (elsewhere / "tiny" / name).exists()


def test_a_sound_file_is_preferred_to_a_damaged_one(elsewhere: Path, own_data: Path) -> None:
    write(elsewhere / "tiny", {name: content[:-1] for name, content in plain_files().items()})
    write(own_data / "tiny", plain_files())
    check_tiny(load_dataset("tiny"))


def test_a_label_beyond_the_classes_is_refused(own_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.where(np.arange(50) == 33, 3, tiny_dataset.arrays()[NAMES[1]]).astype(np.uint8)
    content, files = tiny_dataset.idx(labels), list(tiny_info().files)
    files[1] = replace(files[1], sha256=hashlib.sha256(content).hexdigest())
    monkeypatch.setitem(DATASETS, "tiny", replace(tiny_info(), files=tuple(files)))
    write(own_data / "tiny", plain_files() | {NAMES[1]: content})
    with pytest.raises(DatasetError, match=f"{NAMES[1]} has the label 3, but the labels of Tiny are 0 to 2"):
        load_dataset("tiny")


def test_loose_files_are_not_taken_for_fashion_mnist(elsewhere: Path) -> None:
    """MNIST's files have the same names and shapes."""
    assert elsewhere in places.folders(DATASETS["mnist"])
    assert elsewhere not in places.folders(DATASETS["fashion-mnist"])


def test_a_missing_data_set_is_asked_for_in_a_sentence(elsewhere: Path, own_data: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        load_dataset("tiny")
    message = str(caught.value)
    assert f"{NAMES[0]} is not in {elsewhere / 'tiny'} or {elsewhere} or {own_data / 'tiny'}." in message
    assert "`python -m mlp data download tiny`" in message


def test_missing_digits_are_asked_for_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "SHIPPED_DATA", tmp_path)
    with pytest.raises(DatasetError, match=r"Digits.* is not on this computer.* with the program: restore .*digits"):
        load_dataset("digits")


def test_several_may_unpack_at_once(elsewhere: Path) -> None:
    write(elsewhere / "tiny", packed_files(), ".gz")
    together = threading.Barrier(8)

    def load(_: int) -> Dataset:
        together.wait(timeout=10)
        return load_listed.__wrapped__("tiny")

    with ThreadPoolExecutor(8) as pool:
        for dataset in pool.map(load, range(8)):
            check_tiny(dataset)
    assert {path.name for path in (elsewhere / "tiny").iterdir()} == {*NAMES, *(f"{name}.gz" for name in NAMES)}


def test_a_full_disk_leaves_nothing_behind(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", no_room)
    write(elsewhere / "tiny", packed_files(), ".gz")
    with pytest.raises(DatasetError, match=r"can't be written \(No space left on device\).* MB of free space"):
        load_dataset("tiny")
    assert {path.name for path in (elsewhere / "tiny").iterdir()} == {f"{name}.gz" for name in NAMES}


def test_a_folder_that_can_not_be_made_is_named(elsewhere: Path, own_data: Path) -> None:
    write(elsewhere, packed_files(), ".gz")
    for folder in (elsewhere, own_data):
        (folder / "tiny").write_text("a file where the folder should be")
    with pytest.raises(DatasetError, match=r"elsewhere/tiny/train-images-idx3-ubyte can't be written"):
        load_dataset("tiny")


# ── the real MNIST ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(
    not Path(REAL_DATA, "mnist").is_dir(), reason="no real MNIST: neither in MLP_DATA_DIR nor in ../shared/data"
)
def test_the_real_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    assert datasets.default_dataset() == "digits"
    monkeypatch.setenv("MLP_DATA_DIR", REAL_DATA)
    assert datasets.default_dataset() == "mnist"

    mnist = load_dataset("mnist")

    check_against_catalogue(mnist)
    assert mnist.train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert mnist.test.labels[:5].tolist() == [7, 2, 1, 0, 4]
    mean = (mnist.train.inputs.mean() * 50_000 + mnist.validation.inputs.mean() * 10_000) / 60_000
    assert mean / 255 == pytest.approx(0.1307, abs=5e-5)  # as everyone knows it
