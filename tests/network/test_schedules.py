"""Schedules over any progress, and within a run."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlp import RunConfig, advance, initial_state
from mlp.network.schedules import SCHEDULES
from mlp.training import learning_rate_at
from tests.small_dataset import ROWS, small_dataset

CONFIG = RunConfig(dataset="digits", hidden=(4,), batch_size=20, epochs=4, learning_rate=0.3)


def test_schedules_start_and_end_where_they_say() -> None:
    values = {name: [schedule.factor(p / 100) for p in range(101)] for name, schedule in SCHEDULES.items()}
    assert set(values["constant"]) == {1.0}
    assert [values["step"][percent] for percent in (0, 49, 50, 74, 75, 100)] == [1, 1, 0.1, 0.1, 0.01, 0.01]
    assert values["cosine"][0] == 1
    assert values["cosine"][50] == pytest.approx(0.5)
    assert values["cosine"][100] == pytest.approx(0, abs=1e-12)
    assert values["one_cycle"][0] == pytest.approx(1 / 25)
    assert max(values["one_cycle"]) == values["one_cycle"][30] == pytest.approx(1)
    assert values["one_cycle"][100] == pytest.approx(1e-4)
    assert values["one_cycle"][:31] == sorted(values["one_cycle"][:31])
    assert values["warm_up"][0] == 0.01
    assert values["warm_up"][5] == 1
    assert values["warm_up"][:6] == sorted(values["warm_up"][:6])
    assert values["warm_up"][100] == pytest.approx(0, abs=1e-12)
    assert values["decay_at_end"][:80] == [1.0] * 80
    assert values["decay_at_end"][90] == pytest.approx(0.5)
    assert values["decay_at_end"][100] == 0
    for falling in (values["cosine"], values["one_cycle"][30:], values["warm_up"][5:], values["decay_at_end"]):
        assert falling == sorted(falling, reverse=True)
        assert falling[-1] >= 0


@pytest.mark.parametrize("name", ["cosine", "one_cycle", "decay_at_end"])
@given(progress=st.floats(0, 0.999))
def test_a_smooth_schedule_has_no_jumps(name: str, progress: float) -> None:
    factor = SCHEDULES[name].factor
    assert abs(factor(progress + 0.001) - factor(progress)) < 0.006


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_run_steps_by_the_rate_of_the_progress_it_has_made(name: str) -> None:
    """The n-th step is taken at the progress before it, so the first uses the schedule's first value."""
    config, dataset = replace(CONFIG, schedule=name), small_dataset()
    state = initial_state(config, dataset)
    for _ in range(12):  # two epochs of six steps
        expected = 0.3 * SCHEDULES[name].factor((state.epoch + state.position / ROWS) / 4)
        state, report = advance(config, dataset, state, 1)
        assert report.learning_rate == pytest.approx(expected, rel=1e-12)
    assert (state.epoch, state.position) == (2, 0)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_run_cut_short_keeps_the_last_rate_and_one_extended_is_stretched(name: str) -> None:
    config = replace(CONFIG, schedule=name)
    assert learning_rate_at(config, 9.5) == learning_rate_at(config, 4.0)
    longer = replace(config, epochs=8)
    assert math.isclose(learning_rate_at(longer, 3.0), learning_rate_at(config, 1.5))
