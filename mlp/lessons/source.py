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


def with_result(function: Callable[..., Any]) -> Excerpt:
    """Return a function's source with its return statement marked."""
    definition = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(definition, ast.FunctionDef)
    return excerpt(function, ast.unparse(definition.body[-1]))


def excerpt(function: Callable[..., Any], *statements: str) -> Excerpt:
    """Return a function's source with some of its statements marked.

    Statements are compared by syntax, so spaces and comments make no difference. Raises LookupError if the function
    does not contain one exactly once: an explanation must not point at a line that is gone.
    """
    lines, first = inspect.getsourcelines(function)
    text = textwrap.dedent("".join(lines))
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.stmt)]
    marked: list[int] = []
    for statement in statements:
        wanted = ast.unparse(ast.parse(statement))
        found = [node for node in nodes if ast.unparse(node) == wanted]
        if len(found) != 1:
            raise LookupError(f"{function.__qualname__} has {statement!r} {len(found)} times, not once.")
        marked.extend(range(first + found[0].lineno - 1, first + (found[0].end_lineno or found[0].lineno)))
    file = Path(inspect.getsourcefile(function) or "").resolve().relative_to(ROOT)
    return Excerpt(file.as_posix(), first, tuple(text.rstrip("\n").split("\n")), tuple(marked))
