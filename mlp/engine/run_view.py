"""A view shows a run at one time: what it has learned, how fast it trains, and under which id it is stored."""

from dataclasses import dataclass
from math import nan

from mlp.training import TrainingState
from mlp.training.checkpoint import Checkpoint


@dataclass(frozen=True, eq=False, kw_only=True)
class RunView(Checkpoint):
    """A run at one time. A view never changes; ask the run again for a later one."""

    initial: TrainingState
    seconds_left: float = nan  # at the current speed; NaN if unknown
    run_id: str = ""  # in the store; empty if it is in none
