"""Archives give what is in them, a member at a time, and those that would do harm are refused in a sentence."""

import io
import os
import random
import struct
import subprocess
import sys
import unicodedata
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from mlp.datasets.errors import DamagedFile, DatasetError
from mlp.datasets.own import archives
from mlp.datasets.own.archives import open_archive, pack, read, unpack
from tests.picture_files import write_folder, write_zip

FILES = {"cats/1.png": b"one", "dogs/2.png": b"two"}
LEFT_BEHIND = {
    ".DS_Store": b"x",
    "cats/.DS_Store": b"x",
    "__MACOSX/cats/._1.png": b"x",
    "cats/.ipynb_checkpoints/1.png": b"x",
    "dogs/Thumbs.db": b"x",
}


def refused(path: Path, kind: type[DatasetError], sentence: str) -> None:
    with pytest.raises(kind, match=sentence), open_archive(path):
        pass


def contents(path: Path) -> dict[str, bytes]:
    with open_archive(path) as archive:
        return {member.name: read(member, 100) for member in archive.members}


@pytest.mark.parametrize("write", [write_zip, write_folder])
def test_a_zip_and_a_folder_give_the_same(tmp_path: Path, write: Callable[..., Path]) -> None:
    path = write(tmp_path / "pets.zip", dict(reversed(FILES.items())) | LEFT_BEHIND | {"fish/": b""})
    assert list(contents(path).items()) == list(FILES.items()), "in one order, so that they become one data set"
    with open_archive(path) as archive:
        assert archive.name == "pets.zip"
        assert "fish" in archive.folders
        assert not any("MACOSX" in folder or "ipynb" in folder for folder in archive.folders)


def test_a_single_file_is_its_only_member(tmp_path: Path) -> None:
    (tmp_path / "x.npy").write_bytes(b"content")
    assert contents(tmp_path / "x.npy") == {"x.npy": b"content"}


def test_uploaded_files_are_packed_with_their_paths(tmp_path: Path) -> None:
    pack([(name, io.BytesIO(content)) for name, content in FILES.items()], tmp_path / "all.zip")
    assert contents(tmp_path / "all.zip") == FILES


def test_names_keep_their_letters(tmp_path: Path) -> None:
    path = tmp_path / "names.zip"
    umlaut = unicodedata.normalize("NFD", "ä")  # as macOS writes it
    write_zip(path, {"aa/1.png": b"", "cats\\2.png": b"", "cats//./3.png": b"", "./": b"", ".\\": b""})
    raw = path.read_bytes()
    flagless = umlaut.encode()  # UTF-8, but nothing says so
    path.write_bytes(raw.replace(b"aa/1.png", flagless + b"1.png"[: 8 - len(flagless)]))
    assert set(contents(path)) == {"ä1.png", "cats/2.png", "cats/3.png"}


@pytest.mark.parametrize(
    "name", ["../up.png", "cats/../../up.png", "/etc/up.png", "C:\\up.png", "..\\up.png", "//up.png", "x" * 1001]
)
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    path = write_zip(tmp_path / "bad.zip", FILES | {name: b"harm"})
    with (
        pytest.raises(DatasetError, match=r"bad.zip has a file called .*Make it again from a folder"),
        open_archive(path),
    ):
        pass
    with pytest.raises(DatasetError, match="Make it again from a folder"):
        pack([(name, io.BytesIO(b"harm"))], tmp_path / "packed.zip")
    assert not (tmp_path.parent / "up.png").exists()


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "secret.zip", FILES)
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\1\2") + 8] |= 1  # the flag in the table of contents
    path.write_bytes(raw)
    with (
        pytest.raises(DatasetError, match=r"secret.zip is encrypted. Make it again without a password"),
        open_archive(path),
    ):
        pass


def test_a_zip_bomb_is_refused_before_anything_is_unpacked(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "bomb.zip", {"cats/1.png": bytes(101_000_000)})
    assert path.stat().st_size < 200_000
    refused(path, DatasetError, r"bomb.zip has 0.1 MB but would unpack to 101 MB")


def test_nearly_empty_pictures_are_no_bomb_unless_they_are_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_zip(tmp_path / "blank.zip", {f"{index}.bmp": bytes(1_000_000) for index in range(9)})
    with open_archive(path) as archive:
        assert len(archive.members) == 9
    monkeypatch.setattr(archives, "LARGEST_UNPACKED", 8_000_000)
    refused(path, DatasetError, "would unpack to 9 MB")


