"""A download ends with complete, verified files or with a sentence, whatever the mirrors do."""

import errno
import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mlp import datasets
from mlp.datasets import DATASETS, DatasetError, downloads, load_dataset, roots
from mlp.datasets.loading import load_listed
from tests.mirrors import Behavior, Mirror, Request, good, serve
from tests.tiny_dataset import NAMES, packed_files, plain_files, tiny_info, write

FIRST = NAMES[0]  # the first file that is fetched
SIZE = sum(map(len, packed_files().values()))

# ── mirrors, good and bad ─────────────────────────────────────────────────────────────────────────────────────────


def stalls(request: Request, content: bytes) -> None:
    """Half of the bytes; then nothing, and the connection stays open."""
    request.answer(200, len(content), content[: len(content) // 2])
    request.server.released.wait(timeout=60)


def silent(request: Request, content: bytes) -> None:
    """Not even a first line."""
    request.server.released.wait(timeout=60)


def hangs_up(request: Request, content: bytes) -> None:
    """Not even a first line, and the connection is closed."""


def raves(request: Request, content: bytes) -> None:
    """Something that is not HTTP."""
    request.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n")


def sends(status: int, length: Callable[[int], int | None], change: Callable[[bytes], bytes]) -> Behavior:
    """Answer with this status, a length that need not be true, and the file's content, changed."""
    return lambda request, content: request.answer(status, length(len(content)), change(content))


def same(content: bytes) -> bytes:
    return content


def another(content: bytes) -> bytes:
    """A valid gzip file of the right form, with other content."""
    return next(other for other in packed_files().values() if other != content)


unmeasured = sends(200, lambda size: None, same)
dies = sends(200, lambda size: size, lambda content: content[: len(content) // 2])
promises_too_much = sends(200, lambda size: 10**12, same)
sends_too_much = sends(200, lambda size: None, lambda content: content + bytes(10**6))
sends_another = sends(200, lambda size: None, another)
missing = sends(404, lambda size: 0, lambda content: b"")
busy = sends(503, lambda size: 0, lambda content: b"")

HOPELESS: dict[str, tuple[Behavior, str]] = {
    "missing": (missing, "answers 404 Not Found"),
    "busy": (busy, "answers 503 Service Unavailable"),
    "silent": (silent, r"sent nothing for 0\.3 seconds"),
    "stalls": (stalls, r"sent nothing for 0\.3 seconds"),
    "hangs up": (hangs_up, r"broke off \("),
    "raves": (raves, r"broke off \("),
    "dies": (dies, r"broke off after [\d,]+ of [\d,]+ bytes"),
    "promises more": (sends(200, lambda size: size + 100, same), r"broke off after [\d,]+ of [\d,]+ bytes"),
    "promises less": (sends(200, lambda size: size - 10, same), "sent a file with the wrong content"),
    "promises too much": (promises_too_much, "sends more than"),
    "sends too much": (sends_too_much, "sends more than"),
    "sends another": (sends_another, "sent a file with the wrong content"),
    "a login page": (
        sends(200, lambda size: None, lambda _: b"<html>Accept our terms.</html>"),
        "sent a file with the wrong content",
    ),
}


# ── fixtures ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder for the tiny data set's files."""
    monkeypatch.setattr(roots, "PROGRAM_DATA", tmp_path / "own")
    monkeypatch.setattr(downloads, "PAUSE", 0.0)
    monkeypatch.setattr(downloads, "ROUNDS", 2)
    monkeypatch.setitem(DATASETS, "tiny", tiny_info())
    for variable in ("MLP_DATA_DIR", "MLP_MIRROR"):
        monkeypatch.delenv(variable, raising=False)
    for variable in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(variable, "127.0.0.1")
    load_listed.cache_clear()
    return tmp_path / "own" / "tiny"


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with serve() as server:
        yield server


@pytest.fixture
def other_mirror() -> Iterator[Mirror]:
    with serve() as server:
        yield server


@pytest.fixture(params=HOPELESS)
def hopeless(request: pytest.FixtureRequest, mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> str:
    """Have the mirror fail in one way, always; return the words for it."""
    behavior, words = HOPELESS[request.param]
    mirror.behaviors = [behavior] * 50
    if behavior in (silent, stalls):
        monkeypatch.setattr(downloads, "TIMEOUT", 0.3)
    return words


def check_all_there(folder: Path) -> None:
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == plain_files()
    assert np.bincount(load_dataset("tiny").test.labels).sum() == 12


def check_nothing_looks_like_data(folder: Path) -> None:
    assert list(folder.glob("*")) == []
    assert not datasets.is_available("tiny")


# ── a download that goes well ─────────────────────────────────────────────────────────────────────────────────────


def test_all_files_arrive_and_progress_is_reported(mirror: Mirror, folder: Path) -> None:
    assert datasets.size_to_download("tiny") == SIZE
    reported: list[tuple[int, int]] = []
    datasets.download("tiny", lambda *progress: reported.append(progress), mirrors=[mirror.url])
    check_all_there(folder)
    assert mirror.asked == list(NAMES)
    assert datasets.size_to_download("tiny") == 0
    assert reported == sorted(reported)
    assert (reported[0], reported[-1]) == ((0, SIZE), (SIZE, SIZE))
    assert len(reported) > 2 * len(NAMES)


@pytest.mark.parametrize("behavior", [good, unmeasured])
def test_progress_learns_the_size_from_the_mirror(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch, behavior: Behavior
) -> None:
    # A mirror may have packed the files more tightly than the catalog says, or less.
    info = tiny_info()
    files = [replace(file, packed_size=size) for file, size in zip(info.files, (7, 10**6, 7, 10**6), strict=True)]
    monkeypatch.setitem(DATASETS, "tiny", replace(info, files=tuple(files)))
    mirror.behaviors = [behavior] * len(NAMES)
    reported: list[tuple[int, int]] = []
    datasets.download("tiny", lambda *progress: reported.append(progress), mirrors=[mirror.url])
    assert all(done <= total for done, total in reported)
    assert reported[-1] == (SIZE, SIZE)


def test_only_what_is_missing_is_fetched(mirror: Mirror, folder: Path) -> None:
    write(folder, {name: plain_files()[name] for name in NAMES[:2]})
    reported: list[tuple[int, int]] = []
    datasets.download("tiny", lambda *progress: reported.append(progress), mirrors=[mirror.url])
    check_all_there(folder)
    assert mirror.asked == list(NAMES[2:])
    assert reported[-1][1] == sum(len(packed_files()[name]) for name in NAMES[2:])


@pytest.mark.parametrize("name", ["tiny", "digits", "moons"])
def test_what_is_there_is_not_fetched(mirror: Mirror, folder: Path, name: str) -> None:
    write(folder, plain_files())
    datasets.download(name, mirrors=[mirror.url])
    assert mirror.asked == []


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_what_is_damaged_is_fetched_again(mirror: Mirror, folder: Path, suffix: str) -> None:
    write(folder, plain_files())
    (folder / FIRST).unlink()
    write(folder, {FIRST: b"damaged"}, suffix)
    datasets.download("tiny", mirrors=[mirror.url])
    assert mirror.asked == [FIRST]
    assert (folder / FIRST).read_bytes() == plain_files()[FIRST]


def test_a_mirror_of_one_s_own_can_be_named(mirror: Mirror, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLP_MIRROR", mirror.url + "school")
    datasets.download("tiny")
    check_all_there(folder)
    assert mirror.paths[0] == f"/school/tiny/{FIRST}.gz"


def test_files_land_in_the_folder_of_the_environment(
    mirror: Mirror, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLP_DATA_DIR", str(tmp_path / "made" / "given"))
    mirror.behaviors = [missing]
    with pytest.raises(DatasetError, match=f"into {tmp_path}/made/given/tiny"):
        datasets.download("tiny", mirrors=[mirror.url])
    datasets.download("tiny", mirrors=[mirror.url])
    check_all_there(tmp_path / "made" / "given" / "tiny")
    assert not folder.exists()


def test_a_mirror_must_be_a_web_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLP_MIRROR", "file:///etc")
    with pytest.raises(DatasetError, match="MLP_MIRROR is 'file:///etc'; it must be an address that starts with http"):
        datasets.download("tiny")


def test_two_who_download_at_once_fetch_each_file_once(mirror: Mirror, folder: Path) -> None:
    under_way, second_starts = threading.Event(), threading.Event()

    def waits(request: Request, content: bytes) -> None:
        under_way.set()
        second_starts.wait(timeout=10)
        good(request, content)

    def second() -> None:
        under_way.wait(timeout=10)
        second_starts.set()
        datasets.download("tiny", mirrors=[mirror.url])

    mirror.behaviors = [waits]
    with ThreadPoolExecutor(2) as pool:
        for job in [pool.submit(datasets.download, "tiny", mirrors=[mirror.url]), pool.submit(second)]:
            job.result(timeout=20)
    check_all_there(folder)
    assert mirror.asked == list(NAMES)


# ── mirrors that fail ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("behavior", [hangs_up, raves, busy, dies])
def test_a_mirror_that_fails_once_is_asked_again(mirror: Mirror, folder: Path, behavior: Behavior) -> None:
    mirror.behaviors = [behavior]
    datasets.download("tiny", mirrors=[mirror.url])
    check_all_there(folder)
    assert mirror.asked[:2] == [FIRST, FIRST]


@pytest.mark.usefixtures("hopeless")
def test_a_mirror_that_fails_gives_way_to_the_next(mirror: Mirror, other_mirror: Mirror, folder: Path) -> None:
    write(folder, {name: content for name, content in plain_files().items() if name != FIRST})
    datasets.download("tiny", mirrors=[mirror.url, other_mirror.url])
    check_all_there(folder)
    assert (mirror.asked, other_mirror.asked) == ([FIRST], [FIRST])


def test_when_all_mirrors_fail_one_is_told_why(mirror: Mirror, folder: Path, hopeless: str) -> None:
    with pytest.raises(DatasetError) as caught:
        datasets.download("tiny", mirrors=[mirror.url])
    assert caught.match(f"Tiny could not be downloaded. {mirror.url} .*{hopeless}.*Try again later.*Or put")
    check_nothing_looks_like_data(folder)


@pytest.mark.parametrize(
    ("behavior", "times"), [(missing, 1), (promises_too_much, 1), (sends_too_much, 1), (sends_another, 1), (busy, 2)]
)
def test_a_mirror_is_asked_again_only_if_that_may_help(mirror: Mirror, behavior: Behavior, times: int) -> None:
    mirror.behaviors = [behavior] * 50
    with pytest.raises(DatasetError):
        datasets.download("tiny", mirrors=[mirror.url])
    assert mirror.asked == [FIRST] * times


def test_complete_files_stay_when_all_mirrors_fail(mirror: Mirror, folder: Path) -> None:
    mirror.behaviors = [good, dies, missing]
    with pytest.raises(DatasetError):
        datasets.download("tiny", mirrors=[mirror.url])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {FIRST: plain_files()[FIRST]}
    datasets.download("tiny", mirrors=[mirror.url])
    check_all_there(folder)
    assert mirror.asked[3:] == list(NAMES[1:])


def test_without_a_network_one_is_asked_for_it(folder: Path) -> None:
    with socket.socket() as closed:  # bound, so that nobody else takes the port, but not listening
        closed.bind(("127.0.0.1", 0))
        mirrors = [f"http://127.0.0.1:{closed.getsockname()[1]}/{place}/" for place in ("a", "b")]
        with pytest.raises(DatasetError) as caught:
            datasets.download("tiny", mirrors=mirrors)
    assert caught.match("No mirror of Tiny can be reached. Is this computer online?")
    assert caught.match(f"{mirrors[0]} can't be reached .*refused.* {mirrors[1]} can't be reached")
    check_nothing_looks_like_data(folder)


def test_one_mirror_that_answers_shows_there_is_a_network(mirror: Mirror) -> None:
    mirror.behaviors = [missing]
    with pytest.raises(DatasetError, match=r"^Tiny could not be downloaded\."):
        datasets.download("tiny", mirrors=["http://127.0.0.1:1/", mirror.url])


# ── what fails on this machine ────────────────────────────────────────────────────────────────────────────────────


def test_a_full_disk_is_reported(mirror: Mirror, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises(DatasetError, match=r"can't be written \(No space left on device\).* free space"):
        datasets.download("tiny", mirrors=[mirror.url])
    check_nothing_looks_like_data(folder)


@pytest.mark.parametrize("error", [BrokenPipeError("the terminal is gone"), KeyboardInterrupt()])
def test_what_stops_the_progress_stops_the_download(mirror: Mirror, folder: Path, error: BaseException) -> None:
    def stop(done: int, total: int) -> None:
        if done:
            raise error

    with pytest.raises(type(error)):
        datasets.download("tiny", stop, mirrors=[mirror.url])
    check_nothing_looks_like_data(folder)
    assert mirror.asked == [FIRST]
