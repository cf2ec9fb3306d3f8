"""An engine ends at once, and takes its workers along, however it is ended."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep

import psutil
import pytest

from mlp import ConfigError, Model
from mlp.engine import Engine, Status
from mlp.engine.pool import LocalPool
from mlp.training.quantum import QuantumResult, train_quantum
from tests.engine.test_engine import CONFIG, workers
from tests.models import model_of
from tests.pools import Threads
from tests.processes import descendants
from tests.waiting import wait_until

REPOSITORY = Path(__file__).resolve().parents[2]


def train_for_a_minute(model: Model, steps: int, validate: bool) -> QuantumResult:
    sleep(60)
    return train_quantum(model, steps, validate)


def test_an_engine_ends_at_once_in_the_middle_of_a_long_quantum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlp.engine.engine.train_quantum", train_for_a_minute)
    engine = Engine(pool=lambda: LocalPool(workers=1))
    before = {worker.pid for worker in workers()}
    for seed in range(3):
        engine.open(replace(CONFIG, seed=seed)).start()
    asked = engine.compute(train_for_a_minute, model_of(CONFIG), 1, False)
    wait_until(lambda: len(workers()) == len(before) + 3)
    begun = monotonic()
    engine.close()
    assert monotonic() - begun < 30
    assert asked.exception() is not None
    assert {worker.pid for worker in workers()} == before


def test_a_closed_engine_refuses_what_it_could_not_do() -> None:
    engine = Engine(pool=Threads)
    run = engine.open(CONFIG)
    engine.close()
    opened, computed, checked = lambda: engine.open(CONFIG), lambda: engine.compute(int), lambda: engine.check_start("")
    for ask in (run.start, run.step_batch, opened, computed, checked):
        with pytest.raises(ConfigError, match="The engine is closed"):
            ask()
    assert run.status is Status.READY


SERVER = """
from mlp import RunConfig
from mlp.engine import Engine
from mlp.engine.pool import LocalPool
if __name__ == "__main__":
    engine = Engine(pool=lambda: LocalPool(workers=1))
    run = engine.open(RunConfig(dataset="digits", epochs=10_000))
    run.start()
    while run.view().state.step == 0: pass
    engine.compute(int).result()  # the process for other computations is up, too
    try:
        print("training", flush=True)
        input()
    except KeyboardInterrupt:
        print("interrupted")
"""


def serving(tmp_path: Path) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """Start a server that trains; return it and its workers."""
    script = tmp_path / "server.py"
    script.write_text(SERVER)
    server = subprocess.Popen(
        [sys.executable, script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        start_new_session=True,
    )
    assert server.stdout is not None
    assert server.stdout.readline() == "training\n"
    trainers = descendants("LokyProcess", server.pid)
    assert trainers
    return server, trainers


def test_workers_end_when_the_server_is_killed(tmp_path: Path) -> None:
    server, orphans = serving(tmp_path)
    server.kill()
    server.communicate()
    _, alive = psutil.wait_procs(orphans, timeout=10)
    assert alive == []


@pytest.mark.skipif(sys.platform == "win32", reason="There Ctrl-C is no signal to a group of processes")
@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_in_the_middle_of_training_ends_server_and_workers_without_errors(tmp_path: Path) -> None:
    server, trainers = serving(tmp_path)
    os.killpg(server.pid, signal.SIGINT)  # as a terminal does
    printed, _ = server.communicate(timeout=120)
    assert printed == "interrupted\n"
    _, alive = psutil.wait_procs(trainers, timeout=10)
    assert alive == []