def test_a_zip_of_overlapping_files_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "bomb.zip", {"cats/1.png": os.urandom(1000)})
    raw = path.read_bytes()
    start = raw.index(b"PK\1\2")
    end = raw.index(b"PK\5\6")
    entry = raw[start:end]
    last = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 5, 5, 5 * len(entry), start, 0)
    path.write_bytes(raw[:start] + 5 * entry + last)  # five names for the same bytes
    refused(path, DatasetError, "overlap")


def test_a_member_that_hides_its_size_gives_no_more_than_it_declares(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "liar.zip", {"cats/1.png": bytes(50_000_000)})
    raw = path.read_bytes()
    path.write_bytes(raw.replace((50_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little")))
    with open_archive(path) as archive, pytest.raises(DamagedFile, match=r"cats/1.png is damaged"):
        read(archive.members[0], 10_000)


def test_unusual_compression_which_could_unpack_without_bounds_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "odd.zip", FILES, zipfile.ZIP_BZIP2)
    refused(path, DatasetError, "usual compression")


@pytest.mark.parametrize("comment", [b"", b"a comment"])
@pytest.mark.parametrize("long", [False, True])
def test_a_huge_table_of_contents_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, comment: bytes, long: bool
) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for index in range(10):
            packed.writestr(f"{index}", b"")
        packed.comment = comment
    if long:  # the record of archives above 4 GB wins over the short one, whose size of the table is no more than a lie
        raw = path.read_bytes()
        start, end = raw.index(b"PK\1\2"), raw.index(b"PK\5\6")
        record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 10, 10, end - start, start)
        locator = struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
        path.write_bytes(raw[:end] + record + locator + raw[end : end + 12] + bytes(4) + raw[end + 16 :])
    with open_archive(path) as archive:
        assert len(archive.members) == 10
    monkeypatch.setattr(archives, "LARGEST_DIRECTORY", 469)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    refused(path, DatasetError, "more than 300,000 files")


def test_a_zip_that_is_cut_short_is_damaged(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "half.zip", {"cats/1.png": os.urandom(100_000)})
    whole = path.read_bytes()
    for length in (10, 50_000, len(whole) - 30, len(whole) - 1):
        path.write_bytes(whole[:length])
        with (
            pytest.raises(DamagedFile, match=r"half.zip is not a complete ZIP file.*Copy or make it again"),
            open_archive(path),
        ):
            pass


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(DatasetError, match=r"nothing.zip can't be read: No such file"),
        open_archive(tmp_path / "nothing.zip"),
    ):
        pass


def test_a_member_may_not_be_larger_than_is_asked_for(tmp_path: Path) -> None:
    with open_archive(write_zip(tmp_path / "a.zip", {"big": bytes(2_000_000)})) as archive:
        with pytest.raises(DamagedFile, match=r"big has 2 MB; at most 1 MB"):
            read(archive.members[0], 1_000_000)
        with pytest.raises(DamagedFile, match="more bytes than it declares"):
            unpack(archive.members[0], tmp_path, 1_000_000)


def test_a_damaged_zip_is_read_or_refused_but_never_anything_else(tmp_path: Path) -> None:
    chance = random.Random(0)
    path = tmp_path / "a.zip"
    whole = write_zip(path, FILES).read_bytes()
    for _ in range(500):
        broken = bytearray(whole)
        broken[chance.randrange(len(whole))] = chance.randrange(256)
        path.write_bytes(broken)
        with suppress(DatasetError):
            contents(path)


FILL_THE_DISK = """
import resource, signal, sys
from pathlib import Path
from mlp.datasets.errors import DatasetError
from mlp.datasets.own.archives import open_archive, unpack
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
with open_archive(Path(sys.argv[1])) as archive:
    try:
        unpack(archive.members[0], Path(sys.argv[2]), 10**9)
    except DatasetError as error:
        print(error)
"""


def test_a_full_disk_is_said_so(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"big": bytes(2_000_000)})
    ran = subprocess.run(
        [sys.executable, "-c", FILL_THE_DISK, path, tmp_path], capture_output=True, text=True, check=True
    )
    assert "can't be written (File too large). Free some space" in ran.stdout
