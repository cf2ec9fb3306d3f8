"""Training on a cluster: Dask's scheduler and workers, in processes on this machine."""

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from time import sleep
from traceback import format_stack

import distributed
import numpy as np
import psutil
import pytest
from distributed import LocalCluster
from distributed.comm import CommClosedError

from mlp import RunConfig
from mlp.config import ConfigError
from mlp.datasets import DATASETS, roots
from mlp.datasets.loading import load_listed
from mlp.engine import Engine, Run, Status
from mlp.engine import cluster as cluster_pool
from mlp.engine.cluster import ClusterPool
from mlp.engine.pool import LocalPool, cluster_address, usual_pool
from mlp.machine import this_machine
from tests.datasets.own.made import store_people
from tests.models import WHOLE, model_of
from tests.processes import descendants
from tests.tiny_dataset import plain_files, tiny_info, write
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
CONFIG = RunConfig(dataset="digits", hidden=(32,), epochs=200, dropout=0.1, optimizer="adam", learning_rate=0.001)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextmanager
def cluster_at(port: int) -> Iterator[psutil.Process]:
    """A scheduler and two workers, as `make cluster` starts them."""
    command = [sys.executable, "-m", "mlp", "cluster", "--port", str(port)]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background of a shell it is ignored
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    signal.signal(signal.SIGINT, before)
    assert process.stdout is not None
    first = process.stdout.readline()
    family = psutil.Process(process.pid).children(recursive=True)
    if f"tcp://127.0.0.1:{port}" in first:
        try:
            yield psutil.Process(process.pid)
        finally:
            os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    printed = first + process.communicate(timeout=120)[0]
    assert "Traceback" not in printed, printed
    assert process.returncode == 0
    assert psutil.wait_procs(family, timeout=10)[1] == []


@pytest.fixture(scope="module")
def cluster() -> Iterator[tuple[str, psutil.Process]]:
    port = free_port()
    with cluster_at(port) as process:
        yield f"tcp://127.0.0.1:{port}", process


@pytest.fixture
def pool(cluster: tuple[str, psutil.Process]) -> Iterator[ClusterPool]:
    pool = ClusterPool(cluster[0])
    wait_until(lambda: pool.workers == 2)
    yield pool
    pool.shutdown()


def trained(run: Run) -> bool:
    return run.view().status is not Status.RUNNING


def slow_pid(seconds: float = 0.5) -> int:
    sleep(seconds)
    return os.getpid()


def test_killed_workers_cost_nothing_but_time(pool: ClusterPool, cluster: tuple[str, psutil.Process]) -> None:
    with closing(Engine(lambda: pool)) as engine:
        run = engine.open(CONFIG)
        run.start()
        wait_until(lambda: run.view().state.step > 0)
        victims = descendants("spawn_main", cluster[1].pid)
        assert len(victims) == 2
        for victim in victims:
            victim.kill()
            victim.wait()
        wait_until(lambda: trained(run))
        view = run.view()
        assert view.status is Status.FINISHED
        assert view.state.same_as(model_of(CONFIG, WHOLE).state)
        steps = view.history["step"]
        assert (steps[1:] > steps[:-1]).all()  # the curve has no piece twice


def test_a_worker_that_is_lost_fails_only_what_it_was_doing(pool: ClusterPool) -> None:
    pids = {future.result() for future in [pool.submit(slow_pid) for _ in range(2)]}
    assert len(pids) == 2  # equal calls are two
    futures = [pool.submit(slow_pid, 1.0) for _ in range(4)]
    psutil.Process(pids.pop()).kill()
    errors = [future.exception() for future in futures]
    assert len(list(filter(None, errors))) == 1
    assert all(isinstance(error, BrokenExecutor) for error in errors if error)


def test_a_worker_that_hangs_is_named_and_given_nothing_until_it_goes_on(
    pool: ClusterPool, cluster: tuple[str, psutil.Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_pool, "SILENT_SECONDS", 2.0)
    worker = descendants("spawn_main", cluster[1].pid)[0]
    worker.suspend()
    try:
        asked = [pool.submit(slow_pid) for _ in range(2)]
        wait_until(lambda: bool(pool.trouble))
        assert pool.trouble == f"The worker on {this_machine().host} does not answer. Its runs wait."
        others = [pool.submit(slow_pid, 0.2) for _ in range(3)]
        assert worker.pid not in [future.result(timeout=20) for future in others]
    finally:
        worker.resume()
    assert worker.pid in [future.result(timeout=60) for future in asked]
    wait_until(lambda: not pool.trouble)


def test_leaving_a_cluster_does_not_end_it(cluster: tuple[str, psutil.Process]) -> None:
    for _ in range(2):
        pool = ClusterPool(cluster[0])
        assert pool.submit(slow_pid).result()
        pool.shutdown()


def test_a_run_waits_for_a_cluster_that_is_away_and_for_one_that_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_pool, "CONNECT_SECONDS", 1.0)  # until a scheduler on this machine is said to be away
    port = free_port()
    pool = ClusterPool(f"tcp://127.0.0.1:{port}")
    with closing(Engine(lambda: pool, abandoned_seconds=1e9)) as engine:
        run = engine.open(replace(CONFIG, epochs=10_000))
        run.start()
        wait_until(lambda: bool(engine.trouble))
        assert "does not answer" in engine.trouble
        for _ in range(2):
            step = run.view().state.step
            with cluster_at(port):
                wait_until(lambda step=step: run.view().state.step > step)  # type: ignore[misc]
                assert engine.trouble == ""
            wait_until(lambda: "does not answer" in engine.trouble)
        view = run.view()
        assert view.status is Status.RUNNING
        assert view.state.same_as(model_of(view.config, view.state.step).state)


