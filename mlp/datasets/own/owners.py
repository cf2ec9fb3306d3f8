"""Several browsers may have brought the same data: each has its own words for it, which no other browser sees."""

import json
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from mlp.files import write_whole
from mlp.tokens import token_hash

FOLDER = "owners"  # has a file for each, empty or with its words
EVERYBODY = "everybody"  # owns what was imported on the command line
OWNER = re.compile(rf"{EVERYBODY}|[0-9a-f]{{64}}")  # or the hash of a browser's token


@dataclass(frozen=True)
class Words:
    """What a browser calls a data set, and what it was told when it imported it."""

    label: str
    source: str
    notes: tuple[str, ...] = ()  # sentences on what was skipped or changed
    imported: float = 0.0  # when, in seconds since 1970


STRANGERS = Words("Imported data", "imported")  # for somebody else's data set


def owner(token: str | None) -> str:
    """Return how the browser with this token is named among the owners; without a token, EVERYBODY."""
    return EVERYBODY if token is None else token_hash(token)


def owners(data: Path) -> list[str]:
    """Return who brought the data set in a folder; nobody if it lost its owners."""
    try:
        return [path.name for path in (data / FOLDER).iterdir() if OWNER.fullmatch(path.name)]
    except FileNotFoundError:
        return []


def words_of(who: str, data: Path, first: Words) -> Words:
    """Return an owner's words for the data set in a folder; `first` are those of the first import.

    Others, who have a link to one of its runs, see only its label, and not even that if owners call it differently.
    """
    known = {name: words for name in owners(data) if (words := _read(data, name, first))}
    for name in (who, EVERYBODY):
        if name in known:
            return known[name]
    labels = {words.label for words in known.values()}
    return replace(STRANGERS, label=labels.pop()) if len(labels) == 1 else STRANGERS


def write_words(who: str, data: Path, words: Words) -> None:
    """Make somebody an owner of the data set in a folder, or change an owner's words."""
    (data / FOLDER).mkdir(exist_ok=True)
    write_whole(data / FOLDER / who, json.dumps(asdict(words)).encode())


def _read(data: Path, name: str, first: Words) -> Words | None:
    """Return an owner's words; None for one who has deleted the data set meanwhile, or whose words are damaged."""
    try:
        text = (data / FOLDER / name).read_text("utf-8")
        if not text:
            return first
        values = json.loads(text)
        return Words(**values | {"notes": tuple(values["notes"])})
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
