"""A download ends with complete, verified files or with a sentence, whatever the mirrors do."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlp import datasets
from mlp.datasets import DATASETS, DatasetError, Patience, load_dataset, places
from tests.tiny_dataset import NAMES, packed_files, plain_files, tiny_info, write

HASTY = Patience(timeout=10.0, attempts=2, pause=0.0)
SHORT = HASTY._replace(timeout=0.3)  # for mirrors that send nothing
FIRST = NAMES[0]  # the first file that is fetched

Behavior = Callable[["Request", bytes], None]


# ── mirrors, good and bad ─────────────────────────────────────────────────────────────────────────────────────────


class Request(BaseHTTPRequestHandler):
    """One request to a mirror, answered by the next behavior on the mirror's list; by `good` when it is empty."""

    server: "Mirror"

    def do_GET(self) -> None:
        name = self.path.rsplit("/", 1)[-1]
        self.server.asked.append((name, self.start))
        behave = self.server.behaviors.pop(0) if self.server.behaviors else good
        behave(self, self.server.files[name])

    @property
    def start(self) -> int:
        """The first byte asked for."""
        return int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))

    def answer(self, status: int, length: int | None, content: bytes, content_range: str | None = None) -> None:
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        if content_range is not None:
            self.send_header("Content-Range", content_range)
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass


class Mirror(ThreadingHTTPServer):
    """A server on this machine with the tiny data set, or others, in each of its folders."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.files = {f"{name}.gz": content for name, content in packed_files().items()}
        self.behaviors: list[Behavior] = []
        self.asked: list[tuple[str, int]] = []  # file, first byte
        self.released = threading.Event()  # what stalling mirrors wait for
        self.stalling = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def handle_error(self, *_: object) -> None:
        """Print nothing about clients that have left."""


def good(request: Request, content: bytes) -> None:
    """The requested bytes."""
    start = request.start
    if start >= len(content):
        request.answer(416, 0, b"", f"bytes */{len(content)}")
    elif start:
        request.answer(206, len(content) - start, content[start:], f"bytes {start}-{len(content) - 1}/{len(content)}")
    else:
        request.answer(200, len(content), content)


def whole(request: Request, content: bytes) -> None:
    """The whole file, whatever was requested."""
    request.answer(200, len(content), content)


def unmeasured(request: Request, content: bytes) -> None:
    """The whole file, without its size."""
    request.answer(200, None, content)


def dies(request: Request, content: bytes) -> None:
    """Half of the requested bytes; then the connection breaks."""
    start, total = request.start, len(content)
    rest = content[start:]
    content_range = f"bytes {start}-{total - 1}/{total}" if start else None
    request.answer(206 if start else 200, len(rest), rest[: len(rest) // 2], content_range)


def stalls(request: Request, content: bytes) -> None:
    """Half of them; then nothing, and the connection stays open."""
    request.answer(200, len(content), content[: len(content) // 2])
    request.server.stalling.set()
    request.server.released.wait(timeout=60)


def silent(request: Request, content: bytes) -> None:
    """Not even a first line."""
    request.server.released.wait(timeout=60)


def hangs_up(request: Request, content: bytes) -> None:
    """Not even a first line, and the connection is closed."""


def raves(request: Request, content: bytes) -> None:
    """Something that is not HTTP."""
    request.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n")


def promises_more(request: Request, content: bytes) -> None:
    request.answer(200, len(content) + 100, content)


def promises_less(request: Request, content: bytes) -> None:
    request.answer(200, len(content) - 10, content)


def promises_too_much(request: Request, content: bytes) -> None:
    request.answer(200, 10**12, content)


def sends_too_much(request: Request, content: bytes) -> None:
    request.answer(200, None, content + bytes(10**6))


def sends_another(request: Request, content: bytes) -> None:
    """A valid gzip file of the right form, with other content."""
    request.answer(200, None, next(other for other in packed_files().values() if other != content))


def sends_a_login_page(request: Request, content: bytes) -> None:
    request.answer(200, None, b"<html>Please accept the school's terms of use.</html>")


def starts_elsewhere(request: Request, content: bytes) -> None:
    """The whole file, although a part was requested, and the headers say so."""
    request.answer(206, len(content), content, f"bytes 0-{len(content) - 1}/{len(content)}")


def starts_nowhere(request: Request, content: bytes) -> None:
    """The whole file as a part, without saying which."""
    request.answer(206, len(content), content)


def missing(request: Request, content: bytes) -> None:
    request.answer(404, 0, b"")


def busy(request: Request, content: bytes) -> None:
    request.answer(503, 0, b"")


# ── fixtures ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder for the tiny data set's files."""
    monkeypatch.setattr(places, "OWN_DATA", tmp_path / "own")
    monkeypatch.setitem(DATASETS, "tiny", tiny_info())
    monkeypatch.delenv("MLP_DATA_DIR", raising=False)
    monkeypatch.delenv("MLP_MIRROR", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    load_dataset.cache_clear()
    return tmp_path / "own" / "tiny"


def serve() -> Iterator[Mirror]:
    with Mirror() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.released.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    yield from serve()


@pytest.fixture
def other_mirror() -> Iterator[Mirror]:
    yield from serve()


def part(folder: Path, name: str = FIRST) -> Path:
    return folder / f"{name}.gz.part"


def check_all_there(folder: Path) -> None:
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name != ".lock"} == plain_files()
    assert np.bincount(load_dataset("tiny").test.labels).sum() == 12


