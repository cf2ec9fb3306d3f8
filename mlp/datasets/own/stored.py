"""Imported data sets are stored by their content: each in a folder that is there whole or not at all.

The name is "own:" and the first 12 digits of the SHA-256 of what is in it, so that the same file imported twice is one
data set. A folder `own/<12 digits>/`, in one of the two that hold data (roots.py), has

    info.json     what is known about it: DatasetInfo's fields, the preprocessing, the words of the first import
    inputs.npy    [n, inputs], the training, validation and test examples in this order
    labels.npy    [n]
    raw.npy       [n, columns] of a table: its rows as they were in the file, column by column
    owners/       a file for each browser that brought it, named by the hash of the browser's token (owners.py)

Of a deleted one, a file `own/<12 digits>.deleted` keeps the label, by which pages speak of it.
"""

import functools
import json
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from mlp.datasets.dataset import Dataset, DatasetInfo, Split, Table, Target
from mlp.datasets.errors import DamagedFile, DatasetError
from mlp.datasets.own.content import DIGITS, MEANING, WORDS, Stored, as_json, digits_of
from mlp.datasets.own.npy import open_array
from mlp.datasets.own.owners import EVERYBODY, STRANGERS, Words, owner, owners, words_of, write_words
from mlp.datasets.own.owners import FOLDER as OWNERS
from mlp.datasets.preprocessing import Preprocessing
from mlp.datasets.roots import UNFINISHED, folder_to_write, may_write, roots, writing
from mlp.files import locked, write_whole, written_whole
from mlp.processes import has_vanished, process_name
from mlp.text import quoted, unlike

OWN = "own:"  # how the names begin
NAME = re.compile(rf"{OWN}[0-9a-f]{{{DIGITS}}}")
FOLDER = "own"
INFO, INPUTS, LABELS, RAW = "info.json", "inputs.npy", "labels.npy", "raw.npy"
LOCK = "own.lock"  # beside the folder: held while owners come and go
DELETED = ".deleted"
ABANDONED = 86_400  # seconds after which an import on another computer must be over
LONGEST_LABEL = 60

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
    label = deleted_label(name)
    why = (
        f"The data set {quoted(label)} was deleted."
        if label
        else f"The data set {quoted(name)} is not on this computer: it was deleted, or imported on another one."
    )
    raise DatasetError(f"{why} Choose another data set, or import its file again.")


def deleted_label(name: str) -> str:
    """Return what a data set was called that is deleted; empty if that is not known."""
    if NAME.fullmatch(name):
        for root in roots():
            with suppress(OSError, UnicodeDecodeError):
                return _grave(root / FOLDER / name.removeprefix(OWN)).read_text("utf-8")
    return ""


def _grave(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}{DELETED}")


def read_stored(name: str, token: str | None = None) -> Stored:
    """Return what is known about a data set, in the words of the browser with this token.

    Raises DatasetError if it is not there, DamagedFile if it is broken.
    """
    folder = find(name)
    first = _first(name, folder)
    with _reading(folder / OWNERS):
        words = words_of(owner(token), folder, first.words)
    info = replace(first.info, label=words.label, source=words.source)
    return Stored(info, first.preprocessing, words.notes, words.imported)


def _first(name: str, folder: Path) -> Stored:
    """Return what is known about the data set in a folder, in the words of its first import."""
    with _reading(folder / INFO):
        return _read(name, folder, (folder / INFO).stat().st_mtime_ns)


@contextmanager
def _reading(path: Path, damage: str = "can't be understood") -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(path, damage) from error
    except OSError as error:
        raise DatasetError(
            f"{error.filename or path} can't be read: {error.strerror}. Make it readable, or import the file again."
        ) from error


@functools.lru_cache(maxsize=256)
def _read(name: str, folder: Path, changed: int) -> Stored:
    """Read info.json; `changed`, when it was written, has a new one read again."""
    values = json.loads((folder / INFO).read_text("utf-8"))
    shape, target, preprocessing = values["image_shape"], values["target"], values["preprocessing"]
    turned, pixel_range = values.get("turned"), values.get("pixel_range")  # earlier versions did not keep them
    info = DatasetInfo(
        name=name,
        **{key: values[key] for key in (*MEANING, *WORDS)}
        | {
            "class_names": tuple(values["class_names"]),
            "image_shape": None if shape is None else (shape[0], shape[1]),
            "target": None if target is None else Target(*target),
            "turned": None if turned is None else tuple(turned),
            "pixel_range": None if pixel_range is None else (pixel_range[0], pixel_range[1]),
        },
    )
    made = None if preprocessing is None else Preprocessing.from_json(json.dumps(preprocessing))
    return Stored(info, made, tuple(values["notes"]), changed / 1e9)


