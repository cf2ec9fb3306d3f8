"""Downloading fetches a data set's files from public mirrors.

A file is written under its real name only after its content is verified. If a mirror fails, the next one is tried.
"""

import os
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from http.client import HTTPException
from textwrap import shorten
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from mlp.datasets.catalogue import dataset_info
from mlp.datasets.dataset import DatasetInfo
from mlp.datasets.errors import DamagedFile, DatasetError
from mlp.datasets.idx import IdxFile, unpack
from mlp.datasets.places import by_hand, find, home, ready, write
from mlp.text import quoted

BLOCK = 1 << 16  # bytes read at most before progress is reported
TIMEOUT = 20.0  # seconds without a byte
ROUNDS = 3  # times that each mirror is asked
PAUSE = 1.0  # seconds between the rounds

ShowBytes = Callable[[int, int], None]  # (bytes done, bytes in total)

_one_at_a_time = threading.Lock()  # several people who press Download fetch each file once


class _MirrorFailed(Exception):
    """Why a mirror failed, whether asking again may help, and whether it answered at all."""

    def __init__(self, reason: str, *, again: bool, answered: bool = True) -> None:
        super().__init__(reason)
        self.again = again
        self.answered = answered


def download(name: str, progress: ShowBytes | None = None, *, mirrors: Sequence[str] | None = None) -> None:
    """Fetch the files of a data set that are missing or damaged, verify them and unpack them.

    If nothing is missing, nothing happens. Complete files are kept, however the call ends.

    Parameters
    ----------
    name
        Of a data set in the catalog.
    progress
        Called after each block with the bytes that are there, and the bytes of all. An exception from it stops the
        download and is passed on.
    mirrors
        Addresses of folders, tried in turn. By default, the folder MLP_MIRROR/<name>/ if that variable is set, else the
        catalog's.

    Raises
    ------
    DatasetError
        For an unknown name, if all mirrors fail, and for a disk that can't be written.

    Examples
    --------
    >>> download("digits")  # they come with the program
    """
    info = dataset_info(name)
    if not info.mirrors:
        return
    with _one_at_a_time:
        missing = [file for file in info.files if not _is_here(info, file)]
        sizes = [file.packed_size for file in missing]
        for index, file in enumerate(missing):

            def report(done: int, total: int, index: int = index) -> None:
                sizes[index] = total  # as the mirror packed it
                if progress is not None:
                    progress(sum(sizes[:index]) + done, sum(sizes))

            write(_fetched(info, file, mirrors or _mirrors(info), report), info, file)


def _is_here(info: DatasetInfo, file: IdxFile) -> bool:
    """Whether the file is on disk and sound; a gzipped one is unpacked to find out."""
    try:
        return find(info, file) is not None and ready(info, file).is_file()
    except DamagedFile:
        return False


def _mirrors(info: DatasetInfo) -> Sequence[str]:
    base = os.environ.get("MLP_MIRROR")
    if not base:
        return info.mirrors
    if not base.startswith(("http://", "https://")):
        raise DatasetError(f"MLP_MIRROR is {quoted(base)}; it must be an address that starts with http:// or https://.")
    return [f"{base.rstrip('/')}/{info.name}/"]


def _fetched(info: DatasetInfo, file: IdxFile, mirrors: Sequence[str], report: ShowBytes) -> bytes:
    """Return the plain content of one file, from the first mirror that delivers it."""
    failures: dict[str, _MirrorFailed] = {}
    for attempt in range(ROUNDS):
        promising = [mirror for mirror in mirrors if mirror not in failures or failures[mirror].again]
        if attempt and promising:
            time.sleep(PAUSE)
        for mirror in promising:
            try:
                return _from_mirror(mirror, info, file, report)
            except _MirrorFailed as failure:
                failures[mirror] = failure
    what = f"{info.label} could not be downloaded."
    if not any(failure.answered for failure in failures.values()):
        what = f"No mirror of {info.label} can be reached. Is this computer online?"
    reasons = " ".join(f"{mirror} {failure}." for mirror, failure in failures.items())
    raise DatasetError(f"{what} {reasons} Try again later: complete files are kept. Or {by_hand(info)}.")


def _from_mirror(mirror: str, info: DatasetInfo, file: IdxFile, report: ShowBytes) -> bytes:
    """Return the plain content of what a mirror sends. Raises _MirrorFailed if it is not the file."""
    limit, packed, length = file.largest_packed_size, bytearray(), None
    with closing(_blocks(f"{mirror.rstrip('/')}/{file.packed_name}")) as blocks:
        for block, length in blocks:
            packed += block
            if max(len(packed), length or 0) > limit:
                raise _MirrorFailed(f"sends more than {limit:,} bytes", again=False)
            report(len(packed), max(len(packed), length or file.packed_size))
    if length is not None and len(packed) < length:
        raise _MirrorFailed(f"broke off after {len(packed):,} of {length:,} bytes", again=True)
    report(len(packed), len(packed))
    try:
        return unpack(packed, home(info) / file.packed_name, file)
    except DamagedFile as error:
        raise _MirrorFailed("sent a file with the wrong content", again=False) from error


def _blocks(url: str) -> Generator[tuple[bytes, int | None]]:
    """Yield an empty block when a mirror answers, then what it sends, each with the file's length if it says so."""
    try:
        with urlopen(Request(url, headers={"User-Agent": "mlp"}), timeout=TIMEOUT) as response:
            length = response.length
            yield b"", length
            while block := response.read1(BLOCK):
                yield block, length
    except HTTPError as error:
        again = error.code in (408, 429) or error.code >= 500
        with error:  # it holds the connection
            raise _MirrorFailed(f"answers {error.code} {error.reason}", again=again) from error
    except URLError as error:
        raise _MirrorFailed(f"can't be reached ({error.reason})", again=False, answered=False) from error
    except TimeoutError as error:
        raise _MirrorFailed(f"sent nothing for {TIMEOUT:g} seconds", again=True) from error
    except (OSError, HTTPException) as error:
        raise _MirrorFailed(f"broke off ({shorten(str(error), 80)})", again=True) from error
