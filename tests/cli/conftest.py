"""Calls the command line in this process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlp.__main__ import main
from mlp.datasets import DATASETS, roots
from mlp.datasets.loading import load_listed
from tests.cli.calls import Said, Say
from tests.tiny_dataset import tiny_info


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Call the command line in this process."""

    def call(*words: object) -> Said:
        try:
            code = main([str(word) for word in words])
        except SystemExit as ended:  # --help
            code = int(ended.code or 0)
        return Said(code, *capsys.readouterr())

    return call


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data set that can be downloaded, and the only folder for its files."""
    monkeypatch.setattr(roots, "PROGRAM_DATA", tmp_path / "own")
    monkeypatch.setitem(DATASETS, "tiny", tiny_info())
    for variable in ("MLP_DATA_DIR", "MLP_MIRROR"):
        monkeypatch.delenv(variable, raising=False)
    for variable in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(variable, "127.0.0.1")
    load_listed.cache_clear()
    yield tmp_path / "own" / "tiny"
    load_listed.cache_clear()


@pytest.fixture
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The only store, and the only folder for imported data."""
    monkeypatch.setenv("MLP_STORE", f"sqlite:///{tmp_path / 'runs.sqlite3'}")
    monkeypatch.setattr(roots, "PROGRAM_DATA", tmp_path / "data")
    monkeypatch.delenv("MLP_DATA_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
