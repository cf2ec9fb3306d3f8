"""How long quanta are, where they end, and how often the validation set is measured."""

from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from math import isnan
from pathlib import Path
from time import monotonic

import pytest

from mlp import RunConfig
from mlp.datasets import DATASETS
from mlp.engine.stored import Recorder
from mlp.store import Store, new_token
from mlp.training import Status
from mlp.training.pacing import FIRST_STEPS, LATEST_TRIPS, VALIDATION_SHARE, WARM_UP_SECONDS, Pacing
from mlp.training.quantum import train_quantum
from tests.engine.test_run import CONFIG, Bench, started
from tests.models import model_of


@pytest.mark.parametrize(("crowded", "widest", "most"), [(False, 0.5, 8), (True, 0.75, 6)])
def test_a_slow_run_is_measured_often_enough_in_its_first_epoch(crowded: bool, widest: float, most: int) -> None:
    config = replace(CONFIG, batch_size=4)  # 300 steps an epoch
    bench = started(config)
    places = [0.0]
    while bench.run.view().state.epoch == 0:
        quantum = bench.run.next_quantum(0.25, crowded)
        result = train_quantum(*quantum)
        # A hundredth of a second for a step, and ten seconds for a validation: far more than its share.
        reports = [replace(report, seconds=0.01 * quantum.steps) for report in result.reports]
        bench.land(quantum, result._replace(reports=reports, validation_seconds=10.0 if quantum.validate else 0.0))
        if result.reports[-1].validation:
            places.append(result.reports[-1].progress)
    assert max(after - before for before, after in pairwise(places)) <= widest
    assert len(places) <= most, "and not more than needed"


@pytest.mark.parametrize(("crowded", "trial"), [(False, ""), (True, ""), (False, "of a search")])
def test_validation_between_epochs_takes_a_bounded_share_of_the_time(crowded: bool, trial: str, tmp_path: Path) -> None:
    validations = []
    with closing(Store(f"sqlite:///{tmp_path}/runs.sqlite3")) as store:
        bench = started(replace(CONFIG, epochs=1000), Recorder(store, new_token(), trial=(trial, "")))
        for _ in range(100):  # quanta of one second each, and a quarter of a second for each validation
            quantum = bench.run.next_quantum(0.25, crowded)
            result = train_quantum(*quantum._replace(steps=1))
            reports = [replace(report, seconds=1.0) for report in result.reports]
            cost = 0.25 if quantum.validate else 0.0
            validations.append(quantum.validate)
            bench.land(quantum, result._replace(reports=reports, validation_seconds=cost))
    assert validations[:2] == [True, not (trial or crowded)]  # the curve begins at once
    share = 0.25 * sum(validations) / 100
    assert share == pytest.approx(VALIDATION_SHARE, abs=0.01)
    assert (share > VALIDATION_SHARE) is not (crowded or bool(trial)), "more only where somebody looks and nobody waits"


@pytest.mark.parametrize("measured", ["at an epoch's end", "between"])
def test_while_others_wait_a_turn_is_not_longer_because_it_measures(measured: str) -> None:
    bench = started(replace(CONFIG, batch_size=1, epochs=1000))  # 1,197 steps an epoch

    def turn(steps: int, validation_seconds: float) -> None:
        quantum = bench.run.next_quantum(0.04, crowded=True)
        result = train_quantum(*quantum._replace(steps=steps, validate=False))
        reports = [replace(report, seconds=0.001 * report.trained) for report in result.reports]
        bench.land(quantum, result._replace(reports=reports, validation_seconds=validation_seconds))

    if measured == "between":
        turn(20, validation_seconds=0.0)
        turn(1, validation_seconds=0.03)  # seldom enough: the next may measure again
        for _ in range(60):
            turn(10, validation_seconds=0.0)
        assert bench.run.next_quantum(0.04, crowded=True)[1:] == (10, True)  # of 0.001 s each, and 0.03 to measure
    else:
        turn(1150, validation_seconds=0.03)
        assert bench.run.next_quantum(0.04, crowded=True).steps == 10
        turn(40, validation_seconds=0.0)
        assert bench.run.next_quantum(0.04, crowded=True).steps == 7, "the rest of the epoch"


def test_a_run_that_measures_each_turn_trains_as_much_among_others() -> None:
    bench = started(replace(CONFIG, batch_size=1, epochs=1000))
    first = bench.next_quantum()
    result = train_quantum(*first._replace(steps=1030))
    reports = [replace(report, seconds=0.001 * report.trained) for report in result.reports]
    bench.land(first, result._replace(reports=reports, validation_seconds=10.0))
    bench.run.set_pace(100)
    assert bench.run.next_quantum(0.04, crowded=True).steps == 15
    bench.run.set_pace(None)
    bench.run.step_epoch()
    assert bench.run.next_quantum(0.04, crowded=True).steps == 40


