"""What a cluster costs beside the workers of this machine, and how many workers one server keeps busy."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import monotonic, process_time, sleep
from unittest.mock import patch

import psutil

from benchmarks.crowd import CONFIGS, CORES, engine_speeds
from benchmarks.tables import table
from mlp.engine import Engine, Run
from mlp.engine.cluster import ClusterPool
from mlp.engine.pool import LocalPool, Pool
from mlp.training import Model
from mlp.training.loop import report_untrained
from mlp.training.quantum import QuantumResult

ROOT = Path(__file__).resolve().parents[1]
CONFIG = CONFIGS["MNIST, 784–100–200–10"]
RUNS = 12
QUANTUM_SECONDS = 1.0  # what a simulated quantum claims to take


@contextmanager
def cluster(workers: int) -> Iterator[tuple[str, psutil.Process]]:
    """Start a scheduler and workers; yield the address, and the process of the scheduler, whose children they are."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlp", "cluster", "--port", str(port), "--workers", str(workers)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        scheduler = psutil.Process(process.pid)
        try:
            yield f"tcp://127.0.0.1:{port}", scheduler
        finally:
            for child in scheduler.children():
                child.kill()
            process.kill()


def at_lowest_priority(process: psutil.Process) -> None:
    """Give a worker's threads the priority that those of LocalPool have, so that both get equal shares."""
    if sys.platform == "linux":
        for thread in process.threads():
            os.sched_setscheduler(thread.id, os.SCHED_IDLE, os.sched_param(0))


def beside_local(quick: bool) -> str:
    """Return how fast runs train on two workers of a cluster, by turns with two of this machine."""
    seconds, shares = 1.0 if quick else 10.0, []
    with cluster(CORES) as (address, scheduler):
        pool = ClusterPool(address)
        for future in [pool.submit(sleep, 0.2) for _ in range(2 * CORES)]:  # so that the workers have their threads
            future.result()
        pool.shutdown()
        for child in scheduler.children():
            at_lowest_priority(child)
        pools: list[Callable[[], Pool]] = [lambda: LocalPool(CORES), lambda: ClusterPool(address)]
        for _ in range(1 if quick else 3):
            local, remote = (sum(engine_speeds(CONFIG, RUNS, seconds, pool)[0]) for pool in pools)
            shares.append(remote / local)
            print(f"  a cluster of {CORES} workers: {shares[-1]:.2f} of {CORES} here", flush=True)
    share = f"{median(shares):.2f} ({min(shares):.2f} to {max(shares):.2f})"
    return (
        f"{RUNS} runs of MNIST on {CORES} workers of a cluster train {share} of the examples a second of {CORES} here."
    )


def simulated_quantum(model: Model, steps: int, validate: bool) -> QuantumResult:
    """Return at once what a quantum of a second would, with a state of the usual size."""
    state = replace(model.state, step=model.state.step + steps, updates=model.state.updates + 1)
    report = replace(report_untrained(model.config, model.dataset, state), seconds=QUANTUM_SECONDS)
    return QuantumResult(state, [report], QUANTUM_SECONDS, 0.0, {})


def cost(workers: int, seconds: float) -> list[str]:
    """Return how many simulated quanta a second come back, and what each costs server and scheduler."""
    with (
        cluster(workers) as (address, scheduler),
        patch("mlp.engine.engine.train_quantum", simulated_quantum),
        closing(Engine(lambda: ClusterPool(address))) as engine,
    ):
        runs = [engine.open(CONFIG) for _ in range(2 * workers)]
        for run in runs:
            run.start()
        while not all(run.view().state.step for run in runs):
            sleep(0.05)
        quanta, before, started = returned(runs), times(scheduler), monotonic()
        sleep(seconds)
        done, passed = returned(runs) - quanta, monotonic() - started
        spent = {name: (after - before[name]) / done for name, after in times(scheduler).items()}
    most = 1 / max(spent["server"], spent["scheduler"])
    cells = [f"{1000 * spent[name]:.1f} ms" for name in ("server", "conductor", "cluster", "scheduler")]
    print(f"  {workers} workers: {done / passed:.0f} quanta a second, {', '.join(cells)} each", flush=True)
    return [str(workers), f"{done / passed:.0f}", *cells, f"{most:.0f}"]


def returned(runs: list[Run]) -> int:
    """Return how many quanta came back: each counts as one update."""
    return sum(run.view().state.updates for run in runs)


def times(scheduler: psutil.Process) -> dict[str, float]:
    """Return the seconds of the processor that were used by this server, two of its threads, and the scheduler."""
    names = {thread.native_id: thread.name for thread in threading.enumerate()}
    threads = {names.get(each.id, ""): each.user_time + each.system_time for each in psutil.Process().threads()}
    return {"server": process_time(), "scheduler": sum(scheduler.cpu_times()[:2])} | threads


def main(quick: bool) -> str:
    """Measure, saying how it goes; return the report."""
    share = beside_local(quick)
    rows = [cost(workers, 2.0 if quick else 15.0) for workers in ((2,) if quick else (2, 4, 8))]
    head = ["simulated workers", "quanta a second", "server", "of it the engine", "Dask's client", "scheduler"]
    return f"{share}\n\n{table([*head, 'workers busy at quanta of 1 s'], rows)}"