def load_stored(name: str) -> Dataset:
    """Map a data set's arrays into memory; each process does it once. Raises DatasetError as `read_stored` does."""
    folder = find(name)
    with _reading(folder):
        there = [path for path in (folder / INFO, folder / OWNERS) if path.exists()]
        changed = tuple(path.stat().st_mtime_ns for path in there)
    return _load(name, folder, changed)


@functools.lru_cache(maxsize=64)
def _load(name: str, folder: Path, changed: tuple[int, ...]) -> Dataset:
    """Map the arrays; `changed`, when info.json and the owners' words were written, has them mapped again."""
    stored = read_stored(name)
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
    with _reading(path, "is cut short, or no array"):
        if not path.exists():
            raise _damaged(path, "is missing")
        array = open_array(path)
    if array.shape != shape or array.dtype.kind not in "uf":
        raise _damaged(path, f"holds {array.dtype} of shape {array.shape}, not unsigned or float of {shape}")
    return array


def _damaged(path: Path, problem: str) -> DamagedFile:
    return DamagedFile(f"{path} {problem}. Import the data set's file again.")


# ── listing and changing ──────────────────────────────────────────────────────────────────────────────────────────


def own_datasets(token: str | None = None) -> list[DatasetInfo]:
    """Return the imported data sets that the browser with this token sees, latest first; without one, all of them."""
    found: dict[str, Stored] = {}
    seen_by = {EVERYBODY, owner(token)}
    for root in roots():
        for path in (root / FOLDER).glob(f"*/{INFO}"):
            name = OWN + path.parent.name
            if name in found or not NAME.fullmatch(name):
                continue
            with suppress(DatasetError):  # deleted meanwhile, or damaged: loading it says so
                if token is None or not seen_by.isdisjoint(owners(path.parent)):
                    found[name] = read_stored(name, token)
    return [stored.info for stored in sorted(found.values(), key=lambda stored: -stored.imported)]


def may_change(name: str, token: str) -> bool:
    """Whether the browser with this token brought a data set, so may rename and delete it."""
    return owner(token) in owners(find(name))


def size_of(name: str) -> int:
    """Return the bytes that a data set takes on disk."""
    return sum(path.stat().st_size for path in find(name).iterdir() if path.is_file())


def rename(name: str, label: str, token: str | None = None) -> None:
    """Give a data set another label: for the browser with this token or, without one, for all who have it.

    Labels that would be equal are numbered.
    Raises DatasetError for an invalid label, and for a folder that can't be written.
    """
    text = _own_label(check_label(label), name, token)
    with _changing(name) as folder:
        first = _first(name, folder).words
        for who in owners(folder) if token is None else [owner(token)]:
            write_words(who, folder, replace(words_of(who, folder, first), label=text))


def share(name: str, giver: str, token: str) -> None:
    """Make the browser with this token one of a data set's owners, with the words of the owner `giver`, if it is one.

    Raises DatasetError if the data set is not there, or can't be written.
    """
    with _changing(name) as folder:
        if giver in owners(folder) and owner(token) not in owners(folder):
            words = words_of(giver, folder, _first(name, folder).words)
            write_words(owner(token), folder, replace(words, label=_own_label(words.label, name, token)))


def _own_label(label: str, name: str, token: str | None) -> str:
    """Return a label for a data set that no other has in the browser with this token."""
    taken = {info.label for info in own_datasets(token) if info.name != name}
    return unlike(label, taken, LONGEST_LABEL)


def delete(name: str, token: str | None = None) -> None:
    """Delete a data set; with a token, only for this browser as long as others have it, too.

    Raises DatasetError if it can't be deleted.
    """
    with _changing(name) as folder:
        label = ""
        with suppress(DatasetError):  # a damaged one has none
            label = read_stored(name, token).info.label
        if token is not None:
            (folder / OWNERS / owner(token)).unlink(missing_ok=True)
            if owners(folder):
                return
        leftover = folder.with_name(UNFINISHED + process_name().replace(":", "+"))
        folder.rename(leftover)  # at once: nobody finds half of it
        if label:
            write_whole(_grave(folder), label.encode())
    shutil.rmtree(leftover, ignore_errors=True)  # what is left is removed later, as what imports leave


@contextmanager
def _changing(name: str) -> Iterator[Path]:
    """Yield a data set's folder, whose owners nobody else changes meanwhile."""
    folder = find(name)
    with writing(folder), _locked(folder.parent):
        yield find(name)  # it may have been deleted before the lock was free


