"""A challenge: all start together, the best on the validation set leads, and the test set is opened at the end."""

import functools
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from math import inf, nan
from time import time
from typing import Any, NamedTuple

import numpy as np

from mlp.datasets import Dataset, DatasetError, dataset_info, dataset_label, load_dataset
from mlp.inspection.again import AS_SHOWN, score_on_test
from mlp.store import RunRecord, StoreError
from mlp.text import counted, duration
from mlp.training import evaluate, initial_state
from mlp.training.checkpoint import Checkpoint
from mlp.training.history import HistoryView
from ui.classroom.scores import best_score, score_text
from ui.parts.server import engine, store

MOST_AT_ONCE = 4  # states that are read for one look at the wall
LOOK_SECONDS = 2.0  # between looks whether a run was deleted


class Entry(NamedTuple):
    """The best epoch's end of one run."""

    run_id: str
    step: int
    score: float  # on the validation set: the accuracy, or R² of a regression


# Has an entry measured; None if its network must be trained again, and that is not allowed.
Begin = Callable[[Entry, bool], Future[float] | None]


class Place(NamedTuple):
    """What a student has reached."""

    rank: int
    student: int
    run_id: str
    score: float  # on the validation set, which ranks
    test: float | None  # the same on the test set: None until it is measured, NaN if that can't be done


class Challenge:
    """What is learned from, for how long, and who has reached what."""

    def __init__(self, dataset: str, seconds: float | None, epochs: int | None, began: float) -> None:
        """`began` is a time as the store has it; no limit of time or of epochs is None."""
        self.dataset, self.seconds, self.epochs, self.began = dataset, seconds, epochs, began
        self.info, self.is_over = dataset_info(dataset), False
        self.joined: set[int] = set()  # the students who take part
        self._entries: dict[str, tuple[int, Entry]] = {}  # by run, with the student who had it last
        # The students who have not come back since the server was started again, by their tokens' hashes, have numbers
        # below 0, and keep their places.
        self._awaited: dict[str, int] = {}
        self._tests: dict[Entry, Future[float]] = {}
        self._unkept: set[Entry] = set()  # those whose network must be trained again to be measured

    def seconds_left(self, now: float) -> float | None:
        """Return for how long it still lasts, 0 if its time is over; None without a limit of time."""
        return None if self.seconds is None else max(self.began + self.seconds - now, 0.0)

    def watch(self, student: int, run_id: str, run: Checkpoint) -> bool:
        """Note what a student's run has reached, if it learns from the challenge's data.

        Return whether the run was not known as this student's.
        """
        if not run_id or run.config.dataset != self.dataset:
            return False
        best = self.counted_best(run_id, run.model.dataset, run.history)
        if best is None:
            return False
        before, self._entries[run_id] = self._entries.get(run_id), (student, best)
        return before is None or before[0] != student

    def kept(self, owners: Mapping[int, str]) -> dict[str, Any]:
        """Return as JSON what `again` needs; `owners` are the hashes of the students' tokens, by their numbers."""
        owners = {**owners, **{number: owner for owner, number in self._awaited.items()}}
        joined = (*self.joined, *self._awaited.values())
        found: dict[str, list[Entry]] = {owners[number]: [] for number in joined if number in owners}
        for number, entry in self._entries.values():
            if number in owners:
                found.setdefault(owners[number], []).append(entry)
        limits = {"dataset": self.dataset, "seconds": self.seconds, "epochs": self.epochs, "began": self.began}
        return limits | {"is_over": self.is_over, "students": found}

    @classmethod
    def again(cls, kept: Mapping[str, Any]) -> "Challenge":
        """Return a challenge of a server that was started again. Raises DatasetError if its data was deleted."""
        challenge = cls(kept["dataset"], kept["seconds"], kept["epochs"], kept["began"])
        challenge.is_over = kept["is_over"]
        for number, (owner, entries) in enumerate(kept["students"].items(), start=1):
            challenge._awaited[owner] = -number
            challenge._entries |= {entry[0]: (-number, Entry(*entry)) for entry in entries}
        return challenge

    def come_back(self, student: int, owner: str) -> bool:
        """Return whether a student has taken part before the server was started again; what was reached counts."""
        awaited = self._awaited.pop(owner, None)
        if awaited is None:
            return False
        self.joined.add(student)
        for run_id, (number, entry) in self._entries.items():
            if number == awaited:
                self._entries[run_id] = student, entry
        return True

    def catch_up(self, history: Callable[[str], HistoryView]) -> None:
        """Note how the runs that are known went on until the server ended; `history` returns what is stored of one."""
        dataset = load_dataset(self.dataset)
        for run_id, (student, _) in self._entries.items():
            with suppress(StoreError):  # it was not on the disk yet
                if best := self.counted_best(run_id, dataset, history(run_id)):
                    self._entries[run_id] = student, best

    def counted_best(self, run_id: str, dataset: Dataset, history: HistoryView) -> Entry | None:
        """Return the best epoch's end that counts of a run; None before the first."""
        best = best_score(dataset, self._counted(history))
        return Entry(run_id, *best) if best else None

    def forget(self, students: Collection[int]) -> None:
        """Forget some students, and what they have reached."""
        self.joined -= set(students)
        self._entries = {run_id: found for run_id, found in self._entries.items() if found[0] not in students}

    def _counted(self, history: HistoryView) -> HistoryView:
        """Return the reports up to the last epoch that counts."""
        if self.epochs is None:
            return history
        return HistoryView(history.table[:, : int(np.searchsorted(history["progress"], self.epochs, side="right"))])

    def best(self, counts: Callable[[str], bool]) -> dict[int, Entry]:
        """Return the best entry of each student; `counts` returns whether a run does, and is asked for few."""
        best: dict[int, Entry] = {}
        for student, entry in sorted(self._entries.values(), key=lambda found: -found[1].score):
            if student not in best and counts(entry.run_id):
                best[student] = entry
        return best

    def measure(self, entries: Iterable[Entry], begin: Begin, most: int) -> None:
        """Have some of the entries that were not yet measured on the test set measured now.

        One that must be trained again waits for all others that are asked for: people wait for the same process.
        """
        waiting = [entry for entry in entries if entry not in self._tests]
        for entry in sorted(waiting, key=self._unkept.__contains__)[:most]:
            again = entry in self._unkept
            if again and not all(test.done() for test in self._tests.values()):
                return
            if future := begin(entry, again):
                self._tests[entry] = future
            else:
                self._unkept.add(entry)

    def ranking(self, entries: dict[int, Entry]) -> list[Place]:
        """Return who has reached what, the best on the validation set first; those shown as equal share a rank."""
        ordered = sorted(entries.items(), key=lambda found: -found[1].score)
        places: list[Place] = []
        for index, (student, entry) in enumerate(ordered):
            tied = bool(places) and self._shown(places[-1].score) == self._shown(entry.score)
            rank = places[-1].rank if tied else index + 1
            places.append(Place(rank, student, entry.run_id, entry.score, self._tested(entry)))
        return places

    def _shown(self, score: float) -> str:
        return score_text(self.info, score)

    def _tested(self, entry: Entry) -> float | None:
        future = self._tests.get(entry)
        if future is None or not future.done():
            return None
        return nan if future.exception() else future.result()


