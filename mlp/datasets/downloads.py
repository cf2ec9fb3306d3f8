"""Downloading fetches a data set's files from public mirrors, and resumes where it stopped.

The bytes received are kept in a `.part` file, which becomes the plain file, under its real name, only after its content
is verified. A mirror that stalls or breaks off is asked again for the rest; if it is gone, or sends something else, the
next one is tried.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from io import FileIO
from pathlib import Path
from textwrap import shorten
from typing import Literal, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from mlp.datasets.catalogue import dataset_info
from mlp.datasets.dataset import DatasetInfo
from mlp.datasets.errors import DamagedFile, DatasetError
from mlp.datasets.idx import IdxFile
from mlp.datasets.places import by_hand, find, own_folder, ready
from mlp.datasets.unpacking import cannot_write, unpack
from mlp.text import quoted

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

BLOCK = 1 << 16  # bytes read at most before progress is reported
SLACK = 1 << 16  # bytes by which a gzip file may be larger than its content

Progress = Callable[[int, int], None]  # (bytes done, bytes in total)


class Patience(NamedTuple):
    """How long to wait for a mirror."""

    timeout: float = 20.0  # seconds without a byte
    attempts: int = 3  # in a row that brought no new bytes
    pause: float = 1.0  # seconds between them


PATIENCE = Patience()


def download(
    name: str,
    progress: Progress | None = None,
    *,
    mirrors: Sequence[str] | None = None,
    patience: Patience = PATIENCE,
) -> None:
    """Fetch the files of a data set that are missing or damaged, verify them and unpack them into `data/`.

    `progress` is called after each block; an exception from it stops the download and is passed on. `mirrors` are
    addresses of folders, tried in turn. Default: the folder MLP_MIRROR/<name>/ if that variable is set, else the
    catalog's. If nothing is missing, nothing happens. Bytes received are kept for the next call, however this one ends.
    Raises DatasetError for an unknown name, if all mirrors fail, and for a disk that cannot be written.
    """
    info = dataset_info(name)
    if not info.mirrors or all(_is_here(info, file) for file in info.files):
        return
    if mirrors is None:
        mirrors = _mirrors(info)
    with _alone(own_folder(info)):
        missing = [file for file in info.files if not _is_here(info, file)]
        tally = _Tally(missing, progress)
        for file in missing:
            _fetch(info, file, mirrors, patience, tally)


def _mirrors(info: DatasetInfo) -> Sequence[str]:
    base = os.environ.get("MLP_MIRROR")
    if not base:
        return info.mirrors
    if not base.startswith(("http://", "https://")):
        raise DatasetError(f"MLP_MIRROR is {quoted(base)}; it must be an address that starts with http:// or https://.")
    return [f"{base.rstrip('/')}/{info.name}/"]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Allow one download at a time in a folder. The operating system releases the lock if its holder dies."""
    with _disk(folder, size=0):
        folder.mkdir(parents=True, exist_ok=True)
    with _open(folder / ".lock", "ab", size=0) as lock:
        if sys.platform == "win32":
            msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)
        else:
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _disk(path: Path, size: int) -> Iterator[None]:
    """Turn the system's errors for a full or read-only disk into DatasetError."""
    try:
        yield
    except OSError as error:
        raise cannot_write(path, size, error) from error


def _open(path: Path, mode: Literal["ab", "wb"], size: int) -> FileIO:
    with _disk(path, size):
        return open(path, mode, buffering=0)  # unbuffered: closing has nothing left to write, so it cannot fail


def _is_here(info: DatasetInfo, file: IdxFile) -> bool:
    """Whether the file is on disk and sound; a gzipped one is unpacked to find out."""
    if find(info, file) is None:
        return False
    try:
        ready(info, file)
    except DamagedFile:
        return False
    return True


class _Tally:
    """Adds up the progress of all files of one download."""

    def __init__(self, files: Sequence[IdxFile], progress: Progress | None) -> None:
        self._progress = progress
        self._done = {file.name: 0 for file in files}
        self._total = {file.name: file.packed_size for file in files}  # until the mirror says

    def __call__(self, file: IdxFile, done: int, total: int | None) -> None:
        self._done[file.name] = done
        self._total[file.name] = max(done, self._total[file.name] if total is None else total)
        if self._progress is not None:
            self._progress(sum(self._done.values()), sum(self._total.values()))


