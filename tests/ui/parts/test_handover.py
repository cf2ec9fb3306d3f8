"""A link hands a run to one other browser, once and for minutes; the one that gave it watches from then on."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mlp.config import RunConfig
from mlp.datasets import load_dataset, roots
from mlp.datasets.own.stored import delete, own_datasets, read_stored
from mlp.engine import Run
from mlp.engine.stored import Recorder
from mlp.store import Store, StoreError
from mlp.tokens import token_hash
from mlp.training import Checkpoint, Model, initial_state
from tests.datasets.own.made import store_people
from ui.parts import handover, server
from ui.parts.handover import MINUTES, offer, take
from ui.train.session import TrainSession

CONFIG = RunConfig(dataset="digits", hidden=(5,))
OWNER, PHONE, STRANGER = "o" * 32, "p" * 32, "s" * 32


class Class:
    """Browsers that look at one store, one of them at a time."""

    def __init__(self, store: Store) -> None:
        self.store, self.browser, self.now = store, OWNER, 0.0
        dataset = load_dataset("digits")
        self.run_id = store.begin(Checkpoint(Model(CONFIG, dataset, initial_state(CONFIG, dataset))), OWNER)
        self.run = Run(CONFIG, listener=Recorder(store, run_id=self.run_id))

    def find(self, run_id: str) -> Run | None:
        """Return the run as an engine does that has it in memory."""
        return self.run if run_id == self.run_id else None

    def controls(self, browser: str) -> bool:
        return self.store.may_steer(self.run_id, browser)


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Class]:
    """A run that OWNER's browser controls."""
    with closing(Store(f"sqlite:///{tmp_path}/runs.sqlite3")) as opened:
        room = Class(opened)
        for module in (handover, server):
            monkeypatch.setattr(module, "store", lambda: opened)
            monkeypatch.setattr(module, "browser_token", lambda: room.browser)
        monkeypatch.setattr(time, "monotonic", lambda: room.now)
        monkeypatch.setattr(handover, "_offers", {})
        monkeypatch.setattr(handover, "engine", lambda: room)
        yield room


def test_the_browser_that_opens_the_link_controls_the_run(room: Class) -> None:
    secret = offer(room.run_id)
    room.browser = PHONE
    take(room.run_id, secret)
    assert (room.controls(PHONE), room.controls(OWNER)) == (True, False)
    assert room.run.owner == token_hash(PHONE), "it takes that browser's turns, and counts for its limits"
    take(room.run_id, secret)  # the page is loaded again
    assert room.controls(PHONE)


def test_it_is_kept_in_the_store(room: Class) -> None:
    secret = offer(room.run_id)
    room.browser = PHONE
    take(room.run_id, secret)
    room.store.flush()
    with closing(Store(str(room.store.url))) as again:
        assert again.may_steer(room.run_id, PHONE)


def test_it_works_once(room: Class) -> None:
    secret = offer(room.run_id)
    for browser in (PHONE, STRANGER):
        room.browser = browser
        if browser == STRANGER:
            with pytest.raises(StoreError, match="it works once"):
                take(room.run_id, secret)
        else:
            take(room.run_id, secret)
    assert room.controls(PHONE)


def test_it_expires_and_a_newer_one_replaces_it(room: Class) -> None:
    first, second = offer(room.run_id), offer(room.run_id)
    room.browser = PHONE
    with pytest.raises(StoreError, match=f"work for {MINUTES} minutes, and only the latest one"):
        take(room.run_id, first)
    room.now = 60.0 * MINUTES + 1
    with pytest.raises(StoreError, match=f"work for {MINUTES} minutes"):
        take(room.run_id, second)
    assert room.controls(OWNER)


def test_a_secret_is_for_its_run_alone_and_is_not_guessed(room: Class) -> None:
    secret = offer(room.run_id)
    room.browser = PHONE
    for run_id, said in ((room.run_id, ""), (room.run_id, secret[:-1]), ("another", secret)):
        with pytest.raises(StoreError, match="can't hand over"):
            take(run_id, said)
    assert secret not in str(handover._offers), "only its hash is kept"


def test_who_does_not_control_a_run_can_not_hand_it_over(room: Class) -> None:
    room.browser = STRANGER
    with pytest.raises(StoreError, match="no longer controls"):
        offer(room.run_id)


def test_the_tabs_that_had_it_only_watch(room: Class) -> None:
    tab = TrainSession()
    tab.show(room.run)
    secret = offer(room.run_id)
    take(room.run_id, secret)  # in the same browser, nothing changes
    assert tab.own is room.run
    secret = offer(room.run_id)
    room.browser = PHONE
    take(room.run_id, secret)
    assert tab.is_read_only
    assert tab.run is room.run


def test_a_run_that_was_set_aside_does_not_come_back_once_it_is_handed_over(room: Class) -> None:
    tab = TrainSession()
    tab.earlier = room.run
    secret = offer(room.run_id)
    room.browser = PHONE
    take(room.run_id, secret)
    assert tab.earlier is None


def test_data_of_ones_own_goes_with_the_run(room: Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roots, "PROGRAM_DATA", tmp_path / "data")
    config = RunConfig(dataset=store_people(token=OWNER, label="Anna, 9b", source="anna.csv"), hidden=(5,))
    dataset = load_dataset(config.dataset)
    checkpoint = Checkpoint(Model(config, dataset, initial_state(config, dataset)))
    first, second = (room.store.begin(checkpoint, OWNER) for _ in range(2))
    secret, later = offer(first), offer(second)
    room.browser = PHONE
    assert own_datasets(PHONE) == []
    take(first, secret)
    assert read_stored(config.dataset, PHONE).info.source == "imported from anna.csv"
    delete(config.dataset)
    take(second, later)
    assert room.store.may_steer(second, PHONE), "also if the data is gone"
