"""The steps at which weights are shown stay the same while a run continues; they are read as time allows."""

import math
from collections.abc import Sequence
from itertools import pairwise

import pytest

from ui import weights_view
from ui.weights_view import MOST_STEPS, spreads_at, steps_shown


def test_a_run_that_continues_adds_at_most_one_new_step_at_a_time() -> None:
    steps = [7 * number for number in range(500)]
    before: set[int] = set()
    shown: Sequence[int] = []
    for count in range(1, len(steps) + 1):
        shown = steps_shown(steps[:count])
        assert shown[0] == 0
        assert min(count, MOST_STEPS // 2) <= len(shown) <= MOST_STEPS
        assert len({*shown} - before) <= 1
        before = {*shown}
    assert len({later - earlier for earlier, later in pairwise(shown)}) == 1  # evenly spaced


def test_steps_are_read_as_time_allows_and_then_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, read = 0.0, set()

    def spread_at(run_id: str, step: int) -> int:
        nonlocal clock
        clock += step not in read
        read.add(step)
        return step

    monkeypatch.setattr(weights_view, "_spread_at", spread_at)
    monkeypatch.setattr(weights_view, "perf_counter", lambda: clock)
    assert [spreads_at("run", range(10), 2.5) for _ in range(5)] == [[*range(count)] for count in (3, 6, 9, 10, 10)]
    assert spreads_at("run", range(100), math.inf) == [*range(100)]
