"""The documentation names files and functions that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NAMED = re.compile(r"`((?:mlp|ui|pages|docs|tests|benchmarks)/[\w./-]*|\w+\.(?:py|js|toml|txt))`")
# A row of a table that names one file and then what is in it.
IN_FILE = re.compile(r"^\| \d+ \| `([\w/]+\.(?:py|js))` \| (.*)", re.MULTILINE)
NAME = re.compile(r"`(?:(\w+)\.)?(\w+)`")
# A name is defined by a statement or, in JavaScript, as a method.
DEFINED = {
    ".py": r"^\s*(def|class) {0}\b",
    ".js": r"^(export )?(default )?(async )?(function|class) {0}\b|^  (async )?{0}\(.*\) {{$",
}


@pytest.mark.parametrize("document", ["README.md", "docs/architecture.md"])
def test_files_that_are_named_exist(document: str) -> None:
    named = {name for name in NAMED.findall((ROOT / document).read_text("utf-8")) if "/" in name or name.islower()}
    assert named
    anywhere = {file.name for folder in ("ui", "mlp") for file in (ROOT / folder).rglob("*.*")}
    missing = [name for name in named if not (ROOT / name).exists() and name not in anywhere]
    assert missing == []


def ways() -> list[list[tuple[str, str]]]:
    """The tables that follow something through the code: in each row a file, and what happens there."""
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    parts = text[text.index("## From a slider") : text.index("## Where to add")].split("\n## ")
    return [IN_FILE.findall(part) for part in parts]


def defines(file: str, name: str) -> bool:
    return bool(re.search(DEFINED[Path(file).suffix].format(name), (ROOT / file).read_text("utf-8"), re.MULTILINE))


def test_each_stop_of_a_way_through_the_code_is_where_it_is_said_to_be() -> None:
    assert list(map(len, ways())) == [14, 10, 8]
    wrong = []
    for way in ways():
        for file, said in way:
            found = NAME.search(said)
            assert found, said
            wrong += [f"{name} in {file}" for name in found.groups() if name and not defines(file, name)]
    assert wrong == []


def test_a_learning_rate_passes_six_rooms_and_a_report_five() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    floors = text[text.index("## Floors") : text.index("## From a slider")]
    rooms = [room for row in re.findall(r"^\| (`.*?) \|", floors, re.MULTILINE) for room in re.findall(r"`(.*?)`", row)]
    passed = [{next(room for room in rooms if file.startswith(room)) for file, _ in way} for way in ways()[:2]]
    assert list(map(len, passed)) == [6, 5]
