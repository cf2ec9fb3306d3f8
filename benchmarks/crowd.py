"""What the engine costs when many runs share it: their examples a second over those of bare processes.

A bare process calls `advance` and nothing else, one for each core; or it also measures the validation set at each
epoch's end, as every run must. The engine has no page and no store.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from statistics import mean, median
from time import monotonic, sleep

from benchmarks.tables import table
from mlp.config import RunConfig
from mlp.engine import Engine, Run
from mlp.engine.pool import WORKER_ENVIRONMENT, LocalPool, Pool

CONFIGS = {
    "digits, 64–16–16–10": RunConfig(dataset="digits", hidden=(16, 16), epochs=10_000),
    "MNIST, 784–100–200–10": RunConfig(dataset="mnist", hidden=(100, 200), epochs=10_000),
    "MNIST, 784–1024–1024–10": RunConfig(dataset="mnist", hidden=(1024, 1024), epochs=10_000),
}
RUNS = (1, 2, 6, 12, 30, 60)
CORES = 2

BARE = """
import sys
from time import monotonic
from mlp.config import RunConfig
from mlp.datasets import load_dataset
from mlp.training import advance, evaluate, initial_state, steps_left_in_epoch
config, seconds, judged = RunConfig.from_json(sys.argv[1]), float(sys.argv[2]), sys.argv[3] == "judged"
dataset = load_dataset(config.dataset)
state = initial_state(config, dataset)
state, _ = advance(config, dataset, state, 50)
started, before = monotonic(), state.examples
while monotonic() - started < seconds:
    state, _ = advance(config, dataset, state, min(200, steps_left_in_epoch(config, dataset, state) if judged else 200))
    if judged and state.position == 0:
        evaluate(config, dataset, state)
print((state.examples - before) / (monotonic() - started))
"""


def bare_speed(config: RunConfig, seconds: float, judged: bool = False) -> float:
    """Return the examples that bare processes, one for each core, train in a second, all together.

    `judged`: they measure the validation set at each epoch's end.
    """
    command = [sys.executable, "-c", BARE, config.to_json(), str(seconds), "judged" if judged else ""]
    begun = [
        subprocess.Popen(command, env={**os.environ, **WORKER_ENVIRONMENT}, stdout=subprocess.PIPE, text=True)
        for _ in range(CORES)
    ]
    return sum(float(process.communicate()[0]) for process in begun)


def engine_speeds(
    config: RunConfig, count: int, seconds: float, pool: Callable[[], Pool] = lambda: LocalPool(CORES)
) -> tuple[list[float], float]:
    """Return the examples that each of so many runs trains in a second, and the longest time one stood still."""
    engine = Engine(pool)
    runs = [engine.open(config) for _ in range(count)]
    for run in runs:
        run.start()
    warm = monotonic() + 3.0 + 0.5 * count  # until the measurements of the validation set take their share only
    while monotonic() < warm or not all(run.view().state.step for run in runs):
        sleep(0.05)
    begun = {run: (monotonic(), examples(run)) for run in runs}
    moved, longest, end = {run: begun[run] for run in runs}, 0.0, monotonic() + seconds
    while (now := monotonic()) < end:
        for run, (since, last) in moved.items():
            if (there := examples(run)) != last:
                moved[run] = now, there
            longest = max(longest, now - since)
        sleep(0.1)  # looking costs the server, and so the workers
    speeds = [(examples(run) - before) / (monotonic() - since) for run, (since, before) in begun.items()]
    engine.close()
    return speeds, longest


def examples(run: Run) -> int:
    """Return how many examples a run has trained."""
    return run.view().state.examples


def main(quick: bool) -> str:
    """Measure, saying how it goes; return the report."""
    rows, seconds = [], 1.0 if quick else 5.0
    for name, config in list(CONFIGS.items())[: 1 if quick else None]:
        for count in RUNS[:3] if quick else RUNS:
            before, judged = bare_speed(config, seconds), bare_speed(config, seconds, judged=True)
            speeds, longest = engine_speeds(config, count, seconds)
            share = sum(speeds) / mean([before, bare_speed(config, seconds)])
            of_judged = sum(speeds) / judged
            middle = median(speeds)
            spread = f"{min(speeds) / middle:.2f} to {max(speeds) / middle:.2f}"
            rows.append([name, str(count), f"{share:.2f}", f"{of_judged:.2f}", spread, f"{longest:.1f} s"])
            print(f"  {' · '.join(rows[-1])}", flush=True)
    shares = ["of bare processes", "of those that measure epochs' ends"]
    return table(["network", "runs", *shares, "slowest to fastest, of the median", "longest still"], rows)
