"""The sources of functions and classes are gathered with all that they use, so that they run without this program."""

import ast
import functools
import importlib
import inspect
import re
from collections.abc import Collection, Mapping
from types import ModuleType

OURS = "mlp."
NOT_SHOWN = ("label", "formula", "can_die", "ends")  # of a layer: they are for the dashboard
SHORT = 40  # letters about a method that say no more than what its class says


class Sources:
    """Gathers definitions in the order in which they can run, each once.

    `substitutes` are texts to write in place of others. Each `if` that asks for an `unused` setting is left out. The
    names in `given` are defined elsewhere.
    """

    def __init__(self, substitutes: Mapping[str, str], unused: Collection[str], given: Collection[str]) -> None:
        self._substitutes, self._unused, self._given = substitutes, unused, given
        self.imports: set[str] = set()
        self._texts: dict[tuple[str, str], str] = {}
        self._taken = 0

    def add(self, module: ModuleType, *names: str) -> None:
        """Gather definitions of a module, and before them all that they use. Raises LookupError if one isn't there."""
        statements = _statements(module)
        for name in names:
            self._add(module, name, statements)

    def _add(self, module: ModuleType, name: str, statements: Mapping[str, ast.stmt]) -> None:
        if name not in statements:
            raise LookupError(f"{module.__name__} doesn't define {name}.")
        if (module.__name__, name) in self._texts:
            return
        found = statements[name]
        if isinstance(found, ast.ImportFrom) and found.module and found.module.startswith(OURS):
            self.add(importlib.import_module(found.module), name)
            return
        if isinstance(found, ast.Import | ast.ImportFrom):
            self.imports.add(_import_of(found, name))
            return
        text = self._written(_text(inspect.getsource(module), found))
        self._texts[module.__name__, name] = ""  # so that what uses itself is not gathered forever
        for used in _names(text):
            if used != name and used in statements and used not in self._given:
                self._add(module, used, statements)
        del self._texts[module.__name__, name]
        if text not in self._texts.values():  # as `Array = np.ndarray`, in several modules
            self._texts[module.__name__, name] = text

    def taken(self) -> str:
        """Return the text of what was gathered since the last time."""
        texts = list(self._texts.values())[self._taken :]
        self._taken = len(self._texts)
        return "\n\n".join(texts)

    def _written(self, text: str) -> str:
        """Return a definition as a script has it: substituted, with short docstrings, without what is never used."""
        for old, new in self._substitutes.items():
            text = text.replace(old, new)
        lines = text.split("\n")
        dropped: set[int] = set()
        for node in ast.walk(ast.parse(text)):
            place = range(getattr(node, "lineno", 1) - 1, getattr(node, "end_lineno", 0))
            match node:
                case ast.If(
                    test=ast.Attribute(attr=name) | ast.BoolOp(op=ast.And(), values=[ast.Attribute(attr=name), *_]),
                    orelse=[],
                ) if name in self._unused:
                    dropped.update(place)
                case ast.AnnAssign(target=ast.Name(id=name)) if name in NOT_SHOWN:
                    dropped.update(place)
                case ast.FunctionDef(body=[ast.Expr(value=ast.Constant(value=str(said))) as first, *_]) if (
                    node.col_offset and len(said) < SHORT
                ):
                    dropped.add(first.lineno - 1)
                case ast.Expr(value=ast.Constant(value=str())) if "" in (about := [lines[line] for line in place]):
                    end = place.start + about.index("")  # of the first paragraph
                    dropped.update(range(end, place.stop))
                    lines[end - 1] += '"""'
        kept = "\n".join(line for place, line in enumerate(lines) if place not in dropped)
        kept = re.sub(r'"""\n\s*\n(?=    def )', '"""\n', kept)  # what a class is, and its first method
        return re.sub(r"\n{3,}", "\n\n", re.sub(r"  # (noqa|type):.*", "", kept))


@functools.cache
def _statements(module: ModuleType) -> Mapping[str, ast.stmt]:
    """Return what a module defines and imports, by name."""
    found: dict[str, ast.stmt] = {}
    for statement in ast.parse(inspect.getsource(module)).body:
        match statement:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found[name] = statement
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                found[name] = statement
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                found |= {_bound(each): statement for each in names}
    return found


def _bound(imported: ast.alias) -> str:
    """Return the name by which the code calls what is imported: `urllib` after `import urllib.request`."""
    return imported.asname or imported.name.partition(".")[0]


def _text(source: str, statement: ast.stmt) -> str:
    decorators = getattr(statement, "decorator_list", [])
    first = decorators[0].lineno if decorators else statement.lineno
    return "\n".join(source.split("\n")[first - 1 : statement.end_lineno])


def _names(text: str) -> list[str]:
    """Return the names that a definition reads, in the order in which they appear."""
    names = [
        node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    ]
    return [node.id for node in sorted(names, key=lambda node: (node.lineno, node.col_offset))]


def _import_of(statement: ast.Import | ast.ImportFrom, name: str) -> str:
    chosen = next(each for each in statement.names if name == _bound(each))
    words = f"import {ast.unparse(chosen)}"
    return f"from {statement.module} {words}" if isinstance(statement, ast.ImportFrom) else words


def definition(module: ModuleType, name: str) -> str:
    """Return the source of what a module defines."""
    return _text(inspect.getsource(module), _statements(module)[name])


def argument(module: ModuleType, table: str, row: str, place: int) -> str:
    """Return the source of one argument of a table's row, as of `"waves": Surface("Waves", lambda x, y: …)`."""
    statement = _statements(module)[table]
    assert isinstance(statement, ast.Assign)
    assert isinstance(statement.value, ast.Dict)
    for key, value in zip(statement.value.keys, statement.value.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == row and isinstance(value, ast.Call):
            return ast.unparse(value.args[place])
    raise LookupError(f"{module.__name__}.{table} has no row {row}.")
