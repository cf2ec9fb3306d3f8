"""Runs that train without an engine, and are recorded in a store as an engine does it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import sqlalchemy as sa

from mlp.config import RunConfig
from mlp.datasets import load_dataset
from mlp.store import Store, new_token, schema
from mlp.training import Checkpoint, Evaluation, Model, Status, TrainingState, advance, initial_state
from mlp.training.history import Change, History, HistoryView

CONFIG = RunConfig(dataset="digits", hidden=(5,), learning_rate=0.1, epochs=50)
DIGITS = load_dataset("digits")
TOKEN = new_token()

Open = Callable[[], Store]


class Training:
    """A run in training, as an engine has it."""

    def __init__(self, config: RunConfig = CONFIG) -> None:
        self.config, self.state, self.history = config, initial_state(config, DIGITS), History()
        self.changes: list[Change] = []
        self.best: dict[str, Model] = {}

    def train(self, steps: int, validation: Evaluation | None = None) -> "Training":
        self.state, report = advance(self.config, DIGITS, self.state, steps)
        self.history.append(replace(report, validation=validation))
        return self

    def change(self, description: str, config: RunConfig | None = None) -> "Training":
        """Change settings, or none, from this step on."""
        self.config = config or self.config
        step, examples, seconds = self.state.step, self.state.examples, self.history.view().last("seconds")
        self.changes.append(Change(step, step / 10, examples, seconds, description, self.config.to_json()))
        return self

    def begin(self, store: Store, **options: Any) -> "Training":
        self.store, self.id = store, store.begin(Checkpoint(Model(self.config, DIGITS, self.state)), TOKEN, **options)
        return self

    def record(self, status: Status = Status.RUNNING, **more: Any) -> "Training":
        model = Model(self.config, DIGITS, self.state)
        self.store.record(self.id, Checkpoint(model, status, self.history.view(), tuple(self.changes), **more))
        return self

    def save(self, status: Status = Status.RUNNING, **more: Any) -> "Training":
        """Record it, and wait until that is on disk."""
        self.record(status, **more)
        assert self.store.flush()
        return self


def same(mine: HistoryView, theirs: HistoryView) -> bool:
    return np.array_equal(mine.table, theirs.table, equal_nan=True)


def trained(config: RunConfig, state: TrainingState, to_step: int) -> TrainingState:
    return advance(config, DIGITS, state, to_step - state.step)[0] if to_step > state.step else state


def snapshot_steps(url: str, run_id: str) -> list[int]:
    """The steps at which a run's own states are on disk."""
    table = schema.snapshots.c
    with behind(url) as connection:
        return list(connection.scalars(sa.select(table.step).where(table.run_id == run_id).order_by(table.step)))


@contextmanager
def behind(url: str) -> Iterator[sa.Connection]:
    """Look into the database, or change it, behind the store's back."""
    engine = sa.create_engine(url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()
