"""What is looked at of a network that trains stays the same until Refresh, and no longer than it trains."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
import streamlit as st

from mlp import RunConfig
from tests.models import model_of
from ui.parts.session import Session
from ui.parts.state import Key
from ui.train import settings
from ui.train.computing import pinned
from ui.train.inspected import Inspected

SESSION = cast(Session, SimpleNamespace(run=SimpleNamespace(id="abc")))


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    state: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", state)
    monkeypatch.setattr(st, "button", lambda *_, **__: False)
    return state


def networks() -> list[Inspected]:
    return [Inspected(model_of(RunConfig(dataset="moons"), steps), None, moving=True) for steps in (0, 1)]


def test_while_it_trains_the_network_of_the_first_look_stays() -> None:
    first, later = networks()
    assert pinned(SESSION, first) is first
    assert pinned(SESSION, later) is first


def test_a_run_that_has_rested_is_shown_as_it_is_when_it_goes_on() -> None:
    first, later = networks()
    pinned(SESSION, first)
    pinned(SESSION, first._replace(moving=False))
    assert pinned(SESSION, later) is later


def test_a_view_that_is_opened_shows_the_network_as_it_is(state: dict[str, Any]) -> None:
    first, later = networks()
    pinned(SESSION, first)
    state[Key.VIEW] = "projection"  # as its tab has set it
    settings.open_view("projection")
    assert pinned(SESSION, later) is later
