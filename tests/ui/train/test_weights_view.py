"""The steps at which weights are shown stay the same while a run continues; they are read as time allows."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from mlp.charts.distributions import over_time
from mlp.inspection.distributions import Histograms
from ui.train import weights as weights_view
from ui.train.weights import MOST_STEPS, spreads_at, steps_shown


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


@pytest.mark.parametrize("count", [1, 2, 3, 12, 24])
def test_a_chart_over_the_run_names_its_first_and_last_step_and_no_more_than_fit(count: int) -> None:
    steps = [41_159 * number for number in range(count)]
    chart = over_time("784 → 100", Histograms(1.0, np.zeros((count, 4), np.float32)), steps)
    names, labels = chart["layout"]["xaxis"]["tickvals"], chart["data"][0]["x"]
    assert (names[0], names[-1]) == ("0", f"{steps[-1]:,}")
    places = [labels.index(name) for name in names]
    narrowest, letter = 150, 8  # pixels between a small chart's axes, and of a digit
    gaps = [(after - before) * narrowest / count for before, after in pairwise(places)]
    assert all(gap >= letter * len(f"{steps[-1]:,}") or count < 4 for gap in gaps)
