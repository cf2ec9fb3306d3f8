"""A live run without any worker: a test clock, and quanta trained on the spot."""

from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from itertools import pairwise

import pytest

from mlp import ConfigError, DatasetError, RunConfig
from mlp.datasets import DATASETS
from mlp.engine.pool import WorkerDied
from mlp.engine.run import MOST_BROKEN_WORKERS, Listener, Run
from mlp.machine import Machine
from mlp.training import Checkpoint, Status
from mlp.training.best import MEASURES
from mlp.training.quantum import Quantum, QuantumResult, train_quantum
from tests.models import model_of

CONFIG = RunConfig(dataset="digits", hidden=(16,), epochs=3)
STEPS_AN_EPOCH = CONFIG.steps_per_epoch(DATASETS["digits"])
TOO_LARGE = replace(CONFIG, batch_size=2000)


class Bench:
    """A run on a test bench, with a clock that is turned by hand."""

    def __init__(self, config: RunConfig = CONFIG, listener: Listener | None = None) -> None:
        self.now = 100.0
        self.run = Run(config, listener=listener, clock=lambda: self.now)
        self.quanta: list[int] = []  # steps

    def next_quantum(self, seconds: float = 0.25) -> Quantum:
        return self.run.next_quantum(seconds)

    def land(
        self, quantum: Quantum, result: QuantumResult | None = None, trip_seconds: float = 0.0, seconds: float = 0.25
    ) -> None:
        self.now += seconds
        self.run.receive(quantum, result or train_quantum(*quantum), trip_seconds)

    def train(self) -> None:
        self.land(self.next_quantum())

    def until_it_stops(self) -> None:
        while self.run.status is Status.RUNNING:
            self.train()


def started(config: RunConfig = CONFIG, listener: Listener | None = None) -> Bench:
    bench = Bench(config, listener)
    bench.run.start()
    return bench


def test_a_button_that_is_pressed_counts_as_looking() -> None:
    bench = Bench()
    bench.now += 3600  # a page with no news does not ask for any
    bench.run.start()
    assert bench.run.last_seen == bench.now


def test_a_batch_larger_than_the_training_set_changes_nothing() -> None:
    run = Bench().run
    for take in (run.change, run.reset, run.edit):
        with pytest.raises(ConfigError, match="digits has 1,197 training examples"):
            take(TOO_LARGE)
        assert run.view().config == CONFIG


def test_a_run_trains_to_its_last_epoch_and_finishes() -> None:
    bench = Bench()
    assert bench.run.view().status is Status.READY
    bench.run.start()
    bench.until_it_stops()
    view = bench.run.view()
    assert view.status is Status.FINISHED
    assert view.state.same_as(model_of(CONFIG, 3 * STEPS_AN_EPOCH).state)
    epoch_ends = view.history["validation_accuracy"][view.history["progress"] % 1 == 0]
    assert len(epoch_ends) == 4  # the untrained network, and three epochs
    assert epoch_ends[0] < 0.3 < 0.7 < epoch_ends[-1]


def test_the_first_quantum_is_short_and_later_ones_grow_gently() -> None:
    bench = started(replace(CONFIG, epochs=1000))
    sizes = []
    for _ in range(4):
        quantum = bench.next_quantum()
        sizes.append(quantum.steps)
        bench.land(quantum)
    assert sizes[0] <= 8
    assert all(after <= 8 * before for before, after in pairwise(sizes))
    assert sizes[-1] > sizes[0]


def test_step_trains_one_batch_and_epoch_trains_to_the_end_of_the_epoch() -> None:
    bench = Bench()
    bench.run.step_batch()
    bench.until_it_stops()
    assert (bench.run.view().state.step, bench.run.view().status) == (1, Status.PAUSED)
    bench.run.step_epoch()
    bench.until_it_stops()
    assert (bench.run.view().state.epoch, bench.run.view().state.position) == (1, 0)
    assert bench.run.view().status is Status.PAUSED


def test_steps_requested_in_quick_succession_are_all_trained_at_any_pace() -> None:
    bench = Bench()
    bench.run.set_pace(0.5)
    for _ in range(3):
        bench.run.step_batch()
    assert bench.run.is_stepping
    bench.train()
    bench.run.step_batch()
    assert bench.run.due <= bench.now
    bench.until_it_stops()
    assert bench.run.view().state.step == 4


def test_resuming_after_a_step_ends_stepping() -> None:
    bench = Bench()
    bench.run.step_batch()
    bench.run.start()
    assert not bench.run.is_stepping
    bench.run.step_epoch()
    assert not bench.run.is_stepping


