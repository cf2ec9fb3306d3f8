"""Own data is stored in a temporary folder."""

from pathlib import Path

import pytest

from mlp.datasets import roots
from tests.datasets.own.made import Write


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder for imported data."""
    monkeypatch.setattr(roots, "PROGRAM_DATA", tmp_path / "data")
    monkeypatch.delenv("MLP_DATA_DIR", raising=False)
    return tmp_path / "data" / "own"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file, by default a table; return its path."""

    def write(text: str | bytes, name: str = "table.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write
