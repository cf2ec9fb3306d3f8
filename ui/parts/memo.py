"""What is shown of a network is computed once for all ticks and browsers, and dropped together with its state."""

import functools
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, TypeVarTuple
from weakref import WeakKeyDictionary

from mlp.training import TrainingState


class HasState(Protocol):
    """A model, or a view of a run."""

    @property
    def state(self) -> TrainingState:
        """What was learned so far."""


S = TypeVar("S", bound=HasState)
T = TypeVar("T")
Rest = TypeVarTuple("Rest")


def once_per_state(compute: Callable[[S, *Rest], T]) -> Callable[[S, *Rest], T]:
    """Decorate a function of a model or view, and perhaps of more arguments that don't contain its state."""
    found: WeakKeyDictionary[TrainingState, dict[Any, T]] = WeakKeyDictionary()

    @functools.wraps(compute)
    def computed(shown: S, *rest: *Rest) -> T:
        known = found.setdefault(shown.state, {})
        if rest not in known:
            known[rest] = compute(shown, *rest)
        return known[rest]

    return computed