def test_a_paused_run_keeps_its_last_state_even_if_a_late_quantum_comes_back() -> None:
    bench = started()
    bench.train()
    late = bench.next_quantum()
    bench.run.pause()
    before = bench.run.view()
    bench.land(late)
    after = bench.run.view()
    assert after.status is Status.PAUSED
    assert after.state is before.state
    assert len(after.history) == len(before.history)
    bench.run.start()
    bench.until_it_stops()
    assert bench.run.view().state.same_as(model_of(CONFIG, 3 * STEPS_AN_EPOCH).state)


def test_a_quantum_launched_before_step_was_pressed_does_not_overshoot_it() -> None:
    bench = started()
    bench.train()
    far = bench.next_quantum()
    bench.run.pause()
    step = bench.run.view().state.step
    bench.run.step_batch()
    bench.land(far)
    bench.until_it_stops()
    assert bench.run.view().state.step == step + 1


def test_a_quantum_from_before_a_restart_is_ignored() -> None:
    bench = started()
    bench.train()
    old = bench.next_quantum()
    bench.run.reset(CONFIG)
    bench.run.start()
    bench.land(old)
    view = bench.run.view()
    assert view.state.step == 0
    assert len(view.history) == 0


def test_a_live_change_takes_effect_at_the_next_quantum_and_is_marked_there() -> None:
    bench = started()
    bench.train()
    under_way = bench.next_quantum()
    slower = replace(CONFIG, learning_rate=0.01)
    bench.run.change(slower)
    bench.land(under_way)
    assert bench.run.view().changes == ()
    step = bench.run.view().state.step
    bench.train()
    (marker,) = bench.run.view().changes
    assert marker.step == step
    assert marker.description == "learning rate 0.1 → 0.01"
    assert bench.run.view().history["learning_rate"][-1] == 0.01


def test_a_change_is_heard_of_with_its_marker_before_the_quantum_that_it_applies_to() -> None:
    heard: list[Checkpoint] = []

    class Ear(Listener):
        def updated(self, run: Run) -> None:
            heard.append(run.checkpoint())

    run = Run(CONFIG, listener=Ear())
    run.start()
    quantum = run.next_quantum(0.1)
    run.receive(quantum, train_quantum(*quantum), 0.0)
    run.change(replace(CONFIG, learning_rate=0.01))
    assert [(at.status, len(at.changes)) for at in heard] == [("running", 0)] * 3
    run.next_quantum(0.1)
    (marker,) = heard[-1].changes
    assert (marker.step, marker.description) == (heard[-1].state.step, "learning rate 0.1 → 0.01")


def test_a_change_before_the_first_step_leaves_no_marker() -> None:
    bench = Bench()
    bench.run.change(replace(CONFIG, learning_rate=0.01))
    bench.run.start()
    bench.until_it_stops()
    assert bench.run.view().changes == ()
    assert bench.run.view().state.same_as(model_of(replace(CONFIG, learning_rate=0.01), 3 * STEPS_AN_EPOCH).state)


def test_settings_that_need_a_restart_are_named_and_change_nothing() -> None:
    bench = Bench()
    with pytest.raises(ConfigError, match=r"hidden, seed.*Restart"):
        bench.run.change(replace(CONFIG, hidden=(8,), seed=1, learning_rate=1.0))
    assert bench.run.view().config == CONFIG


def test_epochs_can_be_extended_after_the_end_and_cut_before_it() -> None:
    bench = started()
    bench.until_it_stops()
    bench.run.change(replace(CONFIG, epochs=4))
    assert bench.run.view().status is Status.PAUSED
    bench.run.start()
    bench.until_it_stops()
    assert bench.run.view().state.epoch == 4
    bench.run.change(replace(CONFIG, epochs=9))
    bench.run.change(replace(CONFIG, epochs=2))
    assert bench.run.view().status is Status.FINISHED


def test_an_edit_that_ends_the_last_epoch_finishes_the_run_and_one_with_more_epochs_lets_it_go_on() -> None:
    moons = RunConfig(dataset="moons?noise=0.2", hidden=(4,), epochs=1, batch_size=1)
    bench = started(moons)
    bench.train()
    others = replace(moons, dataset="moons?noise=0.3")
    bench.run.edit(others)
    assert bench.run.view().status is Status.FINISHED
    bench.run.edit(replace(others, epochs=2))
    assert bench.run.view().status is Status.PAUSED
    bench.run.start()
    bench.until_it_stops()
    assert bench.run.view().state.epoch == 2


