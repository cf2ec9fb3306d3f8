"""Imported data sets are stored by their content: each in a folder that is there whole or not at all.

The name is "own:" and the first 12 digits of the SHA-256 of what is in it, so that the same file imported twice is one
data set. A folder `own/<12 digits>/`, in one of the two that hold data (roots.py), has

    info.json     what is known about it: DatasetInfo's fields, the preprocessing, notes on the import
    inputs.npy    [n, inputs], the training, validation and test examples in this order
    labels.npy    [n]
    raw.npy       [n, columns] of a table: its rows as they were in the file, column by column
    owners/       an empty file for each browser that brought it, named by the hash of the browser's token
"""

import functools
import hashlib
import json
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mlp.datasets.dataset import Dataset, DatasetInfo, Split, Table, Target
from mlp.datasets.errors import DamagedFile, DatasetError
from mlp.datasets.preprocessing import Preprocessing
from mlp.datasets.roots import UNFINISHED, may_write, roots, writing
from mlp.files import sync, write_whole
from mlp.processes import has_vanished, process_name
from mlp.text import quoted
from mlp.tokens import token_hash

OWN = "own:"  # how the names begin
DIGITS = 12
NAME = re.compile(rf"{OWN}[0-9a-f]{{{DIGITS}}}")
FOLDER = "own"
INFO, INPUTS, LABELS, RAW, OWNERS = "info.json", "inputs.npy", "labels.npy", "raw.npy", "owners"
EVERYBODY = "everybody"  # owns what was imported on the command line
ABANDONED = 86_400  # seconds after which an import on another computer must be over
LONGEST_LABEL = 60

# The fields that are stored; those of the second row do not count for the name.
MEANING = ("class_names", "train", "validation", "test", "image_shape", "columns", "scale", "task", "target")
WORDS = ("label", "description", "source", "goal")


@dataclass(frozen=True)
class Stored:
    """What info.json holds."""

    info: DatasetInfo
    preprocessing: Preprocessing | None  # of a table
    notes: tuple[str, ...]  # sentences on what was skipped or changed when it was imported


# ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────────


def is_own(name: str) -> bool:
    """Whether a name is that of an imported data set, which may be gone."""
    return name.startswith(OWN)


def find(name: str) -> Path:
    """Return the folder of a data set. Raises DatasetError if there is none."""
    if NAME.fullmatch(name):
        for root in roots():
            folder = root / FOLDER / name.removeprefix(OWN)
            if (folder / INFO).is_file():
                return folder
    raise DatasetError(
        f"The data set {quoted(name)} is not on this computer: it was deleted, or imported on another one. "
        "Choose another data set, or import its file again."
    )


def read_stored(name: str) -> Stored:
    """Return what is known about a data set. Raises DatasetError if it is not there, DamagedFile if it is broken."""
    path = find(name) / INFO
    return _read(name, path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=256)
def _read(name: str, path: Path, changed: int) -> Stored:
    """Read info.json; `changed`, when it was written, has a new name read again."""
    try:
        values = json.loads(path.read_text("utf-8"))
        shape, target, preprocessing = values["image_shape"], values["target"], values["preprocessing"]
        info = DatasetInfo(
            name=name,
            **{key: values[key] for key in (*MEANING, *WORDS)}
            | {
                "class_names": tuple(values["class_names"]),
                "image_shape": None if shape is None else (shape[0], shape[1]),
                "target": None if target is None else Target(*target),
            },
        )
        made = None if preprocessing is None else Preprocessing.from_json(json.dumps(preprocessing))
        return Stored(info, made, tuple(values["notes"]))
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(path, "can't be understood") from error
    except OSError as error:
        raise DatasetError(
            f"{path} can't be read: {error.strerror}. Make it readable, or import the file again."
        ) from error