class _MirrorFailed(Exception):
    """Why a mirror failed, whether asking again may help, and whether it answered at all."""

    def __init__(self, reason: str, *, again: bool, answered: bool = True) -> None:
        super().__init__(reason)
        self.again = again
        self.answered = answered


def _fetch(info: DatasetInfo, file: IdxFile, mirrors: Sequence[str], patience: Patience, tally: _Tally) -> None:
    """Get one file from the first mirror that delivers it."""
    target = own_folder(info) / file.name
    part = own_folder(info) / f"{file.packed_name}.part"
    failures: dict[str, _MirrorFailed] = {}
    for mirror in mirrors:
        attempts = patience.attempts
        while attempts:
            before = _size(part)
            try:
                _receive(f"{mirror.rstrip('/')}/{file.packed_name}", part, file, patience.timeout, tally)
                _accept(part, target, file, resumed=before > 0)
                return
            except _MirrorFailed as failure:
                failures[mirror] = failure
                if not failure.again:
                    break
                attempts = patience.attempts if _size(part) > before else attempts - 1
                if attempts:
                    time.sleep(patience.pause)
    raise _all_failed(info, failures)


def _receive(url: str, part: Path, file: IdxFile, timeout: float, tally: _Tally) -> None:
    """Append the missing bytes to `part`, or start over if the mirror cannot resume in the middle."""
    limit = file.size + SLACK
    done = _size(part)
    with _ask(url, done, timeout) as response:
        if response is None:
            return
        if not response.headers.get("Content-Range", "").startswith(f"bytes {done}-"):
            done = 0
        total = None if response.length is None else done + response.length
        if total is not None and total > limit:
            raise _MirrorFailed(f"offers {total:,} bytes; at most {limit:,} are expected", again=False)
        with _open(part, "ab" if done else "wb", file.size) as out:
            tally(file, done, total)
            for block in _blocks(response, timeout):
                done += len(block)
                if done > limit:
                    raise _MirrorFailed(f"sends more than {limit:,} bytes", again=False)
                with _disk(part, file.size):
                    while block:
                        block = block[out.write(block) :]
                tally(file, done, total)
    if total is not None and done < total:
        raise _MirrorFailed(f"broke off after {done:,} of {total:,} bytes", again=True)
    tally(file, done, done)


def _accept(part: Path, target: Path, file: IdxFile, resumed: bool) -> None:
    """Unpack what was received. If it is wrong, drop it; another try may help if it came in several pieces."""
    try:
        unpack(part, target, file)
    except DamagedFile as error:
        part.unlink()
        raise _MirrorFailed("sent a file with the wrong content", again=resumed) from error
    part.unlink()


@contextmanager
def _ask(url: str, start: int, timeout: float) -> Iterator[HTTPResponse | None]:
    """Ask for the bytes from `start` on; None if there are none."""
    request = Request(url, headers={"User-Agent": "mlp"})
    if start:
        request.add_header("Range", f"bytes={start}-")
    try:
        response = urlopen(request, timeout=timeout)
    except HTTPError as error:
        with error:
            if error.code != 416:
                again = error.code in (408, 429) or error.code >= 500
                raise _MirrorFailed(f"answers {error.code} {error.reason}", again=again) from error
        yield None
    except URLError as error:
        raise _MirrorFailed(f"can't be reached ({error.reason})", again=False, answered=False) from error
    except (OSError, HTTPException) as error:
        raise _broke_off(error, timeout) from error
    else:
        with response:
            yield response


def _blocks(response: HTTPResponse, timeout: float) -> Iterator[bytes]:
    try:
        while block := response.read1(BLOCK):
            yield block
    except (OSError, HTTPException) as error:
        raise _broke_off(error, timeout) from error


def _broke_off(error: Exception, timeout: float) -> _MirrorFailed:
    if isinstance(error, TimeoutError):
        return _MirrorFailed(f"sent nothing for {timeout:g} seconds", again=True)
    return _MirrorFailed(f"broke off ({shorten(str(error), 80)})", again=True)


def _all_failed(info: DatasetInfo, failures: dict[str, _MirrorFailed]) -> DatasetError:
    if any(failure.answered for failure in failures.values()):
        what = f"{info.label} could not be downloaded."
    else:
        what = f"No mirror of {info.label} can be reached. Is this computer online?"
    reasons = " ".join(f"{mirror} {failure}." for mirror, failure in failures.items())
    return DatasetError(
        f"{what} {reasons} Try again later: what was received is kept, and the next try continues from there. "
        f"Or {by_hand(info)}."
    )


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0
