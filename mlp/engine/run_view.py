"""Values that describe a run: its status, a view of it, its past, and its next request."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from mlp.config import RunConfig
from mlp.training import Model, TrainingState
from mlp.training.history import Change, HistoryView


class Status(StrEnum):
    """What a run is doing."""

    READY = "ready"  # not one step trained yet
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"  # all epochs done; more can be asked for
    DIVERGED = "diverged"  # became NaN or infinite; the last finite state is kept
    FAILED = "failed"  # the message explains why


@dataclass(frozen=True)
class RunView:
    """A run at one moment. A view never changes; ask the run again for a later one."""

    status: Status
    model: Model  # its network
    initial: TrainingState
    history: HistoryView
    changes: tuple[Change, ...]
    samples_per_second: float  # over the last second or so; NaN before there is one
    seconds_left: float  # at that speed; NaN if unknown
    message: str  # for a person: why it paused, failed or diverged; else empty
    run_id: str = ""  # in the store; empty if it is in none
    kept: tuple[int, ...] = ()  # steps at which the store has its state, including those before it was forked

    @property
    def config(self) -> RunConfig:
        """The settings it has now."""
        return self.model.config

    @property
    def state(self) -> TrainingState:
        """What it has learned so far."""
        return self.model.state


class Past(NamedTuple):
    """What a run starts from, if not from the state before its first step."""

    run_id: str
    state: TrainingState
    trained_with: RunConfig
    history: HistoryView  # up to the state, from before it was forked too
    own: HistoryView  # the part since it was forked: what the store has under its id
    changes: tuple[Change, ...]
    kept: tuple[int, ...]  # steps at which the runs it was forked from have their states
    status: Status
    message: str = ""


class Edited(NamedTuple):
    """The latest edit."""

    step: int
    before: RunConfig  # the settings before all edits at this step
    by_hand: bool  # whether weights were set


class Request(NamedTuple):
    """The quantum a run wants next: `train_quantum`'s arguments."""

    config: RunConfig
    state: TrainingState
    steps: int
    validate: bool
