"""Own data of a class is stored in a temporary folder."""

from pathlib import Path

import pytest

from mlp.datasets import roots


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The only folder for imported data, empty."""
    monkeypatch.setattr(roots, "PROGRAM_DATA", tmp_path / "data")
    monkeypatch.delenv("MLP_DATA_DIR", raising=False)
