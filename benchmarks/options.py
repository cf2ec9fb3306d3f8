"""What each option of training costs: the time of a step with it, beside that of a step without, by turns."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from statistics import median
from time import process_time
from typing import Any

from benchmarks.race import ONE_THREAD
from benchmarks.tables import table
from mlp.config import RunConfig, describe_changes
from mlp.datasets import load_dataset
from mlp.training import advance, initial_state

PLAIN = RunConfig(hidden=(512, 512), batch_size=128, learning_rate=0.01)
OPTIONS: tuple[dict[str, Any], ...] = (
    {"batch_norm": True},
    {"averaging": 0.999},
    {"clip_norm": 1.0},
    {"max_norm": 3.0},
    {"dropout": 0.2},
    {"input_dropout": 0.1},
    {"label_smoothing": 0.1},
    {"l2": 0.0001},
)


def child(rounds: int, steps: int) -> None:
    """Print the seconds of the processor for a step, of each round a list: plain first, then with each option."""
    dataset = load_dataset(PLAIN.dataset)
    configs = [PLAIN, *(replace(PLAIN, **option) for option in OPTIONS)]
    states = [initial_state(config, dataset) for config in configs]
    for _ in range(rounds + 1):
        times = []
        for index, config in enumerate(configs):
            begun = process_time()
            states[index], _ = advance(config, dataset, states[index], steps)
            times.append((process_time() - begun) / steps)
        print(json.dumps(times), flush=True)


def raced(rounds: int, steps: int, environment: dict[str, str]) -> tuple[float, list[float]]:
    """Measure in a separate process; return the seconds of a plain step, and each option's ratio to it."""
    command = [sys.executable, "-m", "benchmarks.options", str(rounds), str(steps)]
    output = subprocess.run(command, env=os.environ | environment, stdout=subprocess.PIPE, check=True).stdout
    times = [json.loads(line) for line in output.splitlines()[1:]]  # the first round is slower
    ratios = [median(row[index] / row[0] for row in times) for index in range(len(OPTIONS) + 1)]
    return median(row[0] for row in times), ratios


def main(quick: bool) -> str:
    """Measure with the kernels that OpenBLAS chooses and with its Haswell kernels; return the report."""
    rounds, steps = (2, 5) if quick else (25, 40)
    plain, ratios = raced(rounds, steps, ONE_THREAD)
    _, haswell = raced(rounds, steps, ONE_THREAD | {"OPENBLAS_CORETYPE": "Haswell"})
    names = ["none", *(describe_changes(PLAIN, replace(PLAIN, **option)) for option in OPTIONS)]
    rows = [
        [name, f"{ratio * plain * 1e6:,.0f} µs", f"{ratio:.2f}", f"{other:.2f}"]
        for name, ratio, other in zip(names, ratios, haswell, strict=True)
    ]
    return table(["option", "a step", "÷ without", "÷ without, Haswell kernels"], rows)


if __name__ == "__main__":
    child(int(sys.argv[1]), int(sys.argv[2]))
