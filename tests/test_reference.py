"""The reference of the library: each public function says what it takes, returns and raises, and shows an example."""

import importlib
import inspect
import os
import pkgutil
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import mlp
from tests.cli.calls import ROOT

SECTION = re.compile(r"^(\w+)\n-+\n(.*?)(?=^\w+\n-+\n|\Z)", re.MULTILINE | re.DOTALL)


def public_functions() -> Iterator[Callable[..., Any]]:
    """Yield the functions that the rooms of the library export, and the methods of what `mlp` itself exports."""
    rooms = [room.name for room in pkgutil.walk_packages(mlp.__path__, "mlp.") if room.ispkg]
    for room in map(importlib.import_module, ["mlp", *rooms]):
        yield from filter(inspect.isfunction, (getattr(room, name) for name in getattr(room, "__all__", [])))
    for exported in filter(inspect.isclass, (getattr(mlp, name) for name in mlp.__all__)):
        methods = (getattr(exported, name) for name in vars(exported) if not name.startswith("_"))
        yield from (method for method in methods if inspect.isroutine(method))


FUNCTIONS = {f"{function.__module__}.{function.__qualname__}": function for function in public_functions()}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_public_function_is_documented(name: str) -> None:
    function, text = FUNCTIONS[name], inspect.getdoc(FUNCTIONS[name]) or ""
    sections = dict(SECTION.findall(text))
    signature = inspect.signature(function)
    named = ", ".join(re.findall(r"^(\w+(?:, \w+)*)$", sections.get("Parameters", ""), re.MULTILINE))
    assert named == ", ".join(name for name in signature.parameters if name != "self")
    assert ("Returns" in sections) == (signature.return_annotation is not None)
    assert "Raises" in sections or "raise " not in inspect.getsource(function)
    assert ">>> " in sections.get("Examples", ""), "tests/test_examples.py runs it"
    assert "Raises " not in text.replace("Raises\n", ""), "one section has them all"


def test_the_reference_is_built_without_warnings(tmp_path: Path) -> None:
    installed = f"--old-file={sys.prefix}/.installed-dev"
    words = ["make", "--silent", installed, "docs", f"VENV={sys.prefix}", f"REFERENCE={tmp_path}"]
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(words, cwd=ROOT, capture_output=True, encoding="utf-8", env=alone)
    assert (done.returncode, done.stderr) == (0, "")
    page = (tmp_path / "mlp" / "training.html").read_text(encoding="utf-8")
    assert re.search(r'id="advance".*<h6 id="parameters">Parameters</h6>', page, re.DOTALL)