def check_nothing_looks_like_data(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} <= {".lock", part(folder).name}
    assert not datasets.is_available("tiny")


# ── a download that goes well ─────────────────────────────────────────────────────────────────────────────────────


def test_all_files_arrive(mirror: Mirror, folder: Path) -> None:
    assert datasets.size_to_download("tiny") == sum(map(len, packed_files().values()))
    datasets.download("tiny", mirrors=[mirror.url], patience=HASTY)
    check_all_there(folder)
    assert mirror.asked == [(f"{name}.gz", 0) for name in NAMES]
    assert datasets.size_to_download("tiny") == 0


def test_progress_is_told(mirror: Mirror) -> None:
    told: list[tuple[int, int]] = []
    datasets.download("tiny", lambda *progress: told.append(progress), mirrors=[mirror.url], patience=HASTY)
    size = sum(map(len, packed_files().values()))
    assert told == sorted(told)
    assert told[0] == (0, size)
    assert told[-1] == (size, size)
    assert len(told) > 2 * len(NAMES)


def test_progress_learns_the_size_from_the_mirror(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    # A mirror may have packed the files more tightly than the catalog says, or less.
    info = tiny_info()
    files = [replace(file, packed_size=size) for file, size in zip(info.files, (7, 10**6, 7, 10**6), strict=True)]
    monkeypatch.setitem(DATASETS, "tiny", replace(info, files=tuple(files)))
    told: list[tuple[int, int]] = []
    datasets.download("tiny", lambda *progress: told.append(progress), mirrors=[mirror.url], patience=HASTY)
    assert all(done <= total for done, total in told)
    assert told[-1][0] == told[-1][1] == sum(map(len, packed_files().values()))


def test_only_what_is_missing_is_fetched(mirror: Mirror, folder: Path) -> None:
    write(folder, {name: plain_files()[name] for name in NAMES[:2]})
    told: list[tuple[int, int]] = []
    datasets.download("tiny", lambda *progress: told.append(progress), mirrors=[mirror.url], patience=HASTY)
    check_all_there(folder)
    assert mirror.asked == [(f"{name}.gz", 0) for name in NAMES[2:]]
    assert told[-1][1] == sum(len(packed_files()[name]) for name in NAMES[2:])


@pytest.mark.parametrize("name", ["tiny", "digits", "moons"])
def test_what_is_there_is_not_fetched(mirror: Mirror, folder: Path, name: str) -> None:
    write(folder, plain_files())
    datasets.download(name, mirrors=[mirror.url], patience=HASTY)
    assert mirror.asked == []


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_what_is_damaged_is_fetched_again(mirror: Mirror, folder: Path, suffix: str) -> None:
    write(folder, plain_files())
    (folder / FIRST).unlink()
    write(folder, {FIRST: b"damaged"}, suffix)
    datasets.download("tiny", mirrors=[mirror.url], patience=HASTY)
    assert mirror.asked == [(f"{FIRST}.gz", 0)]
    assert (folder / FIRST).read_bytes() == plain_files()[FIRST]


def test_a_mirror_of_one_s_own_can_be_named(mirror: Mirror, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths: list[str] = []

    def note(request: Request, content: bytes) -> None:
        paths.append(request.path)
        good(request, content)

    mirror.behaviors = [note]
    monkeypatch.setenv("MLP_MIRROR", mirror.url + "school")
    datasets.download("tiny", patience=HASTY)
    check_all_there(folder)
    assert paths == [f"/school/tiny/{FIRST}.gz"]


def test_a_mirror_must_be_a_web_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLP_MIRROR", "file:///etc")
    with pytest.raises(DatasetError, match="MLP_MIRROR is 'file:///etc'; it must be an address that starts with http"):
        datasets.download("tiny")


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(DatasetError, match="Did you mean 'fashion-mnist'"):
        datasets.download("fashion_mnist")


def test_two_who_download_at_once_fetch_each_file_once(mirror: Mirror, folder: Path) -> None:
    second_is_off = threading.Event()

    def waits(request: Request, content: bytes) -> None:
        second_is_off.wait(timeout=10)
        good(request, content)

    def second() -> None:
        mirror.stalling.wait(timeout=10)
        second_is_off.set()
        datasets.download("tiny", mirrors=[mirror.url], patience=HASTY)

    def first_request(request: Request, content: bytes) -> None:
        mirror.stalling.set()
        waits(request, content)

    mirror.behaviors = [first_request]
    with ThreadPoolExecutor(2) as pool:
        jobs = [
            pool.submit(datasets.download, "tiny", mirrors=[mirror.url], patience=HASTY),
            pool.submit(second),
        ]
        for job in jobs:
            job.result(timeout=20)
    check_all_there(folder)
    assert mirror.asked == [(f"{name}.gz", 0) for name in NAMES]


# ── mirrors that fail, and recover ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("behavior", [whole, unmeasured])
def test_a_simple_server_will_do(mirror: Mirror, folder: Path, behavior: Behavior) -> None:
    mirror.behaviors = [behavior] * len(NAMES)
    datasets.download("tiny", mirrors=[mirror.url], patience=HASTY)
    check_all_there(folder)


def test_a_mirror_that_breaks_off_is_asked_for_the_rest(mirror: Mirror, folder: Path) -> None:
    mirror.behaviors = [dies]
    told: list[tuple[int, int]] = []
    datasets.download("tiny", lambda *progress: told.append(progress), mirrors=[mirror.url], patience=HASTY)
    check_all_there(folder)
    half = len(packed_files()[FIRST]) // 2
    assert mirror.asked[:2] == [(f"{FIRST}.gz", 0), (f"{FIRST}.gz", half)]
    assert len(mirror.asked) == len(NAMES) + 1
    assert told == sorted(told)


def test_a_mirror_is_asked_as_long_as_something_new_comes(mirror: Mirror, folder: Path) -> None:
    mirror.behaviors = [dies] * 5
    datasets.download("tiny", mirrors=[mirror.url], patience=HASTY)
    check_all_there(folder)
    starts = [start for name, start in mirror.asked if name == f"{FIRST}.gz"]
    assert len(starts) == 6
    assert starts == sorted(set(starts))


def test_a_mirror_that_stalls_is_asked_for_the_rest(mirror: Mirror, folder: Path) -> None:
    mirror.behaviors = [stalls]
    datasets.download("tiny", mirrors=[mirror.url], patience=SHORT)
    check_all_there(folder)
    assert mirror.asked[1] == (f"{FIRST}.gz", len(packed_files()[FIRST]) // 2)


@pytest.mark.parametrize("behavior", [silent, hangs_up, raves, busy, promises_more])
def test_a_mirror_that_fails_once_is_asked_again(mirror: Mirror, folder: Path, behavior: Behavior) -> None:
    mirror.behaviors = [behavior]
    datasets.download("tiny", mirrors=[mirror.url], patience=SHORT if behavior is silent else HASTY)
    check_all_there(folder)
    assert mirror.asked[1][0] == f"{FIRST}.gz"


@pytest.mark.parametrize("behavior", [whole, starts_elsewhere, starts_nowhere])
def test_a_mirror_that_can_not_go_on_in_the_middle_starts_anew(
    mirror: Mirror, folder: Path, behavior: Behavior
) -> None:
    mirror.behaviors = [dies, behavior]
    datasets.download("tiny", mirrors=[mirror.url], patience=HASTY)
    check_all_there(folder)
    assert len(mirror.asked) == len(NAMES) + 1


def test_a_download_goes_on_in_the_next_call(mirror: Mirror, folder: Path) -> None:
    class Enough(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done:
            raise Enough

    mirror.behaviors = [dies]
    with pytest.raises(Enough):
        datasets.download("tiny", stop, mirrors=[mirror.url], patience=HASTY)
    check_nothing_looks_like_data(folder)
    half = len(packed_files()[FIRST]) // 2
    assert part(folder).read_bytes() == packed_files()[FIRST][:half]

    datasets.download("tiny", mirrors=[mirror.url], patience=HASTY)
    check_all_there(folder)
    assert mirror.asked[1] == (f"{FIRST}.gz", half)


@pytest.mark.parametrize(
    ("kept", "starts"),
    [
        (packed_files()[FIRST], [len(packed_files()[FIRST])]),  # complete, but never unpacked
        (packed_files()[FIRST] + b"x" * 50, [len(packed_files()[FIRST]) + 50, 0]),  # too long
        (b"x" * 50, [50, 0]),  # from something else
    ],
    ids=["complete", "too long", "of another file"],
)
def test_whatever_an_earlier_call_has_kept_it_ends_well(
    mirror: Mirror, folder: Path, kept: bytes, starts: list[int]
) -> None:
    folder.mkdir(parents=True)
    part(folder).write_bytes(kept)
    datasets.download("tiny", mirrors=[mirror.url], patience=HASTY)
    check_all_there(folder)
    assert [start for name, start in mirror.asked if name == f"{FIRST}.gz"] == starts


# ── mirrors that fail for good ────────────────────────────────────────────────────────────────────────────────────

HOPELESS: dict[Behavior, str] = {
    missing: "answers 404 Not Found",
    busy: "answers 503 Service Unavailable",
    silent: r"sent nothing for 0\.3 seconds",
    hangs_up: r"broke off \(",
    raves: r"broke off \(",
    promises_more: r"broke off after [\d,]+ of [\d,]+ bytes",
    promises_less: "sent a file with the wrong content",
    promises_too_much: "offers 1,000,000,000,000 bytes; at most",
    sends_too_much: "sends more than",
    sends_another: "sent a file with the wrong content",
    sends_a_login_page: "sent a file with the wrong content",
}


@pytest.mark.parametrize("behavior", HOPELESS)
def test_a_mirror_that_fails_gives_way_to_the_next(
    mirror: Mirror, other_mirror: Mirror, folder: Path, behavior: Behavior
) -> None:
    write(folder, {name: content for name, content in plain_files().items() if name != FIRST})
    mirror.behaviors = [behavior] * 50
    patience = SHORT if behavior is silent else HASTY
    datasets.download("tiny", mirrors=[mirror.url, other_mirror.url], patience=patience)
    check_all_there(folder)
    assert {name for name, _ in other_mirror.asked} == {f"{FIRST}.gz"}


@pytest.mark.parametrize("behavior", HOPELESS)
def test_when_all_mirrors_fail_one_is_told_why(mirror: Mirror, folder: Path, behavior: Behavior) -> None:
    mirror.behaviors = [behavior] * 50
    with pytest.raises(DatasetError) as caught:
        datasets.download("tiny", mirrors=[mirror.url], patience=SHORT if behavior is silent else HASTY)
    assert caught.match(f"Tiny could not be downloaded. {mirror.url} {HOPELESS[behavior]}.*Try again later.*Or put")
    check_nothing_looks_like_data(folder)


@pytest.mark.parametrize("behavior", [missing, promises_too_much, sends_too_much, sends_another])
def test_a_mirror_is_not_asked_in_vain(mirror: Mirror, behavior: Behavior) -> None:
    mirror.behaviors = [behavior] * 50
    with pytest.raises(DatasetError):
        datasets.download("tiny", mirrors=[mirror.url], patience=HASTY)
    assert mirror.asked == [(f"{FIRST}.gz", 0)]


def test_a_mirror_that_brings_nothing_is_asked_as_often_as_agreed(mirror: Mirror) -> None:
    mirror.behaviors = [busy] * 50
    with pytest.raises(DatasetError):
        datasets.download("tiny", mirrors=[mirror.url], patience=HASTY._replace(attempts=3))
    assert len(mirror.asked) == 3


def test_what_has_arrived_stays_when_all_mirrors_fail(mirror: Mirror, folder: Path) -> None:
    mirror.behaviors = [good, dies, missing]
    with pytest.raises(DatasetError):
        datasets.download("tiny", mirrors=[mirror.url], patience=HASTY)
    assert (folder / FIRST).read_bytes() == plain_files()[FIRST]
    half = len(packed_files()[NAMES[1]]) // 2
    assert part(folder, NAMES[1]).stat().st_size == half

    datasets.download("tiny", mirrors=[mirror.url], patience=HASTY)
    check_all_there(folder)
    assert mirror.asked[3:] == [(f"{NAMES[1]}.gz", half), (f"{NAMES[2]}.gz", 0), (f"{NAMES[3]}.gz", 0)]


def test_without_a_network_one_is_asked_for_it(folder: Path) -> None:
    with socket.socket() as closed:  # bound, so that nobody else takes the port, but not listening
        closed.bind(("127.0.0.1", 0))
        mirrors = [f"http://127.0.0.1:{closed.getsockname()[1]}/{place}/" for place in ("a", "b")]
        with pytest.raises(DatasetError) as caught:
            datasets.download("tiny", mirrors=mirrors, patience=HASTY)
    assert caught.match("No mirror of Tiny can be reached. Is this computer online?")
    assert caught.match(f"{mirrors[0]} can't be reached .*refused.* {mirrors[1]} can't be reached")
    check_nothing_looks_like_data(folder)


def test_one_mirror_that_answers_shows_there_is_a_network(mirror: Mirror) -> None:
    mirror.behaviors = [missing]
    with pytest.raises(DatasetError, match=r"^Tiny could not be downloaded\."):
        datasets.download("tiny", mirrors=["http://127.0.0.1:1/", mirror.url], patience=HASTY)


# ── a disk that fails ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full, which is always full")
def test_a_full_disk_is_told(mirror: Mirror, folder: Path) -> None:
    folder.mkdir(parents=True)
    part(folder).symlink_to("/dev/full")
    with pytest.raises(DatasetError, match=r"part can't be written \(No space left on device\).* free space"):
        datasets.download("tiny", mirrors=[mirror.url], patience=HASTY)
    check_nothing_looks_like_data(folder)


def test_a_folder_that_can_not_be_made_is_told(mirror: Mirror, folder: Path) -> None:
    folder.parent.write_text("a file where the folder should be")
    with pytest.raises(DatasetError, match=r"own/tiny can't be written"):
        datasets.download("tiny", mirrors=[mirror.url], patience=HASTY)
    assert mirror.asked == []


def test_the_watcher_s_own_troubles_are_not_the_disk_s(mirror: Mirror) -> None:
    def broken(done: int, total: int) -> Any:
        raise BrokenPipeError("the terminal is gone")

    with pytest.raises(BrokenPipeError, match="terminal"):
        datasets.download("tiny", broken, mirrors=[mirror.url], patience=HASTY)


# ── the real mirrors ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", [name for name, info in DATASETS.items() if info.mirrors])
def test_every_downloadable_file_can_be_verified_and_measured(name: str) -> None:
    info = DATASETS[name]
    assert len(info.mirrors) >= 2
    assert all(mirror.startswith("http") and mirror.endswith("/") for mirror in info.mirrors)
    for file in info.files:
        assert len(file.sha256 or file.packed_sha256 or "") == 64
        assert 0 < file.packed_size < file.size
