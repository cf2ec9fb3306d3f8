"""The engine with real worker processes."""

import itertools
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future
from contextlib import closing
from dataclasses import replace
from functools import partial
from time import sleep
from typing import Any

import loky
import numpy as np
import psutil
import pytest

from mlp import DatasetError, Model, RunConfig, advance, initial_state, load_dataset
from mlp.engine import Engine, Run, RunView, Status, loky_internals
from mlp.engine.pool import LocalPool, WorkerDied
from mlp.training.quantum import QuantumResult, train_quantum
from tests.models import WHOLE, model_of
from tests.pools import Threads
from tests.processes import descendants
from tests.small_dataset import small_dataset
from tests.waiting import wait_until

CONFIG = RunConfig(dataset="digits", hidden=(32,), epochs=40, dropout=0.1, optimizer="adam", learning_rate=0.001)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


def finished(run: Run) -> bool:
    return run.view().status is not Status.RUNNING


def moved_on(run: Run, step: int) -> bool:
    return run.view().state.step > step and bool(workers())


def workers() -> list[psutil.Process]:
    return descendants("LokyProcess")


def test_ten_runs_train_at_once_without_affecting_each_other(engine: Engine) -> None:
    configs = [replace(CONFIG, seed=seed, hidden=(8 + seed,), epochs=12) for seed in range(10)]
    runs = [engine.open(config) for config in configs]
    for run in runs:
        run.start()
    for run, config in zip(runs, configs, strict=True):
        wait_until(partial(finished, run))
        view = run.view()
        assert view.status is Status.FINISHED
        assert view.state.same_as(model_of(config, WHOLE).state)
        run.pause()


def test_killed_workers_cost_nothing_but_time(engine: Engine) -> None:
    config = replace(CONFIG, epochs=300)
    run = engine.open(config)
    run.start()
    killed: set[int] = set()
    for _ in range(2):
        step = run.view().state.step
        wait_until(partial(moved_on, run, step))
        for victim in workers():
            killed.add(victim.pid)
            victim.kill()
            victim.wait()
    assert len(killed) >= 2
    wait_until(lambda: finished(run))
    view = run.view()
    assert view.status is Status.FINISHED
    assert view.state.same_as(model_of(config, WHOLE).state)
    steps = view.history["step"]
    assert (steps[1:] > steps[:-1]).all()  # the curve has no piece twice
    run.pause()


def test_a_worker_killed_while_idle_is_replaced_when_training_starts(engine: Engine) -> None:
    run = engine.open(CONFIG)
    run.step_batch()
    wait_until(lambda: finished(run))
    for victim in workers():
        victim.kill()
        victim.wait()
    run.start()
    wait_until(lambda: finished(run))
    assert run.view().status is Status.FINISHED
    run.pause()


KILLER = 666  # the seed of a run whose quanta kill their worker, as running out of memory does


def train_or_die(model: Model, steps: int, validate: bool) -> QuantumResult:
    if model.config.seed == KILLER:
        os.kill(os.getpid(), signal.SIGKILL)
    return train_quantum(model, steps, validate)


@pytest.mark.skipif(sys.platform == "win32", reason="There is no SIGKILL there")
def test_a_run_that_kills_its_worker_at_every_quantum_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlp.engine.engine.train_quantum", train_or_die)
    engine = Engine(pool=lambda: LocalPool(workers=2), abandoned_seconds=1e9)
    config = replace(CONFIG, epochs=10_000)
    killer = engine.open(replace(config, seed=KILLER))
    others = [engine.open(replace(config, seed=seed)) for seed in range(12)]
    for run in (*others, killer):
        run.start()
    wait_until(lambda: killer.status is Status.FAILED)
    assert "The worker was killed (signal 9), possibly out of memory, 4 times in a row." in killer.view().message
    assert {run.status for run in others} == {Status.RUNNING}
    assert all(run.view().state.step > 0 for run in others)
    engine.close()


def ended_with(answer: Callable[[Future[Any], Callable[[], Any]], None]) -> RunView:
    """Train a run to its end on an executor that answers like this."""

    class Answering(Threads):
        def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            future: Future[Any] = Future()
            answer(future, partial(function, *args))
            return future

    engine = Engine(pool=Answering)
    run = engine.open(replace(CONFIG, epochs=1))
    run.start()
    wait_until(lambda: finished(run))
    engine.close()
    return run.view()


