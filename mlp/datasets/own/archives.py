"""A ZIP, a folder and a single file are opened the same way: as members that are read one at a time.

Nothing inside is trusted. Names that lead out of the archive, passwords, and sizes that no honest file has are refused
before anything is unpacked; and no member's name is ever used as the name of a file on this disk.
"""

import gzip
import os
import re
import shutil
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mlp.datasets.errors import DamagedFile, DatasetError
from mlp.datasets.roots import writing
from mlp.text import quoted

MOST_MEMBERS = 300_000
LARGEST_DIRECTORY = 150 * MOST_MEMBERS  # bytes of a ZIP's table of contents, which is read whole
LARGEST_UNPACKED = 20_000_000_000  # bytes of all members together
SMALL = 100_000_000  # bytes; what unpacks to less is no bomb
LARGEST_RATIO = 200  # unpacked to packed; pictures and arrays reach 100 only if they are nearly empty
LONGEST_NAME = 1000
CHUNK = 1 << 20

PACKED = ".gz"
ZIP_STARTS = (b"PK\3\4", b"PK\5\6")  # the second of an empty one
END, END64, LOCATOR64 = b"PK\5\6", b"PK\6\6", b"PK\6\7"  # the records at a ZIP's end
END_SIZE, END64_SIZE, LOCATOR64_SIZE, LONGEST_COMMENT = 22, 56, 20, 1 << 16
ENCRYPTED, UTF8_NAME = 0x1, 0x800  # flags of a member

UNREADABLE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, UnicodeError, NotImplementedError)

Opener = Callable[[], IO[bytes]]


@dataclass(frozen=True)
class Member:
    """A file inside."""

    name: str  # its path inside, such as "cats/1.jpg"
    size: int  # bytes, as declared; no more than that is read
    open: Opener
    path: Path | None = None  # of a file that lies on this disk, not in a ZIP

    def __str__(self) -> str:
        """The name as messages repeat it: without control characters, and no longer than a line."""
        return quoted(self.name)[1:-1]

    @property
    def base(self) -> str:
        """The name without the folders above."""
        return self.name.rpartition("/")[2]


@dataclass(frozen=True)
class Archive:
    """What is inside, without the files that systems leave behind, such as .DS_Store."""

    name: str  # for messages
    members: tuple[Member, ...]
    folders: tuple[str, ...]  # paths inside, also of folders that hold nothing


@contextmanager
def open_archive(path: Path, name: str = "") -> Iterator[Archive]:
    """Open a ZIP, a folder, or a single file as an archive with one member; `name` is for messages.

    Raises DatasetError for an archive that is refused, DamagedFile for one that is broken.
    """
    with ExitStack() as stack:
        try:
            archive = _archive(path, name or path.name, stack)
        except OSError as error:
            raise DatasetError(f"{path} can't be read: {error.strerror}. Choose a file that is there.") from error
        yield archive


def read(member: Member, most: int) -> bytes:
    """Return a member's content. Raises DamagedFile if it has more than `most` bytes, or can't be unpacked."""
    if member.size > most:
        raise DamagedFile(f"{member} has {member.size / 1e6:,.0f} MB; at most {most / 1e6:,.0f} MB are read.")
    with damaged(member), member.open() as source:
        return source.read(most + 1)


@contextmanager
def opened(member: Member) -> Iterator[IO[bytes] | gzip.GzipFile]:
    """Open a member for reading; one in gzip's format is unpacked on the way."""
    with member.open() as source:
        if member.name.endswith(PACKED):
            with gzip.open(source, "rb") as plain:
                yield plain
        else:
            yield source


def unpack(member: Member, scratch: Path, limit: int) -> Path:
    """Return a file on this disk with a member's content: itself, or a copy in the folder `scratch`.

    A member in gzip's format is unpacked. Raises DamagedFile if it holds more than `limit` bytes, or can't be unpacked;
    DatasetError if the disk is full.
    """
    if member.path and not member.name.endswith(PACKED):
        return member.path
    target = scratch / f"{len(os.listdir(scratch))}.unpacked"
    with writing(scratch), open(target, "wb") as out:
        for chunk in _chunks(member, limit):
            out.write(chunk)
    return target


def _chunks(member: Member, limit: int) -> Iterator[bytes]:
    with damaged(member), opened(member) as source:
        while chunk := source.read(CHUNK):
            limit -= len(chunk)
            if limit < 0:
                raise DamagedFile(f"{member} unpacks to more bytes than it declares.")
            yield chunk


def pack(files: Iterable[tuple[str, IO[bytes]]], path: Path) -> None:
    """Write files with relative paths, such as the uploaded ones of a folder, into one ZIP without compressing them.

    Raises DatasetError for a path that leads out of the folder, or if the disk is full.
    """
    with writing(path.parent), zipfile.ZipFile(path, "w") as packed:
        for name, source in files:
            with packed.open(_inside(name, "The folder"), "w", force_zip64=True) as out:
                shutil.copyfileobj(source, out, CHUNK)


@contextmanager
def damaged(member: Member) -> Iterator[None]:
    """Turn an error while reading a member into a sentence."""
    try:
        yield
    except UNREADABLE as error:
        raise DamagedFile(f"{member} is damaged ({error}).") from error


