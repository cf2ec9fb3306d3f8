"""The content of an imported data set, which gives it its name."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlp.datasets.dataset import DatasetInfo
from mlp.datasets.own.owners import Words
from mlp.datasets.preprocessing import Preprocessing

DIGITS = 12

# The fields that are stored, beside those of LATER; those of the second row do not count for the name.
MEANING = ("class_names", "train", "validation", "test", "image_shape", "columns", "scale", "task", "target")
WORDS = ("label", "description", "source", "goal")
LATER = ("turned", "pixel_range")  # left out unless they say something: so names are those that earlier versions gave


@dataclass(frozen=True)
class Stored:
    """What is known about a data set, in the words of one of its owners."""

    info: DatasetInfo
    preprocessing: Preprocessing | None  # of a table
    notes: tuple[str, ...]  # sentences on what was skipped or changed when it was imported
    imported: float = 0.0  # when it was, in seconds since 1970

    @property
    def words(self) -> Words:
        return Words(self.info.label, self.info.source, self.notes, self.imported)


def digits_of(folder: Path, stored: Stored) -> str:
    """Return the digits of the name of a data set: a hash of its arrays, and of what they mean."""
    digest = hashlib.sha256(json.dumps(as_json(stored, MEANING), sort_keys=True).encode())
    for path in sorted(folder.glob("*.npy")):
        with open(path, "rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:DIGITS]


def as_json(stored: Stored, fields: tuple[str, ...]) -> dict[str, Any]:
    """Return these fields as JSON keeps them."""
    made = stored.preprocessing
    values = {key: getattr(stored.info, key) for key in fields}
    values |= {key: value for key in LATER if (value := getattr(stored.info, key))}
    return values | {"preprocessing": None if made is None else json.loads(made.to_json())}