def test_a_quantum_that_its_executor_cancels_is_requested_again() -> None:
    turn = itertools.cycle([True, False])

    def restarting(future: Future[Any], work: Callable[[], Any]) -> None:
        """As a cluster whose scheduler is restarted now and then: every other future is cancelled."""
        if next(turn):
            future.cancel()
        else:
            future.set_result(work())

    assert ended_with(restarting).status is Status.FINISHED


def slow_pid() -> int:
    sleep(0.2)  # so that two are at work at once
    return os.getpid()


@pytest.mark.skipif(sys.platform == "win32", reason="Processes have no niceness there")
def test_workers_run_at_low_priority_and_at_the_lowest_while_all_cores_train() -> None:
    with LocalPool(workers=1) as pool:
        lone, other = (each.result() for each in (pool.submit(slow_pid), pool.submit(slow_pid)))
        assert psutil.Process(lone).nice() > psutil.Process().nice()
        if sys.platform == "linux":
            assert os.sched_getscheduler(other) == os.SCHED_IDLE


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux has a class for idle cores")
def test_what_a_person_waits_for_is_not_left_to_idle_cores() -> None:
    engine = Engine(pool=lambda: LocalPool(workers=1))
    run = engine.open(replace(CONFIG, epochs=10_000))
    run.start()
    try:
        for _ in range(3):
            computed_by = engine.compute(slow_pid).result()
            assert os.sched_getscheduler(computed_by) == os.SCHED_OTHER
    finally:
        engine.close()


def test_a_lone_run_stays_with_one_worker_and_a_death_is_only_its_own_works() -> None:
    with LocalPool(workers=2) as pool:
        lone = {pool.submit(os.getpid).result() for _ in range(5)}
        assert len(lone) == 1
        there, other, third = (pool.submit(slow_pid) for _ in range(3))
        assert {there.result()} == lone
        assert len({there.result(), other.result(), third.result()}) == 3

        lost, kept = pool.submit(slow_pid), pool.submit(slow_pid)
        psutil.Process(there.result()).kill()
        assert isinstance(lost.exception(), BrokenExecutor)
        assert kept.result() in (other.result(), third.result())
        assert pool.submit(os.getpid).result() not in (there.result(), other.result(), third.result())


def test_a_process_that_cannot_be_started_fails_its_own_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(12, "Cannot allocate memory")

    with LocalPool(workers=1) as pool:
        with monkeypatch.context() as short:
            short.setattr("loky.ProcessPoolExecutor.submit", refuse)
            error = pool.submit(os.getpid).exception()
            assert isinstance(error, BrokenExecutor)
            assert "Cannot allocate memory" in str(error)
        assert pool.submit(os.getpid).result()