def _archive(path: Path, name: str, stack: ExitStack) -> Archive:
    if path.is_dir():
        return _folder(path, name)
    with open(path, "rb") as file:
        if file.read(4) not in ZIP_STARTS:
            return Archive(name, (Member(name, path.stat().st_size, _opener(path), path),), ())
        _check_directory(file, name)
    try:
        packed = stack.enter_context(zipfile.ZipFile(path))
    except (*UNREADABLE, ValueError) as error:
        raise DamagedFile(f"{name} is not a complete ZIP file ({error}). Copy or make it again.") from error
    return _zip(packed, path.stat().st_size, name)


def _folder(path: Path, name: str) -> Archive:
    members, folders = [], []
    for parent, subfolders, files in os.walk(path):
        inside = Path(parent).relative_to(path)
        folders += [_text((inside / folder).as_posix()) for folder in subfolders]
        for file in files:
            at = Path(parent, file)
            inner = _text((inside / file).as_posix())
            if not _left_behind(inner) and at.is_file():
                members.append(Member(inner, at.stat().st_size, _opener(at), at))
        if len(members) > MOST_MEMBERS:
            raise DatasetError(f"{name} has more than {MOST_MEMBERS:,} files, which is the most. Leave some out.")
    members.sort(key=lambda member: member.name)
    return Archive(name, tuple(members), tuple(folder for folder in sorted(folders) if not _left_behind(folder)))


def _opener(path: Path) -> Opener:
    return lambda: open(path, "rb")


def _zip(packed: zipfile.ZipFile, size: int, name: str) -> Archive:
    entries = packed.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if (unpacked > SMALL and unpacked > LARGEST_RATIO * size) or unpacked > LARGEST_UNPACKED:
        raise DatasetError(
            f"{name} has {size / 1e6:,.1f} MB but would unpack to {unpacked / 1e6:,.0f} MB, as a ZIP bomb does. "
            f"At most {LARGEST_RATIO} times its size and {LARGEST_UNPACKED / 1e9:g} GB are allowed. Pack fewer files."
        )
    if sum(entry.compress_size for entry in entries) > size:
        raise DatasetError(f"{name} has files that overlap, as a ZIP bomb does. Make it again from a folder.")
    members, folders = [], []
    for entry in entries:
        inner = _inside(_name(entry), name)
        if entry.flag_bits & ENCRYPTED:
            raise DatasetError(f"{name} is encrypted. Make it again without a password.")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise DatasetError(f"{name} is compressed in an unusual way. Make it again with a ZIP's usual compression.")
        if not inner.strip("/") or _left_behind(inner):  # ./ is the ZIP itself
            continue
        if inner.endswith("/"):
            folders.append(inner.rstrip("/"))
        else:
            members.append(Member(inner, entry.file_size, _entry_opener(packed, entry)))
    members.sort(key=lambda member: member.name)  # as a folder's: the same pictures are the same data set
    return Archive(name, tuple(members), tuple(folders))


def _entry_opener(packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Opener:
    return lambda: packed.open(entry)


def _check_directory(file: IO[bytes], name: str) -> None:
    """Refuse a ZIP with so long a table of contents that Python, which reads it whole, would need gigabytes."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - LONGEST_COMMENT - END_SIZE - LOCATOR64_SIZE - END64_SIZE))
    tail = file.read()
    at = tail.rfind(END)
    if at < 0 or len(tail) - at < END_SIZE:
        raise DamagedFile(f"{name} is not a complete ZIP file: its end is missing. Copy or make it again.")
    (length,) = struct.unpack_from("<I", tail, at + 12)
    at64 = at - LOCATOR64_SIZE - END64_SIZE
    if at64 >= 0 and tail.startswith(LOCATOR64, at - LOCATOR64_SIZE) and tail.startswith(END64, at64):
        (length,) = struct.unpack_from("<Q", tail, at64 + 40)
    if length > LARGEST_DIRECTORY:
        raise DatasetError(f"{name} has more than {MOST_MEMBERS:,} files, which is the most. Pack fewer.")


def _name(entry: zipfile.ZipInfo) -> str:
    """Return a member's name. macOS writes UTF-8 without the flag that says so."""
    if not entry.flag_bits & UTF8_NAME:
        try:
            return entry.orig_filename.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return entry.orig_filename


def _inside(name: str, archive: str) -> str:
    """Return a path with plain slashes. Raises DatasetError if it leads anywhere but into the archive."""
    inner = _text(name.replace("\\", "/"))
    parts = [part for part in inner.split("/") if part not in ("", ".")]  # a//b is a/b
    is_absolute = inner.startswith("/") or re.match("[A-Za-z]:", inner)
    if not inner or ".." in parts or "\0" in inner or is_absolute or len(inner) > LONGEST_NAME:
        raise DatasetError(
            f"{archive} has a file called {quoted(name)}, which leads out of it. Make it again from a folder."
        )
    return "/".join(parts) + "/" * inner.endswith("/")


def _text(name: str) -> str:
    """Return a name that can be shown and stored: bytes that are no text become question marks."""
    return unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))


def _left_behind(name: str) -> bool:
    """Whether a file was made by a system or an editor, not by a person."""
    parts = name.split("/")
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
    return hidden or parts[-1] in ("Thumbs.db", "desktop.ini")
