"""What leaves is a run at one time: its network, how it came about and, if they were kept, its earlier states."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from mlp.training import Model
from mlp.training.best import best_of, measure_of
from mlp.training.checkpoint import Checkpoint, Status

if TYPE_CHECKING:
    from mlp.store import Store  # takes half a second


class ExportError(ValueError):
    """A network can't leave as that file. The message is a sentence for a person."""


@dataclass(frozen=True, eq=False)
class ExportedRun(Checkpoint):
    """What every format is made of. A network alone is enough; formats that tell a run's story need the rest.

    The run began with the settings `started_with`; each of `changes` has those from its step on. A fork's changes begin
    with those of the run it was forked from, and the fork itself is one of them.
    """

    name: str = ""  # what the person calls it
    # Yields the networks at some steps, each at the last of `kept` at or before it.
    models_at: Callable[[Iterable[int]], Iterator[Model]] | None = None

    @classmethod
    def of(cls, run: Checkpoint, name: str = "") -> "ExportedRun":
        """Return a run without its earlier states."""
        return cls(**{field.name: getattr(run, field.name) for field in fields(Checkpoint)}, name=name)

    @classmethod
    def from_store(cls, store: "Store", run_id: str, run: Checkpoint | None = None) -> "ExportedRun":
        """Return a stored run, by default as it was saved last.

        Raises StoreError if there is none, or it is damaged; DatasetError without its data.
        """
        exported = cls.of(run or store.load(run_id), store.run(run_id).name)
        # The best states stay behind: what is made of the run, perhaps by another process, finds them in the store.
        return replace(exported, models_at=StoredStates(store.url, run_id), best={})

    def at(self, step: int) -> "ExportedRun":
        """Return the run as it was at the last kept step at or before this one.

        Raises ExportError if no earlier states were kept, StoreError if there is none that early.
        """
        if step >= self.state.step:
            return self
        if self.models_at is None:
            raise ExportError("Only the last state of this network is known. Choose that one, or a stored run.")
        return self._as_it_was(next(self.models_at([step])))

    def at_best(self) -> "ExportedRun":
        """Return the run as it was after its best epoch (`measure_of` says by what).

        Raises ExportError if no epoch has ended, or that state was not kept.
        """
        measure = measure_of(self.model)
        best = best_of(self.history, measure)
        if best is None:
            raise ExportError(
                "No end of an epoch of this run is known, so there is no best one. Choose its last state."
            )
        if best.step == self.state.step:
            return self
        if measure in self.best:
            return self._as_it_was(self.best[measure])
        if best.step not in self.kept:
            raise ExportError(f"The state after the best epoch, {best.epoch:,}, was not kept. Choose the last state.")
        return self.at(best.step)

    def _as_it_was(self, model: Model) -> "ExportedRun":
        """Return the run up to one of its earlier states."""
        past = self.until(model.state.step)
        return replace(
            self,
            model=model,
            status=Status.PAUSED,
            history=past.history,
            changes=past.changes,
            kept=past.kept,
            message="",
        )


@dataclass(frozen=True)
class StoredStates:
    """The kept states of a run, for any process: each is read from the store when it is asked for."""

    store: str  # its URL
    run_id: str

    def __call__(self, steps: Iterable[int]) -> Iterator[Model]:
        """Yield the networks at the last kept states at or before some steps, as `Store.model_at` reads them."""
        from mlp.store import Store

        with closing(Store(self.store)) as store:
            for step in steps:
                yield store.model_at(self.run_id, step)
