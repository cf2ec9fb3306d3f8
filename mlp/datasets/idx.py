"""An IDX file holds images in their plainest form: a shape, then every pixel in order.

    bytes 0-3   0, 0, 8 (what follows are unsigned bytes), number of dimensions
    then        the length of each dimension, 4 bytes, most significant first
    then        the numbers themselves, last dimension fastest

The operating system maps such a file straight into memory, so all processes of a machine share one copy of it.
Format: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits", 1998.
"""

import hashlib
import math
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlp.datasets.errors import DamagedFile, DatasetError
from mlp.text import counted

UNSIGNED_BYTES = b"\0\0\x08"
SMALL = 1 << 20  # bytes; a file below this is hashed at every start, which takes under a millisecond


@dataclass(frozen=True)
class IdxFile:
    """What a file must be: its name, its shape, and the hash of its content."""

    name: str
    shape: tuple[int, ...]
    sha256: str | None = None  # of the plain file; None if nobody has published it
    packed_sha256: str | None = None  # of the gzip file; used only if sha256 is None
    packed_size: int = 0  # bytes of the gzip file at the mirrors, for progress bars

    @property
    def packed_name(self) -> str:
        return f"{self.name}.gz"

    @property
    def names(self) -> tuple[str, str]:
        """The plain file's name as published, and with a dot, as some programs for unpacking write it."""
        return self.name, self.name.replace("-idx", ".idx")

    @property
    def header(self) -> bytes:
        return UNSIGNED_BYTES + struct.pack(f">B{len(self.shape)}I", len(self.shape), *self.shape)

    @property
    def size(self) -> int:
        """Bytes of the plain file."""
        return len(self.header) + math.prod(self.shape)


def open_idx(path: Path, file: IdxFile) -> np.ndarray:
    """Map the file into memory, read-only. Returns uint8 of shape `file.shape`. Raises what check_idx raises."""
    check_idx(path, file)
    # A plain view of the mapping: np.memmap's own indexing is slower.
    return np.asarray(np.memmap(path, np.uint8, "r", offset=len(file.header), shape=file.shape))


def check_idx(path: Path, file: IdxFile) -> None:
    """Check a plain file's header, its size and, if it is small, its hash. Takes well under 1 ms.

    Raises DamagedFile for a file that holds something else, DatasetError for one that cannot be read.
    """
    try:
        size = path.stat().st_size
        with open(path, "rb") as source:
            content = source.read(size if size == file.size < SMALL else len(file.header))
    except OSError as error:
        raise DatasetError(f"{path} can't be read: {error.strerror}. Make it readable, or remove it.") from error
    check_header(path, content[: len(file.header)], file)
    if size != file.size:
        raise DamagedFile(
            f"{path} has {size:,} bytes, but must have {file.size:,}: "
            f"{'it is cut short' if size < file.size else 'it is too long'}. Remove it and get the data set again."
        )
    if size < SMALL:
        check_hash(path, hashlib.sha256(content).hexdigest(), file.sha256)


def check_header(path: Path, found: bytes, file: IdxFile) -> None:
    """Raise DamagedFile unless a file starts like an IDX file of the right shape."""
    if found == file.header:
        return
    want = _times(file.shape)
    if len(found) < len(file.header):
        problem = f"is cut short: it ends after {counted(len(found), 'byte')}, and must hold {want} bytes"
    elif found[:3] == UNSIGNED_BYTES and found[3] == len(file.shape):
        shape = struct.unpack(f">{len(file.shape)}I", found[4:])
        problem = f"holds {_times(shape)} bytes, but must hold {want}"
    elif found.startswith(b"<"):
        problem = "is a web page, not an IDX file"
    else:
        problem = f"is no IDX file of {want} bytes: it starts with {found[:4].hex(' ')}, not {file.header[:4].hex(' ')}"
    raise DamagedFile(f"{path} {problem}. Remove it and get the data set again.")


def check_hash(path: Path, found: str, wanted: str | None) -> None:
    """Raise DamagedFile if the right SHA-256, in hexadecimal, is known and differs."""
    if wanted is not None and found != wanted:
        raise DamagedFile(
            f"{path} does not hold what was published: its SHA-256 is {found}, but must be {wanted}. "
            "Remove it and get the data set again."
        )


def _times(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))
