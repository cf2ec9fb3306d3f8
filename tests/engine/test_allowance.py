"""How many runs may train at once, and what each may need: each limit is reached, and its sentence read."""

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlp.config import ConfigError, RunConfig
from mlp.datasets import dataset_info
from mlp.engine import Engine, Status
from mlp.engine.allowance import memory_needed
from mlp.limits import Limits
from mlp.store import Store, StoreError
from tests.pools import Threads

DIGITS = RunConfig(dataset="digits", hidden=(5,))
WIDE = replace(DIGITS, hidden=(1024, 1024))


class Nobody(Threads):
    """Takes work, and never does it."""

    def submit(self, function: Any, /, *arguments: Any, **named: Any) -> "Future[Any]":
        return Future()


@pytest.fixture
def engine() -> Iterator[Engine]:
    with closing(Engine(Nobody, limits=Limits(runs=2, all_runs=3, memory=50))) as opened:
        yield opened


def test_a_browser_trains_so_many_runs_at_once_and_pausing_makes_room(engine: Engine) -> None:
    first, second, third = (engine.open(DIGITS, "mine") for _ in range(3))
    first.start()
    second.step_batch()
    for begin in (third.start, third.step_batch, third.step_epoch):
        with pytest.raises(ConfigError) as refused:
            begin()
        assert str(refused.value) == ("This browser trains 2 runs; 2 may train at once. Pause one first.")
    assert third.status is Status.READY
    first.start()  # what trains already needs no more room
    first.pause()
    third.start()
    assert (first.status, second.status, third.status) == (Status.READY, Status.RUNNING, Status.RUNNING)


def test_all_browsers_together_train_so_many(engine: Engine) -> None:
    runs = [engine.open(DIGITS, token) for token in ("mine", "mine", "yours", "theirs")]
    for run in runs[:3]:
        run.start()
    with pytest.raises(ConfigError) as refused:
        runs[3].start()
    assert str(refused.value) == ("This server trains 3 runs; 3 may train at once. Wait until others are done.")


def test_several_are_refused_together(engine: Engine) -> None:
    with pytest.raises(
        ConfigError, match=r"^3 runs can't start together\. .* 0 runs; 2 may train at once\. Choose fewer\.$"
    ):
        engine.check_start("mine", 3)
    engine.check_start("mine", 2)


def test_a_run_that_needs_too_much_memory_is_refused_before_it_is_trained(engine: Engine) -> None:
    needed = memory_needed(WIDE, dataset_info("digits"))
    sentence = (
        f"This network may need {needed:,.0f} MB of memory; 50 MB are allowed. Choose fewer units or a smaller batch."
    )
    run = engine.open(DIGITS, "mine")
    with pytest.raises(ConfigError) as refused:
        engine.open(WIDE, "mine")
    assert str(refused.value) == sentence
    with pytest.raises(ConfigError) as refused:
        run.reset(WIDE)
    assert str(refused.value) == sentence
    assert run.view().config == DIGITS
    small = replace(DIGITS, hidden=(600, 600))
    larger = replace(small, batch_size=1000, optimizer="adam", averaging=0.9)
    assert memory_needed(small, dataset_info("digits")) < 50 < memory_needed(larger, dataset_info("digits"))
    run.reset(small)
    with pytest.raises(ConfigError, match="Choose fewer units or a smaller batch"):
        run.change(larger)
    assert run.view().config == small


def test_more_units_a_larger_batch_and_more_moments_need_more_memory() -> None:
    info = dataset_info("digits")
    base = memory_needed(DIGITS, info)
    for more in ({"hidden": (6,)}, {"batch_size": 64}, {"optimizer": "adam"}, {"averaging": 0.9}):
        assert memory_needed(replace(DIGITS, **more), info) > base


def test_a_run_that_may_not_be_stored_does_not_train(tmp_path: Path) -> None:
    limits = Limits(kept=1)
    with (
        closing(Store(f"sqlite:///{tmp_path / 'runs.sqlite3'}", limits)) as store,
        closing(Engine(Nobody, store=store, limits=limits)) as engine,
    ):
        first, second, unstored = (engine.open(DIGITS, "mine", keep=keep) for keep in (True, True, False))
        first.start()
        with pytest.raises(StoreError) as refused:
            second.start()
        assert str(refused.value).startswith("This browser has 1 stored run; 1 can be kept. Delete some")
        assert (second.status, second.id) == (Status.READY, "")
        for another in (
            lambda: engine.fork(first.id, None, DIGITS, "mine"),
            lambda: engine.keep_opened(first.view().model, "opened", "mine"),
        ):
            with pytest.raises(StoreError, match="Delete some on the Runs page"):
                another()
        unstored.start()
        first.pause()
        first.start()  # it is stored already
        store.delete(first.id)
        second.start()
        assert second.id
