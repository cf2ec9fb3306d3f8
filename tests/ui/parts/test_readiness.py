"""What every page needs is there before the first page is opened."""

import gc
from collections.abc import Iterator

import pytest

from mlp import RunConfig
from mlp.config import ConfigError
from mlp.datasets import DatasetError
from mlp.store import StoreError
from ui.parts import published, readiness
from ui.parts.streamlit_internals import static_files


class Workers:
    """An engine's, that only note for which data they get ready."""

    def __init__(self, trouble: Exception | None) -> None:
        self.warm: list[str] = []
        self._trouble = trouble

    def open(self, config: RunConfig, keep: bool) -> None:
        if self._trouble:
            raise self._trouble
        self.warm.append(config.dataset)


TROUBLES = (None, DatasetError("damaged"), StoreError("unknown"), ConfigError("no cluster"), PermissionError("locked"))


@pytest.fixture(params=TROUBLES, ids=lambda trouble: type(trouble).__name__)
def workers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    found = Workers(request.param)
    monkeypatch.setattr(readiness, "engine", lambda: found)
    monkeypatch.setattr(readiness, "default_dataset", lambda: "digits")
    yield found
    gc.unfreeze()


def test_the_first_page_finds_workers_and_compressed_scripts_and_is_held_up_by_no_collection(
    workers: Workers, request: pytest.FixtureRequest
) -> None:
    published._compressed.cache_clear()
    frozen = gc.get_freeze_count()
    readiness.get_ready()
    assert workers.warm == ([] if "Error" in request.node.name else ["digits"])
    assert gc.get_freeze_count() > frozen + 10_000
    before = published._compressed.cache_info()
    plotly = published._texts[published.published_plotly()]
    start = max((static_files() / "static/js").glob("index.*.js"), key=lambda file: file.stat().st_size)
    for content in (plotly, start.read_bytes()):
        published._compressed(content)
    assert published._compressed.cache_info().misses == before.misses
