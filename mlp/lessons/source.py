"""An excerpt is the source of a function that runs, with the important statements marked."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import mlp

ROOT = Path(mlp.__file__).resolve().parents[1]


class Excerpt(NamedTuple):
    """A function's source, as it is in its file."""

    file: str  # relative to the project: "mlp/network/layers.py"
    first: int  # the number of its first line
    lines: tuple[str, ...]
    marked: tuple[int, ...]  # the numbers of the important lines

    @property
    def place(self) -> str:
        """Where to look: "mlp/network/layers.py:68"."""
        return f"{self.file}:{self.marked[0] if self.marked else self.first}"


def excerpt(function: Callable[..., Any], *beginnings: str) -> Excerpt:
    """Return a function's source with some of its statements marked, each named by how it begins.

    Without any, the last one is marked. Raises LookupError unless exactly one statement begins that way: an
    explanation must not point at a line that is gone.
    """
    lines, first = inspect.getsourcelines(function)
    text = textwrap.dedent("".join(lines))
    definition = ast.parse(text).body[0]
    assert isinstance(definition, ast.FunctionDef)
    inside = [node for node in ast.walk(definition) if isinstance(node, ast.stmt) and node is not definition]
    chosen = [] if beginnings else [definition.body[-1]]
    for beginning in beginnings:
        found = [statement for statement in inside if ast.unparse(statement).startswith(beginning)]
        if len(found) != 1:
            raise LookupError(f"{function.__qualname__} has {len(found)} statements that begin {beginning!r}, not one.")
        chosen += found
    marked = tuple(
        first + line - 1 for each in chosen for line in range(each.lineno, (each.end_lineno or each.lineno) + 1)
    )
    file = Path(inspect.getsourcefile(function) or "").resolve().relative_to(ROOT)
    return Excerpt(file.as_posix(), first, tuple(text.rstrip("\n").split("\n")), marked)