def test_a_connection_that_is_lost_is_not_logged_by_dask_too(caplog: pytest.LogCaptureFixture) -> None:
    for error in (asyncio.CancelledError(), CommClosedError(), ValueError("a bug")):
        logging.getLogger("distributed.client").error("", exc_info=error)
    assert [record.exc_info and str(record.exc_info[1]) for record in caplog.records] == ["a bug"]


WORKER = """
import sys
from pathlib import Path
import numpy
from distributed.cli.dask_worker import main
from mlp.datasets import DATASETS, roots
from tests.tiny_dataset import tiny_info
scheduler, data, numpy.__version__ = sys.argv[1:]
roots.PROGRAM_DATA = Path(data)
DATASETS["tiny"] = tiny_info()
main([scheduler, "--nthreads=1", "--no-nanny", "--no-dashboard", "--local-directory", data])
"""


@contextmanager
def worker(scheduler: str, folder: Path, numpy: str = np.__version__) -> Iterator[None]:
    """A worker on a machine with other folders, and perhaps another numpy."""
    folder.mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "MLP_DATA_DIR"}
    command = [sys.executable, "-c", WORKER, scheduler, str(folder), numpy]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.kill()


def test_workers_get_the_data_that_they_lack_once_and_none_with_another_numpy_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "mlp.engine.cluster")
    monkeypatch.setattr(roots, "PROGRAM_DATA", tmp_path / "server")
    monkeypatch.delenv("MLP_DATA_DIR", raising=False)
    monkeypatch.setitem(DATASETS, "tiny", tiny_info())
    slow: list[list[str]] = []  # what Dask can pickle only by calling itself until Python's stack is full
    monkeypatch.setattr("distributed.protocol.pickle._DaskPickler", lambda *_, **__: slow.append(format_stack()))
    load_listed.cache_clear()
    write(tmp_path / "server" / "tiny", plain_files())
    with ExitStack() as stack:
        scheduler = stack.enter_context(LocalCluster(n_workers=0, dashboard_address=":0")).scheduler_address
        stack.enter_context(worker(scheduler, tmp_path / "worker"))
        pool = ClusterPool(scheduler)
        engine = stack.enter_context(closing(Engine(lambda: pool)))
        for name in ("tiny", store_people()):
            for seed in range(2):
                run = engine.open(RunConfig(dataset=name, hidden=(8,), batch_size=10, epochs=3, seed=seed))
                run.start()
                wait_until(lambda run=run: trained(run))  # type: ignore[misc]
                view = run.view()
                assert view.status is Status.FINISHED, view.message
                assert view.state.same_as(model_of(view.config, WHOLE).state)
                assert view.machine == this_machine()
        assert len([line for line in caplog.messages if "gets a copy of" in line]) == 2
        assert (tmp_path / "worker" / "tiny").is_dir()
        assert slow == []

        stack.enter_context(worker(scheduler, tmp_path / "old", numpy="2.0.0"))
        wait_until(lambda: bool(engine.trouble))
        assert "1 worker of 2 of the cluster can't be used." in engine.trouble
        assert f"has numpy 2.0.0, but this server has numpy {np.__version__}. Install the same" in engine.trouble
        assert pool.workers == 1

        # News of workers at the moment at which the server ends don't keep it from ending.
        def end() -> None:
            pool._news.set()
            pool._ended.set()

        pool._loop.call_soon_threadsafe(end)
        pool._thread.join(30)
        assert not pool._thread.is_alive()
    load_listed.cache_clear()


SCHEDULER = """
import sys
from distributed import versions
from distributed.cli.dask_scheduler import main
usual = versions.version
versions.version = lambda name: "2020.1.0" if name == "distributed" else usual(name)
main(["--host", "127.0.0.1", "--port", sys.argv[1], "--no-dashboard"])
"""


@pytest.mark.filterwarnings("ignore::distributed.versions.VersionMismatchWarning")  # of Dask itself, for the log
def test_a_scheduler_of_another_version_is_refused_until_there_is_one_of_the_same() -> None:
    port = free_port()
    command = [sys.executable, "-c", SCHEDULER, str(port)]
    pool = ClusterPool(f"tcp://127.0.0.1:{port}")
    asked = pool.submit(slow_pid)
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as scheduler:
        wait_until(lambda: "2020.1.0" in pool.trouble)
        assert pool.trouble == (
            f"The cluster's scheduler tcp://127.0.0.1:{port} has distributed 2020.1.0, but this server has distributed "
            f"{distributed.__version__}. Runs wait for it. Start a scheduler of the same versions."
        )
        scheduler.kill()
    with cluster_at(port):
        assert asked.result(timeout=120)
        assert pool.trouble == ""
        pool.shutdown()


@pytest.mark.parametrize("address", ["nonsense", "http://scheduler:8786", "tcp://scheduler", "scheduler:0", "a:99999"])
def test_an_address_that_is_none_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLP_CLUSTER", address)
    with pytest.raises(ConfigError, match=r"must be that of a Dask scheduler, such as tcp://scheduler:8786\."):
        usual_pool()


def test_without_an_address_this_machine_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLP_CLUSTER", raising=False)
    pool = usual_pool()
    assert isinstance(pool, LocalPool)
    pool.shutdown()
    assert cluster_address("[::1]:8786") == "tcp://[::1]:8786"


def test_without_dask_a_cluster_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLP_CLUSTER", "tcp://scheduler:8786")
    monkeypatch.setattr("mlp.engine.pool.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="needs Dask, which is not installed"):
        usual_pool()


def test_an_address_that_asks_for_certificates_without_any_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLP_CLUSTER", "tls://scheduler:8786")
    with pytest.raises(ConfigError, match="asks for TLS, and Dask is configured for none"):
        usual_pool()
