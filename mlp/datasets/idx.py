"""An IDX file holds images in their plainest form: a shape, then every pixel in order.

    bytes 0-3   0, 0, 8 (what follows are unsigned bytes), number of dimensions
    then        the length of each dimension, 4 bytes, most significant first
    then        the numbers themselves, last dimension fastest

The operating system maps such a file straight into memory, so all processes of a machine share one copy of it.
Format: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits", 1998.
"""

import hashlib
import math
import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlp.datasets.errors import DamagedFile, DatasetError
from mlp.text import counted

UNSIGNED_BYTES = b"\0\0\x08"
SMALL = 1 << 20  # bytes; a file below this is hashed at every start, which takes under a millisecond
PACKED = ".gz"
GZIP = 16 + zlib.MAX_WBITS  # zlib's code for a stream with gzip's header
SLACK = 1 << 16  # bytes by which a gzip file may be larger than its content


@dataclass(frozen=True)
class IdxFile:
    """What a file must be: its name, its shape, and the hash of its content."""

    name: str
    shape: tuple[int, ...]
    sha256: str  # of the plain file
    packed_size: int = 0  # bytes of the gzip file at the mirrors, for progress bars

    @property
    def packed_name(self) -> str:
        return self.name + PACKED

    @property
    def names(self) -> tuple[str, str]:
        """The plain file's name as published, and with a dot, as some programs for unpacking write it."""
        return self.name, self.name.replace("-idx", ".idx")

    @property
    def header(self) -> bytes:
        return UNSIGNED_BYTES + struct.pack(f">B{len(self.shape)}I", len(self.shape), *self.shape)

    @property
    def size(self) -> int:
        return len(self.header) + math.prod(self.shape)

    @property
    def largest_packed_size(self) -> int:
        """Bytes of the gzip file at most, however it was packed."""
        return self.size + SLACK


def open_idx(path: Path, file: IdxFile) -> np.ndarray:
    """Map a sound file into memory, read-only. Returns uint8 of shape `file.shape`."""
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
        raise cannot_read(path, error) from error
    _check_header(path, content, file)
    if size != file.size:
        problem = "it is cut short" if size < file.size else "it is too long"
        raise _damaged(path, f"has {size:,} bytes, but must have {file.size:,}: {problem}")
    if size < SMALL:
        _check_hash(path, content, file)


def unpack(packed: bytes | bytearray, path: Path, file: IdxFile) -> bytes:
    """Return the plain file inside the gzip file `packed`; its `path` is for the error. Checks it to the last byte.

    Raises DamagedFile if it holds something else.
    """
    if packed.startswith(b"<"):
        raise _damaged(path, "is a web page, not a gzip file")
    stream = zlib.decompressobj(wbits=GZIP)
    try:
        content = stream.decompress(packed, file.size + 1)
    except zlib.error as error:
        raise _damaged(path, f"is not a complete gzip file ({error})") from error
    if not stream.eof and len(content) <= file.size:
        raise _damaged(path, "is not a complete gzip file")
    _check_header(path, content, file)
    if len(content) != file.size:
        size = f"{len(content):,}" if len(content) < file.size else "more"
        raise _damaged(path, f"unpacks to {size} bytes instead of {file.size:,}")
    _check_hash(path, content, file)
    return content


def seems_sound(path: Path, file: IdxFile) -> bool:
    """Return whether a plain file passes check_idx, or a .gz file starts and ends as it must. Takes well under 1 ms.

    A gzip file's last four bytes are the size of what is in it.
    """
    try:
        if path.suffix != PACKED:
            check_idx(path, file)
            return True
        with open(path, "rb") as source:
            header = zlib.decompressobj(wbits=GZIP).decompress(source.read(4096), len(file.header))
            source.seek(-4, os.SEEK_END)
            return header == file.header and int.from_bytes(source.read(4), "little") == file.size
    except (DatasetError, OSError, zlib.error):
        return False


def cannot_read(path: Path, error: OSError) -> DatasetError:
    return DatasetError(f"{path} can't be read: {error.strerror}. Make it readable, or remove it.")


def _check_header(path: Path, content: bytes, file: IdxFile) -> None:
    found, want = content[: len(file.header)], _times(file.shape)
    if found == file.header:
        return
    if len(found) < len(file.header):
        problem = f"is cut short: it ends after {counted(len(found), 'byte')}, and must hold {want} bytes"
    elif found[:3] == UNSIGNED_BYTES and found[3] == len(file.shape):
        shape = struct.unpack(f">{len(file.shape)}I", found[4:])
        problem = f"holds {_times(shape)} bytes, but must hold {want}"
    elif found.startswith(b"<"):
        problem = "is a web page, not an IDX file"
    else:
        problem = f"is no IDX file of {want} bytes: it starts with {found[:4].hex(' ')}, not {file.header[:4].hex(' ')}"
    raise _damaged(path, problem)


def _check_hash(path: Path, content: bytes, file: IdxFile) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != file.sha256:
        raise _damaged(path, f"does not hold what was published: its SHA-256 is {found}, but must be {file.sha256}")


def _damaged(path: Path, problem: str) -> DamagedFile:
    return DamagedFile(f"{path} {problem}. Remove it and get the data set again.")


def _times(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))