def ranking(challenge: Challenge) -> list[Place]:
    """Return who has reached what, of those whose runs began in the challenge."""
    return challenge.ranking(_best(challenge))


def open_test_set(challenge: Challenge) -> None:
    """Have some of what was not yet measured on the test set measured now, if the challenge is over."""
    if challenge.is_over:
        challenge.measure(_best(challenge).values(), _begin, MOST_AT_ONCE)


def _best(challenge: Challenge) -> dict[int, Entry]:
    return challenge.best(lambda run_id: _counts(run_id, challenge.began))


def _counts(run_id: str, began: float) -> bool:
    try:
        return _began(run_id) >= began and not _is_deleted(run_id, int(time() / LOOK_SECONDS))
    except StoreError:
        return False  # it is not on the disk yet


@functools.lru_cache(maxsize=1024)
def _began(run_id: str) -> float:
    """Return when a run, or the one that it was forked from, began, −∞ if with weights from a file.

    Raises StoreError if that is not known.
    """
    record = store().run(run_id)
    if record.parent:
        return _began(record.parent)
    try:
        return record.created if _is_new(record) else -inf
    except DatasetError:
        return record.created  # its data was deleted


def _is_new(record: RunRecord) -> bool:
    """Return whether a run began with its seed's initial weights. Raises StoreError if that is not known."""
    config, dataset = record.initial_config, load_dataset(record.dataset)
    initial = initial_state(config, dataset)
    try:
        return np.array_equal(store().model_at(record.id, 0).state.parameters, initial.parameters)
    except StoreError:  # of a large network, few states are kept
        losses = store().history(record.id)["validation_loss"]
    if len(losses) == 0:
        raise StoreError(f"Run {record.id!r} has no report yet.")
    return np.isclose(losses[0], evaluate(config, dataset, initial).loss, rtol=AS_SHOWN, equal_nan=True)


@functools.lru_cache(maxsize=1024)
def _is_deleted(run_id: str, _: int) -> bool:
    """Return whether a run is deleted, which is read once in each span of time, however many pages ask for places."""
    return store().run(run_id).deleted is not None


def _begin(entry: Entry, again: bool) -> Future[float] | None:
    """Have a worker measure a run after its best epoch on the test set; None if that needs training, unless `again`."""
    try:
        store().flush()
        kept = store().model_at(entry.run_id, entry.step)
        is_kept = kept.state.step == entry.step
        if not (is_kept or again):
            return None
        changes = () if is_kept else store().load(entry.run_id).changes
        return engine().compute(score_on_test, kept, changes, entry.step, entry.score)
    except (StoreError, DatasetError) as error:
        failed: Future[float] = Future()
        failed.set_exception(error)
        return failed


def described(challenge: Challenge) -> str:
    """Return what a challenge is about: "MNIST, 5:00 minutes"."""
    seconds = challenge.seconds
    limits = [] if seconds is None else [duration(seconds) + (" minutes" if seconds < 3600 else "")]
    limits += [] if challenge.epochs is None else [f"{counted(challenge.epochs, 'epoch')} of each network"]
    return ", ".join([dataset_label(challenge.dataset), *limits])
