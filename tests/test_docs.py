"""The documentation names files and functions that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NAMED = re.compile(r"`((?:mlp|ui|pages|docs|tests|benchmarks)/[\w./-]*|\w+\.(?:py|js|toml|txt))`")
# A row of a table that names one file and then what is in it.
IN_FILE = re.compile(r"`([\w/]+\.(?:py|js))` \| .*")
NAME = re.compile(r"`(?:\w+\.)?(\w+)`")


@pytest.mark.parametrize("document", ["README.md", "docs/architecture.md"])
def test_files_that_are_named_exist(document: str) -> None:
    named = {name for name in NAMED.findall((ROOT / document).read_text("utf-8")) if "/" in name or name.islower()}
    assert named
    anywhere = {file.name for folder in ("ui", "mlp") for file in (ROOT / folder).rglob("*.*")}
    missing = [name for name in named if not (ROOT / name).exists() and name not in anywhere]
    assert missing == []


def test_each_stop_of_a_way_through_the_code_is_where_it_is_said_to_be() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    ways = text[text.index("## From a slider") : text.index("## Where to add")]
    stops = [(found[1], NAME.search(found[0].partition("` |")[2])) for found in IN_FILE.finditer(ways)]
    assert len(stops) == 24
    for file, name in stops:
        if name:
            assert re.search(rf"\b(def|class|async|export|this\.)?\s*{name[1]}\b", (ROOT / file).read_text("utf-8"))
