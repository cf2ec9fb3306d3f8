"""IDX files are found under all their names, and those that disagree with their headers are refused."""

import gzip
import random
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from mlp.datasets.errors import DamagedFile, DatasetError
from mlp.datasets.own import idx_files
from mlp.datasets.own.examples import Examples
from mlp.datasets.own.image_source import IDX
from mlp.datasets.own.images import kind_of, preview_images, read_images
from mlp.datasets.own.plan import ImageOptions
from tests.picture_files import write_folder, write_zip
from tests.tiny_dataset import idx

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (20, 6, 5), dtype=np.uint8)
LABELS = (np.arange(20) % 3).astype(np.uint8)
AS_STORED = ImageOptions((6, 5))
PAIR = {"images": idx(IMAGES), "labels": idx(LABELS)}
FOUR = {
    "train-images-idx3-ubyte": idx(IMAGES[:15]),
    "train-labels-idx1-ubyte": idx(LABELS[:15]),
    "t10k-images-idx3-ubyte": idx(IMAGES[15:]),
    "t10k-labels-idx1-ubyte": idx(LABELS[15:]),
}


def read_all(path: Path, options: ImageOptions = AS_STORED) -> Examples:
    into = path.parent / "into"
    into.mkdir(exist_ok=True)
    return read_images(path, options, into, lambda share, sentence: None)


@pytest.mark.parametrize("folder", ["", "mnist/", "MNIST/raw/", "a/b/c/"])
@pytest.mark.parametrize("dot", [False, True])
@pytest.mark.parametrize("packed", [False, True])
def test_mnists_files_are_found_under_all_their_names(tmp_path: Path, folder: str, dot: bool, packed: bool) -> None:
    pack = gzip.compress if packed else bytes
    files = {
        folder + (name.replace("-idx", ".idx") if dot else name) + ".gz" * packed: pack(data)
        for name, data in FOUR.items()
    }
    for path in (write_folder(tmp_path / "files", files), write_zip(tmp_path / "files.zip", files)):
        preview = preview_images(path)
        assert (preview.kind, preview.shape, preview.counts) == (IDX, (6, 5), (7, 7, 6))
        assert preview.divided
        found = read_all(path)
        assert np.array_equal(found.inputs, IMAGES)
        assert np.array_equal(found.labels, LABELS)
        assert found.split is not None
        assert found.split.tolist() == [0] * 15 + [2] * 5


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        ("images.idx", "labels.idx"),
        ("images-idx3-ubyte", "labels-idx1-ubyte"),
        ("My Images.idx3.gz", "My Labels.idx1"),
        ("images", "labels"),
        ("x-image.ubyte", "x-label.ubyte"),
    ],
)
def test_a_pair_of_files_needs_no_split(tmp_path: Path, images: str, labels: str) -> None:
    content = gzip.compress(PAIR["images"]) if images.endswith(".gz") else PAIR["images"]
    found = read_all(write_folder(tmp_path / "pair", {images: content, labels: PAIR["labels"]}))
    assert np.array_equal(found.inputs, IMAGES)
    assert found.split is None


@pytest.mark.parametrize("name", ["idx_labels.csv", "train_images_idx.csv.gz", "label-idx.parquet", "images.csv"])
def test_a_table_is_no_idx_file_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    assert kind_of(write_folder(tmp_path, {name: b""}) / name) == ""


def test_copies_of_a_file_count_once(tmp_path: Path) -> None:
    copies = {f"{name}/{name}": data for name, data in FOUR.items()} | {f"{name}.gz": b"" for name in FOUR}
    path = write_folder(tmp_path / "files", copies)
    assert sum(preview_images(path).counts) == 20


def test_emnist_is_suggested_to_be_transposed_and_has_its_letters(tmp_path: Path) -> None:
    files = {f"emnist-letters-{name}.gz": gzip.compress(data) for name, data in FOUR.items()}
    files["emnist-letters-mapping.txt"] = b"0 65 97\n1 7\n2 x\n99 70\n\nnot a line\n"
    path = write_folder(tmp_path / "emnist", files)
    preview = preview_images(path)
    assert preview.class_names == ("A", "1", "2")  # the others are no printed characters
    assert preview.suggested == ImageOptions((5, 6), transpose=True)
    assert np.array_equal(preview.examples[0], IMAGES[0])
    assert not preview_images(write_folder(tmp_path / "mnist", FOUR)).suggested.transpose
    found = read_all(path, ImageOptions((5, 6), transpose=True))
    assert np.array_equal(found.inputs, IMAGES.swapaxes(1, 2))


def test_more_labels_than_there_can_be_classes_are_numbers_to_predict(tmp_path: Path) -> None:
    files = {"images": idx(np.tile(IMAGES, (6, 1, 1))), "labels": idx(np.arange(120, dtype=np.uint8))}
    preview = preview_images(write_folder(tmp_path / "ages", files))
    assert (preview.task, len(preview.notes)) == ("regression", 1)