def load_stored(name: str) -> Dataset:
    """Map a data set's arrays into memory; each process does it once. Raises DatasetError as `read_stored` does."""
    path = find(name) / INFO
    return _load(name, path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _load(name: str, path: Path, changed: int) -> Dataset:
    folder, stored = path.parent, _read(name, path, changed)
    info, preprocessing = stored.info, stored.preprocessing
    count = info.train + info.validation + info.test
    inputs = _mapped(folder / INPUTS, (count, info.inputs))
    labels = _mapped(folder / LABELS, (count,))
    if info.classes > 1 and labels.max() >= info.classes:
        raise _damaged(folder / LABELS, f"has the label {labels.max()}, but there are {info.classes} classes")
    ends = [0, info.train, info.train + info.validation, count]
    parts = [slice(*ends[index : index + 2]) for index in range(3)]
    table = None
    if preprocessing is not None:
        raw = _mapped(folder / RAW, (count, len(preprocessing.columns)))
        table = Table(preprocessing, *(raw[part] for part in parts))
    train, validation, test = (Split(inputs[part], labels[part]) for part in parts)
    return Dataset(info, train, validation, test, table)


def _mapped(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    try:
        array = open_array(path)
    except FileNotFoundError as error:
        raise _damaged(path, "is missing") from error
    except OSError as error:
        raise DatasetError(
            f"{path} can't be read: {error.strerror}. Make it readable, or import the file again."
        ) from error
    except ValueError as error:
        raise _damaged(path, "is cut short, or no array") from error
    if array.shape != shape or array.dtype.kind not in "uf":
        raise _damaged(path, f"holds {array.dtype} of shape {array.shape}, not unsigned or float of {shape}")
    return array


def _cannot_read(path: Path, error: OSError) -> DatasetError:
    return DatasetError(f"{path} can't be read: {error.strerror}. Make it readable, or import the file again.")


def _damaged(path: Path, problem: str) -> DamagedFile:
    return DamagedFile(f"{path} {problem}. Delete the data set and import its file again.")


# ── listing and changing ──────────────────────────────────────────────────────────────────────────────────────────


def own_datasets(token: str | None = None) -> list[DatasetInfo]:
    """Return the imported data sets that the browser with this token sees, latest first; without one, all of them."""
    found: dict[str, tuple[float, DatasetInfo]] = {}
    for root in roots():
        for path in (root / FOLDER).glob(f"*/{INFO}"):
            name = OWN + path.parent.name
            if name in found or not NAME.fullmatch(name) or not (token is None or _sees(path.parent, token)):
                continue
            with suppress(DatasetError, FileNotFoundError):  # deleted meanwhile, or damaged: loading it says so
                found[name] = (imported_at(name), read_stored(name).info)
    return [info for _, info in sorted(found.values(), key=lambda pair: -pair[0])]


def may_change(name: str, token: str) -> bool:
    """Whether the browser with this token brought a data set, so may rename and delete it."""
    return (find(name) / OWNERS / token_hash(token)).exists()


def imported_at(name: str) -> float:
    """Return when a data set was imported, in seconds since 1970."""
    return (find(name) / INPUTS).stat().st_mtime


def size_of(name: str) -> int:
    """Return the bytes that a data set takes on disk."""
    return sum(path.stat().st_size for path in find(name).iterdir() if path.is_file())


def rename(name: str, label: str) -> None:
    """Give a data set another label. Raises DatasetError for an invalid one, and for a folder that can't be written."""
    folder = find(name)
    stored = read_stored(name)
    _write_info(folder, replace(stored, info=replace(stored.info, label=check_label(label))))


def delete(name: str, token: str | None = None) -> None:
    """Delete a data set; with a token, only for this browser as long as others have it, too.

    Raises DatasetError if it can't be deleted.
    """
    folder = find(name)
    with writing(folder):
        if token is not None:
            (folder / OWNERS / token_hash(token)).unlink(missing_ok=True)
            if any((folder / OWNERS).iterdir()):
                return
        leftover = folder.with_name(UNFINISHED + process_name().replace(":", "+"))
        folder.rename(leftover)  # at once: nobody finds half of it
        shutil.rmtree(leftover)


def check_label(label: str) -> str:
    """Return a label without spaces around it. Raises DatasetError for one that is empty, too long or not printable."""
    text = label.strip()
    if not text or len(text) > LONGEST_LABEL or not text.isprintable():
        raise DatasetError(
            f"The name {quoted(label)} can't be used. Choose one of 1 to {LONGEST_LABEL} letters, digits and signs."
        )
    return text


def _sees(folder: Path, token: str) -> bool:
    return any((folder / OWNERS / owner).exists() for owner in (EVERYBODY, token_hash(token)))


# ── writing ───────────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def workspace() -> Iterator[Path]:
    """Make a folder for an import to work in, beside the stored data sets. It is removed at the end.

    What earlier imports left that were killed is removed first. Raises DatasetError if no folder can be written.
    """
    root = _root_to_write()
    _remove_abandoned_in(root)
    work = root / f"{UNFINISHED}{process_name().replace(':', '+')}"
    try:
        with writing(root):
            work.mkdir()
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def write_array(
    path: Path, shape: tuple[int, ...], dtype: Any, blocks: Iterable[np.ndarray], by_column: bool = False
) -> None:
    """Write an array of that shape block by block: rows, or whole columns if `by_column`.

    Not through a mapping: a full disk would then kill the process instead of raising OSError.
    """
    kind = np.dtype(dtype)
    header = {"descr": np.lib.format.dtype_to_descr(kind), "fortran_order": by_column, "shape": shape}
    with writing(path.parent), open(path, "xb") as out:
        np.lib.format.write_array_header_1_0(out, header)
        for block in blocks:
            out.write(np.ascontiguousarray(block, kind).data)
        sync(out)


def open_array(path: Path) -> np.ndarray:
    """Map an array into memory, read-only. Raises OSError or ValueError if it is not there or broken."""
    # A plain view of the mapping: np.memmap's own indexing is slower.
    return np.asarray(np.lib.format.open_memmap(path, mode="r"))


def publish(folder: Path, stored: Stored, token: str | None) -> str:
    """Move a folder with finished arrays from a workspace to its place; return the data set's name.

    If the same data set is there already, it stays and this browser is added to its owners. The name in `stored` is
    ignored.
    """
    digest = hashlib.sha256(json.dumps(_as_json(stored, MEANING), sort_keys=True).encode())
    for path in sorted(folder.glob("*.npy")):
        with open(path, "rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    name = OWN + digest.hexdigest()[:DIGITS]
    owner = EVERYBODY if token is None else token_hash(token)
    with writing(folder.parent):
        (folder / OWNERS).mkdir()
        (folder / OWNERS / owner).touch()
        _write_info(folder, stored)
        while not _moved(folder, name):
            with suppress(DatasetError, FileNotFoundError):  # deleted meanwhile
                (find(name) / OWNERS / owner).touch()
                break
    return name


def _moved(folder: Path, name: str) -> bool:
    """Move a finished folder to its place, unless the data set is there already."""
    target = folder.parents[1] / name.removeprefix(OWN)
    try:
        if not any((root / FOLDER / target.name / INFO).is_file() for root in roots()):
            folder.rename(target)
            return True
    except OSError:
        if not (target / INFO).is_file():  # no other import was faster
            raise
    return False


def _as_json(stored: Stored, fields: tuple[str, ...]) -> dict[str, Any]:
    made = stored.preprocessing
    values = {key: getattr(stored.info, key) for key in fields}
    return values | {"preprocessing": None if made is None else json.loads(made.to_json())}


def _write_info(folder: Path, stored: Stored) -> None:
    values = _as_json(stored, (*MEANING, *WORDS)) | {"notes": stored.notes}
    with writing(folder):
        write_whole(folder / INFO, json.dumps(values, indent=1).encode())


def _root_to_write() -> Path:
    """Return the first folder for imported data that may be written, making it if necessary."""
    for root in roots():
        folder = root / FOLDER
        with suppress(OSError):
            if (root.is_dir() and not may_write(root)) or (folder.is_dir() and not may_write(folder)):
                continue
            folder.mkdir(parents=True, exist_ok=True)
            return folder
    places = " and ".join(str(root / FOLDER) for root in roots())
    raise DatasetError(
        f"{places} can't be written, so nothing can be imported. Change the permissions, then try again."
    )


def remove_abandoned() -> None:
    """Remove what imports left that were killed."""
    for root in roots():
        _remove_abandoned_in(root / FOLDER)


def _remove_abandoned_in(root: Path) -> None:
    for path in root.glob(f"{UNFINISHED}*"):
        with suppress(FileNotFoundError):  # it is finished
            old = time.time() - path.stat().st_mtime > ABANDONED
            if old or has_vanished(path.name.removeprefix(UNFINISHED).replace("+", ":")):
                shutil.rmtree(path, ignore_errors=True)  # what is left is tried again by the next import
