"""How long preview and import of one's own table take, and how much memory: a million rows, and MNIST as Kaggle's CSV.

Run with `python -m benchmarks.own_data [--quick]`. The files and what is made of them, 1.5 GB, lie in a temporary
folder. Each preview and each import runs in a fresh process, and they take turns; the figures are of that process
alone, once Python has loaded everything. The memory of an import includes what the system maps of its files and could
take back. Then a training step on the imported rows, which are memory-mapped, takes turns with one on a copy in memory,
in the thread's own time.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from benchmarks import machine
from benchmarks.tables import table
from mlp.datasets import load_dataset

ROUNDS = 3
MEASURED = """
import json, re, sys, time
from pathlib import Path
from mlp.datasets.own.importing import import_file
from mlp.datasets.own.preview import preview_table
def most():  # kB, of this process alone: ru_maxrss starts with that of the process which started it
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
idle = most()
begun, spent = time.perf_counter(), time.process_time()
{"preview": preview_table, "import": import_file}[sys.argv[1]](Path(sys.argv[2]))
seconds = time.perf_counter() - begun
spent = time.process_time() - spent
print(json.dumps([seconds, spent, (most() - idle) / 1024]))
"""
STEPS = """
import json, sys, time
from dataclasses import replace
from pathlib import Path
import numpy as np
from threadpoolctl import threadpool_limits
from mlp import RunConfig, advance, initial_state, load_dataset
from mlp.datasets import Split
from mlp.datasets.own.importing import import_file
stored = load_dataset(import_file(Path(sys.argv[2])))
in_memory = replace(stored, train=Split(*(np.array(part) for part in stored.train)))
config = RunConfig(dataset=stored.info.name, hidden=(100, 200), batch_size=32, epochs=10_000)
states = {dataset: initial_state(config, dataset) for dataset in (stored, in_memory)}
times = {dataset: [] for dataset in states}
with threadpool_limits(1, user_api="blas"):
    for _ in range(int(sys.argv[3])):
        for dataset in states:
            begun = time.thread_time()
            states[dataset], _ = advance(config, dataset, states[dataset], 1000)
            times[dataset].append(1000 * (time.thread_time() - begun))  # microseconds a step
print(json.dumps([float(np.median(times[dataset])) for dataset in (stored, in_memory)]))
"""
TARGETS = {"numbers": {"preview": 3, "import": 30}, "kaggle": {"preview": 2, "import": 10}}  # seconds at most


def main(quick: bool = False) -> str:
    """Return the tables of results."""
    counts = {"numbers": 50_000 if quick else 1_000_000, "kaggle": 2000 if quick else 42_000}
    with tempfile.TemporaryDirectory(prefix="mlp-bench-") as folder:
        files = {name: Path(folder) / f"{name}.csv" for name in counts}
        write_numbers(files["numbers"], counts["numbers"])
        write_kaggle(files["kaggle"], counts["kaggle"])
        turns = [(name, what) for name in files for what in TARGETS[name]]
        rounds: dict[tuple[str, str], list[list[float]]] = {turn: [] for turn in turns}
        for _ in range(1 if quick else ROUNDS):
            for name, what in turns:
                rounds[name, what].append(measure(MEASURED, what, files[name]))
        stored, in_memory = measure(STEPS, "steps", files["numbers"], 3 if quick else 15)
        rows = [
            [
                name,
                f"{counts[name]:,}",
                f"{files[name].stat().st_size / 1e6:.0f}",
                what,
                f"{np.median([seconds for seconds, *_ in found]):.2f}",
                f"{np.median([spent for _, spent, _ in found]):.2f}",
                f"≤ {TARGETS[name][what]}",
                f"{max(memory for *_, memory in found):.0f}",
            ]
            for (name, what), found in rounds.items()
        ]
    heading = ["file", "rows", "MB", "what", "seconds", "of processors", "target", "memory above idle, MB"]
    steps = [["49–100–200–3, batch 32, SGD", f"{stored:.0f} µs", f"{in_memory:.0f} µs", f"{stored / in_memory:.2f}"]]
    return "\n\n".join(
        [
            table(heading, rows),
            table(["a training step", "on the imported rows", "on a copy in memory", "ratio"], steps),
        ]
    )


def measure(program: str, what: str, path: Path, *more: int) -> Any:
    """Return what a program prints about a file in a fresh process, with an empty folder for imported data."""
    data = path.parent / "data"
    environment = {**os.environ, "MLP_DATA_DIR": str(data)}
    command = [sys.executable, "-c", program, what, str(path), *map(str, more)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    shutil.rmtree(data, ignore_errors=True)
    return json.loads(done.stdout)


def write_numbers(path: Path, rows: int) -> None:
    """Write a table of 49 columns of numbers and a label."""
    numbers = ", ".join(f"round(random() * 1000, {3 + place % 4}) AS c{place}" for place in range(49))
    duckdb.execute(f"COPY (SELECT {numbers}, (random() * 3)::INT AS label FROM range({rows})) TO '{path}' (HEADER)")


def write_kaggle(path: Path, rows: int) -> None:
    """Write the first examples of MNIST as in Kaggle's competition: a label, then 784 pixels."""
    train = load_dataset("mnist").train.rows(0, rows)
    header = ",".join(["label", *(f"pixel{place}" for place in range(784))])
    np.savetxt(path, np.column_stack(train[::-1]), fmt="%d", delimiter=",", header=header, comments="")


if __name__ == "__main__":
    load_before = machine.load()
    tables = main("--quick" in sys.argv)
    print(machine.main(load_before), tables, sep="\n")
