"""Calls of the command line, and what it answers."""

import json
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from mlp.config import RunConfig

ROOT = Path(__file__).resolve().parents[2]
CONFIG = RunConfig(dataset="digits", hidden=(16,), batch_size=49, epochs=3, dropout=0.1, seed=3)
WORDS = shlex.split("train --dataset digits --hidden 16 --batch-size 49 --epochs 3 --dropout 0.1 --seed 3")
LINE = re.compile(
    r"epoch +(?P<epoch>\d+)/(?P<epochs>\d+) +train accuracy +(?P<train_accuracy>[\d.]+)\s% loss (?P<train_loss>\S+) +"
    r"validation accuracy +(?P<validation_accuracy>[\d.]+)\s% loss (?P<validation_loss>\S+) +(?P<seconds>[\d.]+) s"
)


class Said(NamedTuple):
    """The result of one call of the command line."""

    code: int
    out: str
    err: str


Say = Callable[..., Said]


def program(*words: object) -> list[str]:
    """The command line as a separate program."""
    return [sys.executable, "-m", "mlp", *map(str, words)]


def figures_in(path: Path) -> Any:
    """Read a JSON file as strictly as other languages do: NaN and Infinity are errors."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


def lines_of(out: str) -> list[dict[str, str]]:
    return [match.groupdict() for match in LINE.finditer(out)]


def is_one_sentence(text: str) -> bool:
    return text.count("\n") == 1 and text.endswith((".\n", "?\n")) and "Traceback" not in text
