"""Files of images are previewed without being read, and read without being held in memory."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlp.datasets.errors import DatasetError
from mlp.datasets.own import images
from mlp.datasets.own.examples import Examples
from mlp.datasets.own.image_source import ARRAYS, IDX, PICTURES
from mlp.datasets.own.images import TABLE_ARRAYS, kind_of, preview_images, read_images
from mlp.datasets.own.pictures import arrange
from mlp.datasets.own.plan import ImageOptions
from tests.picture_files import empty_png, picture, shade, write_folder, write_zip
from tests.tiny_dataset import idx

RNG = np.random.default_rng(0)
INK = np.full((28, 28), 255, np.uint8)
INK[6:22, 12:16] = 0
PLAIN = ImageOptions()
PETS = {"cats/1.png": shade(10), "cats/2.png": shade(20), "dogs/1.png": shade(30)}


def nothing(share: float, sentence: str) -> None:
    """Ignore progress."""


def read_all(path: Path, into: Path, options: ImageOptions = PLAIN) -> Examples:
    into.mkdir(exist_ok=True)
    return read_images(path, options, into, nothing)


@pytest.mark.parametrize("write", [write_zip, write_folder])
def test_pictures_in_class_folders_are_previewed_and_read(tmp_path: Path, write: Callable[..., Path]) -> None:
    path = write(tmp_path / "pets.zip", PETS | {"fish/": b"", "readme.txt": b""})
    preview = preview_images(path)
    assert (preview.kind, preview.class_names, preview.counts) == (PICTURES, ("cats", "dogs"), (2, 1))
    assert preview.answers.tolist() == [0, 0, 1]
    assert preview.examples[:, 0, 0].tolist() == [10, 20, 30]
    assert preview.suggested == ImageOptions()
    assert not preview.divided
    assert preview.notes[0] == "No images in 1 folder: 'fish'."
    assert preview.notes[1].startswith("1 file left out")
    assert preview.notes[1].endswith(": readme.txt.")
    found = read_all(path, tmp_path / "into")
    assert found.inputs.shape == (3, 28, 28)
    assert found.inputs.dtype == np.uint8
    assert found.inputs[:, 5, 5].tolist() == [10, 20, 30]
    assert found.labels.tolist() == [0, 0, 1]
    assert (found.class_names, found.task, found.split) == (("cats", "dogs"), "classification", None)
    assert found.notes == preview.notes


def test_folders_of_splits_are_kept(tmp_path: Path) -> None:
    path = write_zip(
        tmp_path / "pets.zip", {f"{part}/{name}": PETS[name] for part in ("train", "test") for name in PETS}
    )
    assert preview_images(path).divided
    found = read_all(path, tmp_path / "into")
    assert found.split is not None
    assert found.split.tolist() == [2, 2, 2, 0, 0, 0], "in the order of the names"


def test_ink_on_paper_is_suggested_to_be_inverted_and_options_are_applied(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "ink.zip", {f"{name}/1.png": picture(INK) for name in "ab"})
    preview = preview_images(path)
    assert preview.suggested == ImageOptions(invert=True)
    assert np.array_equal(preview.examples[0], INK)
    options = ImageOptions((14, 28), invert=True, transpose=True, flip=True)
    found = read_all(path, tmp_path / "into", options)
    assert found.inputs.shape == (2, 14, 28)
    assert found.inputs[0, 0, 0] == 0
    assert found.inputs[0, 6, 13] > 180  # the upright bar lies now, half as large and in the middle
    assert found.inputs[0, 6, [5, 22]].tolist() == [0, 0]


def test_a_preview_shows_all_classes_from_all_over_the_file(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "many.zip", {f"{i % 10}/{i:03}.png": shade(i % 256) for i in range(500)})
    preview = preview_images(path)
    assert preview.counts == (50,) * 10
    assert preview.answers.tolist() == sorted([*range(10)] * 4)
    assert preview.examples[:4, 0, 0].tolist() == [0, 160, 320 - 256, 490 - 256]
    more = write_zip(tmp_path / "more.zip", {f"{i}/1.png": shade(i) for i in range(90)})
    assert len(preview_images(more).examples) == 40


def test_a_preview_of_large_pictures_shows_fewer_but_of_all_classes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = picture(np.zeros((2000, 2000)))
    path = write_zip(tmp_path / "large.zip", {f"{i % 4}/{i}.png": large for i in range(40)})
    monkeypatch.setattr(images, "SECONDS", 0.05)
    answers = preview_images(path).answers.tolist()
    assert 1 <= len(answers) <= 20
    assert answers == sorted(answers)
    assert len(set(answers)) == min(4, len(answers))


def test_a_picture_that_cannot_be_read_is_named_skipped_and_counted(tmp_path: Path) -> None:
    whole = picture(RNG.integers(0, 256, (50, 50)), "JPEG")
    broken = {"cats/cut.jpg": whole[: len(whole) // 2], "dogs/bomb.png": empty_png(8000), "dogs/text.png": b"hello"}
    path = write_zip(tmp_path / "pets.zip", PETS | broken)
    notes = " ".join(preview_images(path).notes)
    assert notes.startswith("Of 6 images looked at so far, 3 can't be read: ")
    assert all(name in notes for name in broken)
    found = read_all(path, tmp_path / "into")
    assert found.labels.tolist() == [0, 0, 1]
    assert found.notes[0].startswith("3 images skipped: cats/cut.jpg is damaged (image file is truncated")
    assert "dogs/bomb.png has more pixels than the 25,000,000 that are read." in found.notes[0]


def test_pictures_with_nothing_to_see_are_counted(tmp_path: Path) -> None:
    deep = Image.fromarray(np.arange(0, 4096, 16, dtype=np.uint16).reshape(16, 16))  # 12 bits in 16
    stripes = np.arange(256).reshape(16, 16)
    files = {f"{'ab'[number % 2]}/{number}.png": picture(deep if number < 3 else stripes) for number in range(6)}
    path = write_zip(tmp_path / "deep.zip", files)
    notes = ("3 images have hardly more than one shade. Of 16 bits, white is 65,535.",)
    assert preview_images(path).notes == notes
    assert read_images(path, ImageOptions((16, 16)), tmp_path, lambda share, sentence: None).notes == notes


def test_labels_and_splits_stay_with_their_pictures_when_one_is_skipped(tmp_path: Path) -> None:
    files = {"train/a/1.png": b"broken", "train/a/2.png": shade(1), "test/b/1.png": shade(2), "train/b/1.png": shade(3)}
    found = read_all(write_zip(tmp_path / "pets.zip", files), tmp_path / "into")
    assert found.split is not None
    rows = zip(found.inputs[:, 0, 0].tolist(), found.labels.tolist(), found.split.tolist(), strict=True)
    assert sorted(rows) == [(1, 0, 0), (2, 1, 2), (3, 1, 0)]


def test_long_names_and_control_characters_are_cut_in_messages(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "pets.zip", PETS | {f"cats/{'x' * 200}.png": b"", "dogs/a\nb.png": b"", "c\n.txt": b""})
    notes = preview_images(path).notes
    assert not any("x" * 61 in note or "\n" in note for note in notes)


def test_nothing_but_broken_pictures_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "pets.zip", {"cats/1.png": b"x", "dogs/1.png": b"y"})
    for look in (lambda: preview_images(path), lambda: read_all(path, tmp_path / "into")):
        with pytest.raises(DatasetError, match=r"pets.zip has no image that can be read.* cats/1.png"):
            look()


def test_a_file_without_images_is_refused_with_what_it_holds(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "data.zip", {"train.csv": b"a,b", "more.zip": b""})
    for look in (kind_of, preview_images):
        with pytest.raises(DatasetError, match=r"data.zip has no images: it holds 'more.zip', 'train.csv'. Pack PNG"):
            look(path)


def test_large_images_are_suggested_to_be_shrunk_and_small_ones_to_stay(tmp_path: Path) -> None:
    for side, size in ((64, (64, 60)), (65, (28, 28))):
        np.savez(
            tmp_path / "x.npz", X=np.arange(4 * side * 60, dtype=np.uint8).reshape(4, side, 60), y=np.arange(4) % 2
        )
        preview = preview_images(tmp_path / "x.npz")
        assert (preview.shape, preview.suggested.size) == ((side, 60), size)
        assert preview.examples.shape == (4, *size)


def test_what_is_unpacked_lies_in_the_folder_that_is_given(tmp_path: Path) -> None:
    into = tmp_path / "into"
    into.mkdir()
    np.savez(tmp_path / "x.npz", X=RNG.integers(0, 256, (5, 8, 8)), y=np.arange(5))
    seen: set[str] = set()
    read_images(
        tmp_path / "x.npz", PLAIN, into, lambda share, sentence: seen.update(map(str, into.glob("*/*.unpacked")))
    )
    assert len(seen) == 2


def test_an_empty_zip_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    for write in (write_zip, write_folder):
        (tmp_path / write.__name__).mkdir()
        path = write(tmp_path / write.__name__ / "empty", {"folder/": b""} if write is write_folder else {})
        for look in (kind_of, preview_images):
            with pytest.raises(DatasetError, match="empty has no images: it holds no files"):
                look(path)


def test_the_name_is_that_of_the_uploaded_file(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "tmp123", {"a.csv": b""})
    with pytest.raises(DatasetError, match=r"^my pets.zip has no images"):
        preview_images(path, "my pets.zip")


def test_kinds_are_told_by_content(tmp_path: Path) -> None:
    np.savez(tmp_path / "images.npz", X=RNG.integers(0, 256, (5, 8, 8)), y=np.arange(5))
    np.savez(tmp_path / "table.npz", X=RNG.normal(size=(5, 3)), y=np.arange(5))
    write_zip(tmp_path / "table.xlsx", {"[Content_Types].xml": b"", "xl/media/image1.png": shade(1)})
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    path = write_zip(tmp_path / "a.zip", {"images.idx": idx(np.ones((2, 3, 4), np.uint8)), "labels.idx": b""})
    assert kind_of(path) == IDX
    assert kind_of(write_zip(tmp_path / "p.zip", PETS)) == PICTURES
    assert kind_of(tmp_path / "images.npz") == ARRAYS
    assert kind_of(tmp_path / "table.npz") == TABLE_ARRAYS
    assert kind_of(tmp_path / "table.csv") == ""
    assert kind_of(tmp_path / "table.xlsx") == ""


@pytest.mark.parametrize("transpose", [False, True])
def test_a_preview_shows_what_an_import_makes(tmp_path: Path, transpose: bool) -> None:
    path = write_zip(tmp_path / "ink.zip", {f"{name}/1.png": picture(INK[:20]) for name in "ab"})
    options = ImageOptions((9, 14), invert=True, transpose=transpose, flip=True)
    preview = preview_images(path, options=options)
    assert np.array_equal(arrange(preview.examples, options), read_all(path, tmp_path / "into", options).inputs)
    assert preview.suggested == ImageOptions(invert=True)


@pytest.mark.parametrize("size", [(0, 28), (28, 257), (-1, -1)])
def test_a_size_must_be_possible(tmp_path: Path, size: tuple[int, int]) -> None:
    with pytest.raises(DatasetError, match="choose from 1 × 1 to 256 × 256"):
        read_all(write_zip(tmp_path / "p.zip", PETS), tmp_path / "into", ImageOptions(size))
    with pytest.raises(DatasetError, match="choose from 1 × 1 to 256 × 256"):
        preview_images(tmp_path / "p.zip", options=ImageOptions(size))


def test_progress_goes_from_nothing_to_all_and_leaves_only_the_images(tmp_path: Path) -> None:
    shares: list[float] = []
    path = write_zip(tmp_path / "many.zip", {f"{i % 2}/{i}.png": shade(i % 256) for i in range(1000)})
    (tmp_path / "into").mkdir()
    read_images(path, ImageOptions(), tmp_path / "into", lambda share, sentence: shares.append(share))
    assert shares[0] == 0
    assert shares == sorted(shares)
    assert 0.99 < shares[-1] <= 1
    assert 100 <= len(shares) <= 250
    assert [file.name for file in (tmp_path / "into").iterdir()] == ["images.bytes"]


def test_a_zip_of_ten_thousand_images_is_previewed_in_two_seconds(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "many.zip", {f"{i % 10}/{i}.png": shade(i % 256) for i in range(10_000)})
    start = time.process_time()
    assert sum(preview_images(path).counts) == 10_000
    assert time.process_time() - start < 2


MEMORY = """
import re, sys
from pathlib import Path
from mlp.datasets.errors import DatasetError
from mlp.datasets.own.images import read_images
from mlp.datasets.own.plan import ImageOptions
import numpy as np, PIL.PngImagePlugin, PIL.JpegImagePlugin
def most():  # kB, of this process alone: ru_maxrss starts with that of the process which started it
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
before = most()
try:
    read_images(Path(sys.argv[1]), ImageOptions(), Path(sys.argv[2]), lambda share, sentence: None)
except DatasetError:
    pass
print((most() - before) / 1024)
"""


def megabytes_to_read(path: Path) -> float:
    ran = subprocess.run([sys.executable, "-c", MEMORY, path, path.parent], capture_output=True, text=True, check=True)
    return float(ran.stdout)


def test_bombs_need_no_memory(tmp_path: Path) -> None:
    zipped = write_zip(tmp_path / "bomb.zip", {f"{name}/1.png": bytes(101_000_000) for name in "ab"})
    assert megabytes_to_read(zipped) < 50
    sizes = (8_000, 12_000, 20_000)  # the larger, the earlier it is noticed
    pictures = write_zip(tmp_path / "pictures.zip", PETS | {f"cats/{side}.png": empty_png(side) for side in sizes})
    assert megabytes_to_read(pictures) < 50


def test_memory_does_not_grow_with_the_number_of_images(tmp_path: Path) -> None:
    photo = picture(np.tile(np.arange(250, dtype=np.uint8), (600, 4)), "JPEG")
    path = write_zip(tmp_path / "photos.zip", {f"{i % 2}/{i}.jpg": photo for i in range(300)})
    assert megabytes_to_read(path) < 50
