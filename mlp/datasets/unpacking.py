"""Unpacking turns a .gz file into the plain file inside it, once.

The new file is written under a temporary name, checked to the last byte, and only then renamed, in one atomic step. So
a broken file never looks like data, and several processes may unpack the same file at once.
"""

import gzip
import hashlib
import os
import secrets
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from mlp.datasets.errors import DamagedFile, DatasetError
from mlp.datasets.idx import IdxFile, check_hash, check_header

BLOCK = 1 << 20  # bytes
GZIP = 16 + zlib.MAX_WBITS  # zlib's code for a stream with gzip's header


def unpack(packed: Path, target: Path, file: IdxFile) -> None:
    """Write what is inside `packed` to `target`, complete and verified, or not at all.

    Raises DamagedFile if `packed` does not hold `file`, DatasetError if it cannot be read or `target` not written.
    """
    temporary = target.with_name(f"{target.name}.{secrets.token_hex(8)}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(temporary, "xb") as out:
                _copy(packed, out, file)
                out.flush()
                os.fsync(out.fileno())  # the bytes must be on the disk before the name says so
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise cannot_write(target, file.size, error) from error


def seems_packed(path: Path, file: IdxFile) -> bool:
    """Return whether a .gz file starts and ends as it must, without unpacking it. Takes well under 1 ms.

    A gzip file's last four bytes are the size of what is in it.
    """
    try:
        with open(path, "rb") as source:
            found = zlib.decompressobj(wbits=GZIP).decompress(source.read(4096), len(file.header))
            source.seek(-4, os.SEEK_END)
            size = int.from_bytes(source.read(4), "little")
    except (OSError, zlib.error):
        return False
    return found == file.header and size == file.size


def cannot_write(target: Path, size: int, error: OSError) -> DatasetError:
    """Return the error for a file of `size` bytes that could not be written."""
    return DatasetError(
        f"{target} can't be written ({error.strerror}). It needs {size / 1e6:,.1f} MB of free space "
        f"in a folder that this program may write to. Free some space or change the permissions, then try again."
    )


def _copy(packed: Path, out: IO[bytes], file: IdxFile) -> None:
    if _start(packed) == b"<":
        raise DamagedFile(f"{packed} is a web page, not a gzip file. Remove it and get it again.")
    if file.sha256 is None and file.packed_sha256 is not None:
        check_hash(packed, _packed_hash(packed), file.packed_sha256)
    digest, size = hashlib.sha256(), 0
    for block in _blocks(packed):
        if size == 0:
            check_header(packed, block[: len(file.header)], file)
        size += len(block)
        if size > file.size:  # before it fills the disk
            raise DamagedFile(f"{packed} unpacks to more than {file.size:,} bytes. Remove it and get it again.")
        digest.update(block)
        out.write(block)
    if size != file.size:
        raise DamagedFile(f"{packed} unpacks to {size:,} bytes instead of {file.size:,}. Remove it and get it again.")
    check_hash(packed, digest.hexdigest(), file.sha256)


def _blocks(packed: Path) -> Iterator[bytes]:
    try:
        with gzip.open(packed) as source:
            while block := source.read(BLOCK):
                yield block
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DamagedFile(f"{packed} is not a complete gzip file ({error}). Remove it and get it again.") from error
    except OSError as error:
        raise _cannot_read(packed, error) from error


def _start(packed: Path) -> bytes:
    try:
        with open(packed, "rb") as source:
            return source.read(1)
    except OSError as error:
        raise _cannot_read(packed, error) from error


def _packed_hash(packed: Path) -> str:
    try:
        with open(packed, "rb") as source:
            return hashlib.file_digest(source, "sha256").hexdigest()
    except OSError as error:
        raise _cannot_read(packed, error) from error


def _cannot_read(packed: Path, error: OSError) -> DatasetError:
    return DatasetError(f"{packed} can't be read: {error.strerror}. Make it readable, or remove it.")