def test_a_run_that_was_stopped_early_says_why_and_goes_on_if_asked() -> None:
    config = replace(CONFIG, epochs=60, learning_rate=0.5, early_stopping="accuracy", patience=2)
    bench = started(config)
    bench.until_it_stops()
    stopped = bench.run.view()
    best = stopped.state.epoch - 2
    assert stopped.status is Status.FINISHED
    assert stopped.message == f"Stopped early: no gain in validation accuracy for 2 epochs; best at epoch {best}."
    assert stopped.best["accuracy"].state.same_as(model_of(config, best * STEPS_AN_EPOCH).state)

    bench.run.start()
    assert bench.run.view().message == ""
    bench.until_it_stops()
    again = bench.run.view()
    assert again.state.epoch >= stopped.state.epoch + 2
    assert [change.description for change in again.changes] == ["resumed after early stopping"]

    bench.run.change(replace(config, patience=50))
    assert (bench.run.view().status, bench.run.view().message) == (Status.PAUSED, "")
    bench.run.change(replace(config, patience=1))
    assert bench.run.view().status is Status.FINISHED
    assert "for 1 epoch; best" in bench.run.view().message


def test_the_best_state_is_kept_though_training_diverges() -> None:
    bench = started(replace(CONFIG, epochs=9, activation="identity", hidden=(64, 64)))
    bench.run.step_epoch()
    bench.until_it_stops()
    before = bench.run.view()
    bench.run.change(replace(before.config, learning_rate=100.0))
    bench.run.start()
    bench.until_it_stops()
    assert bench.run.view().status is Status.DIVERGED
    for measure in MEASURES:
        assert bench.run.view().best[measure].state.same_as(before.state)


def test_a_run_whose_epochs_are_over_does_not_go_on_though_it_also_has_no_patience_left() -> None:
    config = replace(CONFIG, epochs=60, learning_rate=0.5, early_stopping="accuracy", patience=2)
    bench = started(config)
    bench.until_it_stops()
    bench.run.change(replace(config, epochs=bench.run.view().state.epoch))
    bench.run.start()
    assert bench.run.view().status is Status.FINISHED


def test_a_pace_sets_the_steps_per_second() -> None:
    bench = Bench(replace(CONFIG, epochs=1000))
    bench.run.set_pace(20)
    bench.run.start()
    while bench.now < 110:
        bench.now = max(bench.now, bench.run.due)
        bench.land(bench.next_quantum(), seconds=0.01)
    seconds = bench.now - 100
    assert bench.run.view().state.step == pytest.approx(20 * seconds, abs=10)
    assert bench.run.view().samples_per_second == pytest.approx(20 * 32, rel=0.2)
    with pytest.raises(ConfigError, match="pace is 0"):
        bench.run.set_pace(0)


def test_divergence_stops_the_run_with_the_evidence_and_a_suggestion() -> None:
    bench = started(replace(CONFIG, learning_rate=10.0, hidden=(64, 64), activation="identity"))
    bench.until_it_stops()
    view = bench.run.view()
    assert view.status is Status.DIVERGED
    assert f"step {view.state.step + 1}:" in view.message
    assert "Restart with a learning rate of 1." in view.message
    bench.run.start()
    assert bench.run.view().status is Status.DIVERGED


@pytest.mark.parametrize(
    ("lost", "cause"),
    [
        (
            WorkerDied("The worker was killed (signal 9), possibly out of memory"),
            "killed (signal 9), possibly out of m",
        ),
        (BrokenProcessPool("killed"), "lost (BrokenProcessPool)"),
        (CancelledError(), "lost (CancelledError)"),
    ],
)
def test_a_lost_quantum_is_requested_again_but_not_forever(lost: Exception, cause: str) -> None:
    bench = started()
    bench.train()
    first = bench.next_quantum()
    for _ in range(MOST_BROKEN_WORKERS - 1):
        bench.run.lose(lost)
        assert bench.run.status is Status.RUNNING
        assert bench.next_quantum().model.state is first.model.state
    bench.run.lose(lost)
    assert bench.run.status is Status.FAILED
    assert cause in bench.run.view().message
    assert f"{MOST_BROKEN_WORKERS} times in a row" in bench.run.view().message


@pytest.mark.parametrize(
    ("error", "logged"), [(DatasetError("It was deleted."), False), (ZeroDivisionError("x"), True)]
)
def test_a_run_whose_data_is_gone_says_so_and_only_a_defect_is_logged(
    error: Exception, logged: bool, caplog: pytest.LogCaptureFixture
) -> None:
    bench = started()
    bench.run.lose(error)
    assert bench.run.view().status is Status.FAILED
    assert str(error) in bench.run.view().message
    assert bool(caplog.records) is logged


def test_where_a_run_trains_is_known_and_its_first_move_to_another_kind_of_processor_is_marked() -> None:
    bench = started()
    old, twin, new = (Machine(host, kind, ()) for host, kind in (("a", "old"), ("b", "old"), ("c", "new")))
    marks = []
    for machine in (None, old, twin, new, old, new):
        quantum = bench.next_quantum()
        bench.land(quantum, train_quantum(*quantum)._replace(machine=machine))
        view = bench.run.view()
        assert view.machine == machine
        marks.append([change.description for change in view.changes])
    assert marks[:3] == [[]] * 3
    assert marks[3:] == [["moved to another kind of processor: the last bits may differ"]] * 3