@pytest.mark.parametrize("noticed", [True, False])
def test_a_worker_that_dies_while_no_other_can_be_started_loses_its_line_and_the_next_work_tries_again(
    noticed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(24, "Too many open files")

    with LocalPool(workers=0) as pool:
        worker = psutil.Process(pool.submit(os.getpid).result())
        with monkeypatch.context() as short:
            short.setattr("loky.ProcessPoolExecutor", refuse)
            if not noticed:
                short.setattr("mlp.engine.pool._Worker._finish", lambda *_: None)
            line = [pool.submit(sleep, 60) for _ in range(2)]
            worker.kill()
            assert [type(each.exception(timeout=60)) for each in line] == [WorkerDied] * 2
            assert "No worker could be started" in str(pool.submit(os.getpid).exception(timeout=60))
        assert pool.submit(os.getpid).result()


def test_loky_has_the_private_parts_that_the_pool_uses() -> None:
    with loky.ProcessPoolExecutor(1) as executor:
        pid = executor.submit(os.getpid).result()
        assert [process.pid for process in loky_internals.processes(executor)] == [pid]
        assert not loky_internals.python_ends()
        if sys.platform == "linux":
            from fcntl import F_GETPIPE_SZ, fcntl

            loky_internals.widen_pipes(executor)
            widths = [fcntl(pipe.fileno(), F_GETPIPE_SZ) for pipe in loky_internals.pipes(executor)]
            assert widths == [loky_internals.PIPE_BYTES] * 2
        loky_internals.close_results(executor)
        assert not loky_internals.is_broken(executor)
        psutil.Process(pid).kill()
        assert isinstance(executor.submit(os.getpid).exception(timeout=60), BrokenExecutor)
        assert loky_internals.is_broken(executor)


def die() -> int:
    os._exit(3)


def test_work_in_line_behind_a_worker_that_dies_is_done_by_the_next_one() -> None:
    with LocalPool(workers=1) as pool:
        busy = pool.submit(slow_pid)
        first = pool.submit(die)
        waiting = [pool.submit(slow_pid) for _ in range(2)]
        last = pool.submit(die)
        assert [str(future.exception()) for future in (first, last)] == ["The worker exited with code 3"] * 2
        assert len({future.result() for future in waiting} - {busy.result()}) == 1


def large_result() -> np.ndarray:
    return np.ones(100_000_000, np.uint8)


def stopped_in_the_middle_of_a_result(pool: LocalPool) -> tuple[psutil.Process, Future[np.ndarray]]:
    worker = psutil.Process(pool.submit(os.getpid).result())
    this = psutil.Process()
    for _ in range(20):  # a slow look may find that all of it has come
        before = this.io_counters().read_chars
        future = pool.submit(large_result)
        while this.io_counters().read_chars < before + 20_000_000:
            pass
        worker.suspend()
        if this.io_counters().read_chars < before + 90_000_000:
            return worker, future
        worker.resume()
        future.result()
    pytest.fail("The worker was never caught while it wrote.")


@pytest.mark.skipif(not hasattr(psutil.Process, "io_counters"), reason="A process's reads can't be counted here")
@pytest.mark.parametrize("waited_for", [False, True])
def test_a_worker_killed_while_it_writes_a_result_is_noticed(waited_for: bool) -> None:
    pool = LocalPool(workers=1)
    worker, future = stopped_in_the_middle_of_a_result(pool)
    worker.kill()
    if waited_for:  # by someone other than loky, which can't get its status any more
        worker.wait()
    assert isinstance(future.exception(timeout=120), BrokenExecutor)
    pool.shutdown()


def test_a_run_nobody_watches_pauses_automatically_and_can_resume() -> None:
    engine = Engine(abandoned_seconds=0.5)
    config = replace(CONFIG, epochs=10_000)
    run = engine.open(config)
    run.start()
    wait_until(lambda: run.view().state.step > 0)
    wait_until(lambda: run.status is Status.PAUSED)  # `status` does not count as looking
    view = run.view()
    assert "nobody was watching" in view.message
    run.start()
    assert run.view().message == ""
    wait_until(lambda: run.view().state.step > view.state.step)
    engine.close()


def test_a_data_set_that_is_not_there_is_refused_and_the_engine_goes_on(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise DatasetError(f"{name} is not here.")

    run = engine.open(CONFIG)
    monkeypatch.setattr("mlp.engine.run.load_dataset", missing)
    with pytest.raises(DatasetError, match="digits is not here"):
        engine.open(CONFIG)
    with pytest.raises(DatasetError, match="digits is not here"):
        run.reset(CONFIG)
    run.step_batch()
    wait_until(lambda: finished(run))
    assert run.view().state.step == 1
    run.pause()


class Lost:
    """Something that can't be read where it arrives, such as a data set whose files are gone."""

    def __reduce__(self) -> tuple[Any, ...]:
        return load_dataset, ("lost",)


def test_work_on_data_that_a_worker_can_not_load_fails_alone() -> None:
    with LocalPool(workers=1) as pool:
        worker = pool.submit(os.getpid).result()
        with pytest.raises(DatasetError, match="lost"):
            pool.submit(type, Lost()).result()
        assert pool.submit(os.getpid).result() == worker


def test_a_worker_trains_on_data_that_has_no_name() -> None:
    config, dataset = RunConfig(hidden=(8,)), small_dataset()
    model = Model(config, dataset, initial_state(config, dataset))
    with LocalPool(workers=1) as pool:
        trained = pool.submit(train_quantum, model, 9, False).result()
    assert trained.state.same_as(advance(config, dataset, model.state, 9)[0])


@pytest.mark.parametrize("where", ["receive", "next_quantum"])
def test_an_error_of_one_run_ends_no_other(
    where: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise IndexError("list index out of range")

    with closing(Engine(pool=Threads)) as engine:
        run, other = (engine.open(replace(CONFIG, epochs=10_000)) for _ in range(2))
        monkeypatch.setattr(run, where, fail)
        for each in (run, other):
            each.start()
        wait_until(lambda: run.status is Status.FAILED)
        assert run.view().message == "Training stopped: list index out of range. The last state is kept."
        assert "list index out of range" in caplog.text
        step = other.view().state.step
        wait_until(lambda: other.view().state.step > step)


def test_an_error_in_a_worker_is_shown_and_the_state_is_kept() -> None:
    view = ended_with(lambda future, work: future.set_exception(MemoryError("no room for 9 GB.")))
    assert view.status is Status.FAILED
    assert "no room for 9 GB" in view.message
    assert view.state.same_as(view.initial)
