"""What leaves is a run at one time: its network, how it came about and, if they were kept, its earlier states."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
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
        checkpoint, record = store.load(run_id), store.run(run_id)
        oldest = record
        while oldest.parent is not None:
            oldest = store.run(oldest.parent)
        return cls(
            **vars(checkpoint),
            name=record.name,
            started_with=oldest.initial_config,
            model_at=partial(store.model_at, run_id),
        )
