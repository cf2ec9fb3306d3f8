"""What tests of the sidebar are given."""

from pathlib import Path

import pytest

from mlp.datasets import roots
from tests.ui.train.sidebar import TOKEN
from ui.parts import datasets, session
from ui.parts.tab import Tab
from ui.train import controls, settings


@pytest.fixture
def whole_sidebar(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """AppTest draws the whole page each time; which parts a browser redraws is for its own tests.

    It has no cookies, and one session for all tests. Nobody's imported data is there.
    """
    tab = Tab()
    monkeypatch.setattr(session, "this_tab", lambda: tab)
    for module in (controls, settings):
        monkeypatch.setattr(module, "apply", lambda name: None)
    monkeypatch.setattr(datasets, "browser_token", lambda: TOKEN)
    monkeypatch.setattr(roots, "PROGRAM_DATA", tmp_path)
    monkeypatch.delenv("MLP_DATA_DIR", raising=False)