HUGE = bytes([0, 0, 8, 3]) + b"\x80\0\0\0" + bytes([0, 0, 0, 28]) * 2
REFUSED = [
    ({"images.idx": PAIR["images"]}, "images.idx is there, but not the file with its labels. Choose both"),
    ({"labels.idx": PAIR["labels"]}, "not the file with its images"),
    ({"images.idx": HUGE + bytes(784), "labels.idx": PAIR["labels"]}, "claims to hold 2,147,483,648 × 28 × 28 bytes"),
    ({"images.idx.gz": gzip.compress(HUGE + bytes(784)), "labels.idx": b""}, "claims to hold 2,147,483,648 × 28 × 28"),
    ({"images.idx": PAIR["images"][:-1], "labels.idx": PAIR["labels"]}, "claims to hold 20 × 6 × 5 bytes"),
    (
        {"images.idx": PAIR["images"] + b"x", "labels.idx": PAIR["labels"]},
        "must have 616 bytes, as its header says",
    ),
    ({"images.idx.gz": gzip.compress(PAIR["images"][:-1]), "labels.idx": PAIR["labels"]}, "must have 616 bytes"),
    ({"images.idx.gz": gzip.compress(PAIR["images"] + bytes(10**6)), "labels.idx": b""}, "unpacks to more bytes"),
    ({"images.idx.gz": gzip.compress(PAIR["images"])[:99], "labels.idx": PAIR["labels"]}, "images.idx.gz is damaged"),
    ({"images.idx.gz": b"<html></html>", "labels.idx": PAIR["labels"]}, "images.idx.gz is damaged"),
    ({"images.idx": PAIR["images"], "labels.idx": idx(LABELS[:7])}, "holds 20 images, but labels.idx 7 labels"),
    ({"images.idx": PAIR["labels"], "labels.idx": PAIR["images"]}, "images.idx is not an IDX file of images"),
    ({"images.idx": PAIR["images"], "labels.idx": b"\0\0\x0c\1"}, "labels.idx is not an IDX file of labels"),
    ({"images.idx": b"", "labels.idx": PAIR["labels"]}, "images.idx is not an IDX file of images"),
    ({"images.idx": idx(IMAGES[:0]), "labels.idx": idx(LABELS[:0])}, "images.idx is empty: it holds 0 × 6 × 5"),
    ({"images.idx": PAIR["images"], "labels.idx": idx(0 * LABELS)}, "All labels are the same"),
    (
        {f"emnist-{part}-{name}": data for part in ("digits", "letters") for name, data in FOUR.items()},
        "holds files of 2 data sets: emnist-digits, emnist-letters. Choose the files of one",
    ),
    (FOUR | {"t10k-images-idx3-ubyte": idx(IMAGES[15:, 1:])}, "different sizes: 5 × 5 and 6 × 5"),
]


@pytest.mark.parametrize(("files", "sentence"), REFUSED, ids=[sentence for _, sentence in REFUSED])
def test_files_that_do_not_hold_what_they_say_are_refused(
    tmp_path: Path, files: dict[str, bytes], sentence: str
) -> None:
    with pytest.raises(DatasetError) as refused:
        preview_images(write_folder(tmp_path / "files", files))
    assert sentence in str(refused.value)


def test_a_gzip_bomb_behind_a_huge_header_is_not_unpacked(tmp_path: Path) -> None:
    header = bytes([0, 0, 8, 3]) + b"\x00\x98\x96\x80" + bytes([0, 0, 0, 28]) * 2  # 7.84 GB
    bomb = gzip.compress(header + bytes(10_000_000))
    path = write_folder(tmp_path / "files", {"images.idx.gz": bomb, "labels.idx": PAIR["labels"]})
    with pytest.raises(DamagedFile, match=r"7,840 MB, but the file has \d,\d\d\d bytes"):
        preview_images(path)


def test_a_file_may_not_be_larger_than_is_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_folder(tmp_path / "files", FOUR)
    monkeypatch.setattr(idx_files, "LARGEST", 400)
    with pytest.raises(DamagedFile, match="claims to hold 15 × 6 × 5 bytes"):
        preview_images(path)


def test_a_damaged_file_is_read_or_refused_but_never_anything_else(tmp_path: Path) -> None:
    chance = random.Random(0)
    for packed in (False, True):
        path = write_folder(tmp_path / f"files{packed}", {"labels.idx": PAIR["labels"]})
        whole = gzip.compress(PAIR["images"]) if packed else PAIR["images"]
        for _ in range(200):
            broken = bytearray(whole)
            broken[chance.randrange(len(broken) if packed else 16)] = chance.randrange(256)
            (path / ("images.idx.gz" if packed else "images.idx")).write_bytes(broken)
            with suppress(DatasetError):
                preview_images(path)
