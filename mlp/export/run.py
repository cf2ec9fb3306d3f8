"""What leaves is a run at one time: its network, how it came about and, if they were kept, its earlier states."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from mlp.config import RunConfig
from mlp.training import Model
from mlp.training.checkpoint import Checkpoint

if TYPE_CHECKING:
    from mlp.store import Store  # takes half a second


@dataclass(frozen=True, eq=False)
class ExportedRun(Checkpoint):
    """What every format is made of. A network alone is enough; formats that tell a run's story need the rest.

    The run began with the settings `started_with`; each of `changes` has those from its step on. A fork's changes begin
    with those of the run it was forked from, and the fork itself is one of them.
    """

    name: str = ""  # what the person calls it
    started_with: RunConfig | None = None  # None if that is not known
    model_at: Callable[[int], Model] | None = None  # the network at the last of `kept` at or before a step

    @classmethod
    def from_store(cls, store: "Store", run_id: str) -> "ExportedRun":
        """Read a stored run. Raises StoreError if there is none, or it is damaged; DatasetError without its data."""
        return cls.of(store.load(run_id), store, run_id)

    @classmethod
    def of(cls, run: Checkpoint, store: "Store", run_id: str) -> "ExportedRun":
        """Add to a stored run, as it is now, what the store knows of it. Raises StoreError if that can't be read."""
        record = oldest = store.run(run_id)
        while oldest.parent is not None:
            oldest = store.run(oldest.parent)
        return cls(
            **{field.name: getattr(run, field.name) for field in fields(Checkpoint)},
            name=record.name,
            started_with=oldest.initial_config,
            model_at=StoredStates(store.url, run_id),
        )


@dataclass(frozen=True)
class StoredStates:
    """The kept states of a run, for any process: each is read from the store when it is asked for."""

    store: str  # its URL
    run_id: str

    def __call__(self, step: int) -> Model:
        """Return the network at the last kept state at or before a step, as `Store.model_at` does."""
        from mlp.store import Store

        with closing(Store(self.store)) as store:
            return store.model_at(self.run_id, step)
