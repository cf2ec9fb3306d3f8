"""Whatever happens to the worker that looks into a file, a sentence is what the page gets."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mlp import DatasetError
from mlp.engine import Engine
from mlp.engine.pool import LocalPool
from ui.data import looking
from ui.data.looking import _asked


@pytest.fixture(scope="module")
def workers() -> Iterator[Engine]:
    with closing(Engine(lambda: LocalPool(workers=1))) as engine:
        yield engine


@pytest.fixture(autouse=True)
def engine(workers: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "engine", lambda: workers)


def refuse() -> None:
    raise DatasetError("It is empty.")


def die() -> None:
    import os

    os._exit(9)


def test_what_is_found_and_why_a_file_is_refused() -> None:
    assert _asked(Path.exists, Path("/no/such")) is False
    with pytest.raises(DatasetError, match="It is empty"):
        _asked(refuse)


def test_an_error_that_nobody_foresaw_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(DatasetError, match="the server's log says why"):
        _asked(int, "x")
    assert "invalid literal for int" in caplog.text


def test_a_worker_that_died() -> None:
    with pytest.raises(DatasetError, match="while looking into the file"):
        _asked(die)
