"""A race lets contenders train in turns, round after round, so that whatever slows the machine slows them all alike."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from statistics import median, quantiles
from types import TracebackType
from typing import Any, NamedTuple, Self

from mlp.config import RunConfig

ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}
LARGEST_DIFFERENCE = 1e-4  # between a contender's loss and ours after the same few steps, relative
# scikit-learn adds Adam's ε before the correction for the start at zero, not after it. That alone comes to 0.0016 in
# the largest network; with an ε that is next to nothing it agrees with ours to 0.0000002.
ALLOWED = {("scikit_learn", "adam"): 2e-3}


class WrongResult(RuntimeError):
    """A contender computes something else, so its speed means nothing."""


class Worker:
    """A contender's process, seen from outside. `one_thread` also ties it to one core."""

    def __init__(self, name: str, one_thread: bool) -> None:
        command = [sys.executable, "-m", "benchmarks.worker", name]
        environment = os.environ | (ONE_THREAD if one_thread else {})
        core = max(os.sched_getaffinity(0)) if sys.platform == "linux" else 0
        self.name = name
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        if one_thread and sys.platform == "linux":
            os.sched_setaffinity(self._process.pid, {core})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.stdin.close()  # type: ignore[union-attr]  # it is a pipe
        self._process.wait()

    def ask(self, **request: Any) -> dict[str, Any]:
        """Send one request and wait for its answer."""
        print(json.dumps(request), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()  # type: ignore[union-attr]
        if not answer:
            raise RuntimeError(f"The contender {self.name!r} died; its last output is above.")
        return json.loads(answer)


class Pace(NamedTuple):
    """How fast a contender is in one setting."""

    seconds: float  # a step; the median over the rounds
    spread: float  # the middle half of the rounds, relative to the median


def race(
    names: Iterable[str], configs: Iterable[RunConfig], one_thread: bool, rounds: int, seconds: float
) -> Iterable[dict[str, Pace]]:
    """Yield each contender's pace, for one config after the other; a turn takes about `seconds`.

    A contender whose module knows no such optimizer must be left out by the caller: see `runs`.
    """
    with ExitStack() as stack:
        workers = {name: stack.enter_context(Worker(name, one_thread)) for name in names}
        for config in configs:
            entered = {name: worker for name, worker in workers.items() if runs(name, config)}
            losses = {name: worker.ask(task=config.to_json())["loss"] for name, worker in entered.items()}
            check(losses, config)
            steps = {name: steps_in(worker, seconds) for name, worker in entered.items()}
            times: dict[str, list[float]] = {name: [] for name in entered}
            for _ in range(rounds):
                for name, worker in entered.items():
                    times[name].append(worker.ask(train=steps[name])["seconds"] / steps[name])
            yield {name: pace(measured) for name, measured in times.items()}


def runs(name: str, config: RunConfig) -> bool:
    """Return whether a contender takes part: the tutorial has no optimizer but SGD."""
    return name != "tutorial" or config.optimizer == "sgd"


def check(losses: dict[str, float | None], config: RunConfig) -> None:
    """Raise WrongResult where a contender's loss differs from ours after the same steps from the same weights."""
    ours = losses["ours"]
    if ours is None:
        return
    for name, loss in losses.items():
        allowed = ALLOWED.get((name, config.optimizer), LARGEST_DIFFERENCE) * ours
        if loss is not None and not abs(loss - ours) <= allowed:  # nor where it is NaN
            raise WrongResult(f"{name} comes to a loss of {loss:.6f}, not {ours:.6f}, with {config.to_json()}")


def steps_in(worker: Worker, seconds: float) -> int:
    """Return how many steps take this many seconds, by trying."""
    steps = 20
    while True:
        spent = worker.ask(train=steps)["seconds"]
        if spent >= seconds / 4:
            return max(round(steps * seconds / spent), 1)
        steps *= 2


def pace(times: list[float]) -> Pace:
    """Return the median of some times and how far their middle half spreads."""
    if len(times) < 2:
        return Pace(times[0], 0.0)
    low, middle, high = quantiles(times, n=4, method="inclusive")
    return Pace(median(times), (high - low) / middle)
