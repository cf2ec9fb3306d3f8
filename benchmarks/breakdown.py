"""Where a step's time goes, line by line: the lines of the hot path that take the most.

The profiler adds some tenths of a microsecond to each line, so short lines look longer than they are.
"""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

from benchmarks.race import ONE_THREAD
from benchmarks.tables import table
from mlp.config import RunConfig
from mlp.datasets import load_dataset
from mlp.network import network, optimizers
from mlp.network.layers import Dense, Layer, ReLU
from mlp.network.training_losses import SoftmaxCrossEntropy
from mlp.training import advance, initial_state
from mlp.training.loop import Trainer

SHOWN = 16
OWNERS = (Trainer, network.Network, SoftmaxCrossEntropy, Dense, ReLU, Layer)
# Lines that only call other lines of the hot path.
CALLERS = ("self.next_", "self.loss_for(", "self.move_on(", ".optimizer.update(", ".forward", ".backward", "layer.")


def child(optimizer: str, rate: float, steps: int) -> None:
    """Profile this many steps; print [seconds, line of code] for each line."""
    from line_profiler import LineProfiler  # type: ignore[import-not-found,unused-ignore]  # a bench-only package

    profiler = LineProfiler(getattr(optimizers, optimizer))
    for owner in OWNERS:
        for method in vars(owner).values():
            if callable(method):
                profiler.add_function(method)
    config = RunConfig(optimizer=optimizer, learning_rate=rate)
    dataset = load_dataset(config.dataset)
    state, _ = advance(config, dataset, initial_state(config, dataset), 200)
    profiler.enable()
    advance(config, dataset, state, steps)
    profiler.disable()
    stats = profiler.get_stats()
    lines = []
    for (path, _, name), timings in stats.timings.items():
        with open(path) as file:
            source = file.read().splitlines()
        lines += [[spent * stats.unit, name, source[number - 1].strip()] for number, _, spent in timings]
    print(json.dumps(lines))


def report(optimizer: str, rate: float, steps: int) -> str:
    """Profile in a separate process; return the table."""
    command = [sys.executable, "-m", "benchmarks.breakdown", optimizer, str(rate), str(steps)]
    output = subprocess.run(command, env=os.environ | ONE_THREAD, stdout=subprocess.PIPE, check=True).stdout
    lines = [line for line in json.loads(output) if not any(call in line[2] for call in CALLERS)]
    total = sum(seconds for seconds, _, _ in lines)
    lines.sort(reverse=True)
    rows = [
        [f"`{code.replace('|', '∣')}`", name, f"{seconds / steps * 1e6:.1f} µs", f"{seconds / total:.1%}"]
        for seconds, name, code in lines[:SHOWN]
    ]
    shown = sum(seconds for seconds, _, _ in lines[:SHOWN])
    rows.append(["all other lines", "", f"{(total - shown) / steps * 1e6:.1f} µs", f"{1 - shown / total:.1%}"])
    return table(["line", "in", "a step", "share"], rows)


def main(quick: bool) -> str:
    """Measure, saying how it goes; return the report."""
    if not find_spec("line_profiler"):
        return "line_profiler is not installed (line_profiler): no breakdown. `make bench` installs it.\n"
    text = ""
    for optimizer, rate in {"sgd": 0.1, "adam": 0.001}.items():
        print(f"  {optimizer} …", flush=True)
        text += f"### {optimizer}\n\n{report(optimizer, rate, 300 if quick else 3000)}\n"
    return text


if __name__ == "__main__":
    child(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
