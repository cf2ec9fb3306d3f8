"""Files, classes and signatures stay small enough to be read at once."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CODE = [
    file
    for folder in ("mlp", "ui", "pages", "tests", "benchmarks")
    for kind in ("py", "js", "mjs", "css")
    for file in (ROOT / folder).rglob(f"*.{kind}")
]
MOST_LINES = 400
MOST_LINES_OF_A_CLASS = 250
MOST_PARAMETERS = 7  # but of charts, which have much to say


def test_no_file_is_too_long() -> None:
    assert len(CODE) > 600, "the code was looked for elsewhere"
    lengths = {str(file.relative_to(ROOT)): file.read_text(encoding="utf-8").count("\n") for file in CODE}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_no_class_is_too_long() -> None:
    lengths = {name: found.end_lineno - found.lineno + 1 for name, found in definitions(ast.ClassDef)}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES_OF_A_CLASS} == {}


def test_no_function_takes_too_much() -> None:
    counts = {
        name: sum(each.arg not in ("self", "cls") for each in found.args.args + found.args.kwonlyargs)
        for name, found in definitions(ast.FunctionDef)
        if not name.startswith("mlp/charts/")
    }
    assert {name: count for name, count in counts.items() if count > MOST_PARAMETERS} == {}


def definitions(kind: type[ast.ClassDef] | type[ast.FunctionDef]) -> Iterator[tuple[str, Any]]:
    """Go through the classes or the functions of the code, by their files and names."""
    for file, found in parsed():
        if isinstance(found, kind):
            yield f"{file.relative_to(ROOT)}: {found.name}", found


@cache
def parsed() -> list[tuple[Path, ast.AST]]:
    """Return all classes and functions, with their files."""
    return [
        (file, found)
        for file in CODE
        if file.suffix == ".py"
        for found in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(found, ast.ClassDef | ast.FunctionDef)
    ]
