"""The table of limits: what is written is what is enforced, and nonsense is a sentence."""

from dataclasses import astuple
from math import inf
from pathlib import Path

import pytest

from mlp.config import ConfigError
from mlp.limits import ALONE, CLASS, LIMITS, limits_from, table

DOCS = Path(__file__).resolve().parents[1] / "docs" / "limits.md"


def test_a_table_and_what_differs_from_it() -> None:
    assert limits_from("") == limits_from("alone") == ALONE
    assert limits_from("class") == CLASS
    limits = limits_from(" class, runs=20 ,kept=inf")
    assert (limits.runs, limits.kept, limits.memory) == (20, inf, CLASS.memory)
    assert limits_from("store=1.5").store == 1.5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("clas", "There is no table of limits 'clas'. Did you mean 'class'? Known: alone, class."),
        ("class,run=3", "There is no limit 'run'. Did you mean 'runs'? Known: runs, all_runs,"),
        ("class,runs", "The limit 'runs' has no value. Write it as in class,runs=20."),
        ("class,runs=many", "runs is 'many'; it must be a number of at least 0."),
        ("runs=-1", "runs is -1.0; it must be a number of at least 0."),
        ("upload=inf", "upload is inf; it must be a number from 1 to 100,000."),
    ],
)
def test_nonsense_is_a_sentence(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        limits_from(text)
    assert str(refused.value).startswith(message)


def test_a_class_has_less_of_everything_than_one_person_alone() -> None:
    less = [given < alone for given, alone in zip(astuple(CLASS), astuple(ALONE), strict=True)]
    more = dict(zip(LIMITS, less, strict=True))
    assert [name for name, is_less in more.items() if not is_less] == ["disk", "upload", "files", "body"]


def test_the_documentation_has_the_table() -> None:
    assert table() in DOCS.read_text("utf-8")