def test_quanta_of_a_run_that_is_slowed_down_are_as_far_apart_as_asked() -> None:
    bench = started(replace(CONFIG, batch_size=1, epochs=1000))
    first = bench.next_quantum()
    bench.land(first, train_quantum(*first._replace(steps=1030)))  # far from the next power of two and epoch's end
    bench.run.set_pace(100)
    assert bench.run.next_quantum(0.25, apart=0.3).steps == 30
    assert bench.run.due == pytest.approx(bench.now, abs=1e-9)  # after a rest; then:
    bench.run.next_quantum(0.25, apart=0.3)
    assert bench.run.due == pytest.approx(bench.now + 0.3)


def test_one_trip_that_was_held_up_does_not_make_the_next_quantum_long_but_many_do() -> None:
    bench = started(replace(CONFIG, batch_size=1))
    first = bench.next_quantum()
    bench.land(first, train_quantum(*first._replace(steps=2100)))  # far from the next power of two and epoch's end

    def steps_after(trip_seconds: float) -> int:
        quantum = bench.next_quantum(0.02)
        result = train_quantum(*quantum._replace(steps=20))
        reports = [replace(report, seconds=0.02) for report in result.reports]  # 1 ms a step
        bench.land(quantum, result._replace(reports=reports, validation_seconds=0.0), trip_seconds)
        return bench.next_quantum(0.02).steps

    usual = [steps_after(0.001) for _ in range(LATEST_TRIPS)][-1]
    assert steps_after(0.05) <= usual
    long = [steps_after(0.05) for _ in range(LATEST_TRIPS)][-1]
    assert long > 3 * usual
    among_others = bench.run.next_quantum(0.02, crowded=True).steps
    assert among_others <= 2 * usual, "a run that trained alone first has no longer turns than the others"


def test_a_large_networks_first_quantum_after_it_is_resumed_is_shorter() -> None:
    for units, steps in ((8, FIRST_STEPS), (1024, 1)):
        start = model_of(replace(CONFIG, hidden=(units,) * 3, batch_size=100), steps=0)
        model = replace(start, state=replace(start.state, step=1000))
        assert Pacing(monotonic).next_quantum(0.25, model, None, stepping=False)[0] == steps


def test_quanta_end_at_powers_of_two_and_at_epochs_ends() -> None:
    bench = started(replace(CONFIG, batch_size=1))
    bench.until_it_stops()
    reached = set(bench.run.view().history["step"])
    epochs = {epoch * bench.run.view().config.steps_per_epoch(DATASETS["digits"]) for epoch in range(4)}
    assert reached >= {1 << power for power in range(12)} | epochs


def at_100_steps_a_second(config: RunConfig) -> Bench:
    """Return a run that was trained to its end, in quanta of a quarter of a second."""
    bench = started(config)
    while bench.run.status is Status.RUNNING:
        quantum = bench.next_quantum()
        result = train_quantum(*quantum)
        bench.quanta.append(quantum.steps)
        reports = [replace(report, seconds=0.01 * report.trained / config.batch_size) for report in result.reports]
        bench.land(quantum, result._replace(reports=reports))
    return bench


def test_no_quantum_is_so_short_that_its_mean_would_be_a_spike_in_the_curve() -> None:
    bench = at_100_steps_a_second(replace(CONFIG, batch_size=1, epochs=1))  # 1,197 steps
    assert min(after / before for before, after in pairwise(bench.quanta)) > 1 / 5


def test_a_quantum_of_several_epochs_ends_with_one() -> None:
    bench = at_100_steps_a_second(replace(CONFIG, batch_size=171, epochs=50))  # seven steps an epoch
    ends = bench.run.view().history["step"]
    assert [step for step in ends if step % 7 and int(step).bit_count() > 1] == []


def test_time_left_waits_for_a_speed_that_the_start_no_longer_slows_down() -> None:
    bench = started(replace(CONFIG, epochs=1000))
    run = bench.run
    bench.land(bench.next_quantum(), seconds=5.0)  # a worker had to get ready
    first, settled = bench.now, bench.now + WARM_UP_SECONDS
    while bench.now < settled:
        assert isnan(run.view().seconds_left)
        slow = bench.now < first + 0.25  # most of the first quanta are measured, and all are short
        bench.land(bench.next_quantum()._replace(steps=1 if slow else 10), seconds=0.25)
    left = (1000 * 38 - run.view().state.step) / 40  # steps a second
    assert run.view().seconds_left == pytest.approx(left, rel=0.03)
    run.pause()
    run.start()
    bench.land(bench.next_quantum(), seconds=5.0)
    assert isnan(run.view().seconds_left), "nor does the pause count"
