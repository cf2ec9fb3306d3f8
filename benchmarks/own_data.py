"""How long preview and import of one's own table take, and how much memory: a million rows, and MNIST as Kaggle's CSV.

Run with `python -m benchmarks.own_data [--quick]`. The files and what is made of them, 1.5 GB, lie in a temporary
folder. Each preview and each import runs in a fresh process; the figures are of that alone, once Python has loaded
everything. The memory of an import includes what the system maps of its files and could take back.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import numpy as np

from benchmarks import machine
from mlp.datasets import load_dataset

ROUNDS = 3
MEASURED = """
import resource, sys, time
from pathlib import Path
from mlp.datasets.own.importing import import_file
from mlp.datasets.own.preview import preview_table
idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
begun = time.perf_counter()
{"preview": preview_table, "import": import_file}[sys.argv[1]](Path(sys.argv[2]))
print(time.perf_counter() - begun, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - idle) / 1024)
"""
TARGETS = {"numbers": {"preview": 3, "import": 30}, "kaggle": {"preview": 2, "import": 10}}  # seconds at most


def main(quick: bool = False) -> str:
    """Return the table of results."""
    lines = ["| file | rows | MB | what | seconds | target | memory above idle, MB |", "|---|--:|--:|---|--:|--:|--:|"]
    with tempfile.TemporaryDirectory(prefix="mlp-bench-") as folder:
        for name, make, rows in (
            ("numbers", write_numbers, 50_000 if quick else 1_000_000),
            ("kaggle", write_kaggle, 2000 if quick else 42_000),
        ):
            path = Path(folder) / f"{name}.csv"
            make(path, rows)
            for what, most in TARGETS[name].items():
                rounds = [measure(what, path) for _ in range(1 if quick else ROUNDS)]
                seconds, memory = np.median([round[0] for round in rounds]), max(round[1] for round in rounds)
                size = path.stat().st_size / 1e6
                lines.append(f"| {name} | {rows:,} | {size:.0f} | {what} | {seconds:.2f} | ≤ {most} | {memory:.0f} |")
            path.unlink()
    return "\n".join(lines)


def measure(what: str, path: Path) -> tuple[float, float]:
    """Return the seconds and the megabytes that a preview or an import takes in a fresh process."""
    data = path.parent / "data"
    environment = {**os.environ, "MLP_DATA_DIR": str(data)}
    command = [sys.executable, "-c", MEASURED, what, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    shutil.rmtree(data, ignore_errors=True)
    seconds, memory = done.stdout.split()
    return float(seconds), float(memory)


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
