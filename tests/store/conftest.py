"""Stores to test: in SQLite, and in PostgreSQL if its programs are installed."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from mlp.store import Store, schema
from tests.store.postgres import postgres, programs
from tests.store.training import Open, behind

KINDS = ["sqlite", *(["postgresql"] if programs() else [])]


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a PostgreSQL database, if its programs are installed."""
    with postgres() as address:
        yield address


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'runs.sqlite3'}"
    address: str = request.getfixturevalue("server")
    with behind(address) as connection:
        schema.metadata.drop_all(connection)
    return address


@pytest.fixture
def open_store(url: str) -> Iterator[Open]:
    """Opens the one store for another server each time; all are closed in the end."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(closing(Store(url)))


@pytest.fixture
def store(open_store: Open) -> Store:
    return open_store()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where an SQLite store may be made, for what only a file can suffer."""
    return tmp_path / "runs.sqlite3"