def _locked(own: Path) -> AbstractContextManager[None]:
    return locked(own.with_name(LOCK))


def check_label(label: str) -> str:
    """Return a label without spaces around it. Raises DatasetError for one that is empty, too long or not printable."""
    text = label.strip()
    if not text or len(text) > LONGEST_LABEL or not text.isprintable():
        raise DatasetError(
            f"The name {quoted(label)} can't be used. Choose one of 1 to {LONGEST_LABEL} letters, digits and signs."
        )
    return text


# ── writing ───────────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def workspace() -> Iterator[Path]:
    """Make a folder for an import to work in, beside the stored data sets. It is removed at the end.

    What earlier imports left that were killed is removed first. Raises DatasetError if no folder can be written.
    """
    root = folder_to_write(FOLDER)
    _remove_abandoned_in(root)
    work = root / f"{UNFINISHED}{process_name().replace(':', '+')}"
    try:
        with writing(root):
            work.mkdir(parents=True)
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def publish(folder: Path, stored: Stored, token: str | None) -> str:
    """Move a folder with finished arrays from a workspace to its place; return the data set's name.

    If the same data set is there already, it stays, mended if it is damaged, and this browser is added to its owners
    with its own words. The name in `stored` is ignored; its label is numbered if the browser has another data set of
    that label.
    """
    digits, who = digits_of(folder, stored), owner(token)
    label = _own_label(stored.info.label, OWN + digits, token)
    stored = replace(stored, info=replace(stored.info, label=label))
    with writing(folder.parent):
        (folder / OWNERS).mkdir()
        (folder / OWNERS / who).touch()
        _write_info(folder, stored)
        _settle(folder, digits, {who: replace(stored.words, imported=time.time())})
    return OWN + digits


def _settle(folder: Path, digits: str, words: Mapping[str, Words]) -> None:
    """Move a finished folder to its place or, if the data set is there already, mend that and add `words` of owners.

    One in a later folder that may not be written stays as it is, hidden by the finished one.
    """
    target = folder.parent.with_name(digits)
    while True:
        places = [root / FOLDER / digits for root in roots()]
        there = next((place for place in places if (place / INFO).is_file()), target)
        if there != places[0] and not all(map(may_write, (there, *there.parents[:2]))):
            there = target
        damaged = there.is_dir() and not _is_sound(there)  # before the lock, for which others wait
        with writing(there), _locked(there.parent):
            if there.is_dir():
                if damaged:
                    _mend(there, folder)
                for who, theirs in words.items():
                    write_words(who, there, theirs)
                return
            if there == target:
                folder.rename(target)
                return


def _is_sound(folder: Path) -> bool:
    """Whether a folder has what its name says. Its arrays are read once, as an import does with those that it made."""
    with suppress(DatasetError, OSError):
        return digits_of(folder, _first(OWN + folder.name, folder)) == folder.name
    return False


def _mend(there: Path, folder: Path) -> None:
    """Replace the files of a damaged data set by the same ones in another folder, while others may read it.

    Its owners keep their words, unless they had those in info.json and that can't be read.
    """
    old = next(path for path in (there / INFO, folder / INFO) if path.exists())
    first = replace(STRANGERS, imported=old.stat().st_mtime)  # nobody sees another's words
    with suppress(DatasetError):
        first = _first(OWN + there.name, there).words
    for who in owners(there):
        if not (there / OWNERS / who).stat().st_size:
            write_words(who, there, first)
    for path in (*folder.glob("*.npy"), folder / INFO):  # after a new info.json, others map the arrays again
        with open(path, "rb") as fresh, written_whole(there / path.name) as out:
            shutil.copyfileobj(fresh, out)


def _write_info(folder: Path, stored: Stored) -> None:
    values = as_json(stored, (*MEANING, *WORDS)) | {"turned": stored.info.turned, "notes": stored.notes}
    with writing(folder):
        write_whole(folder / INFO, json.dumps(values, indent=1).encode())


def adopt(name: str, contents: Mapping[str, bytes]) -> None:
    """Store a copy of a data set from another computer, which belongs to nobody here.

    Raises DatasetError if it is not what its name says, or can't be written.
    """
    with workspace() as work, writing(work):
        folder = work / FOLDER
        (folder / OWNERS).mkdir(parents=True)
        for file in (INFO, INPUTS, LABELS, RAW):
            if file in contents:
                (folder / file).write_bytes(contents[file])
        digits = digits_of(folder, _first(name, folder))
        if OWN + digits != name:
            raise DatasetError(f"The copy of the data set {quoted(name)} was damaged on its way. Try again.")
        _settle(folder, digits, {})


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
