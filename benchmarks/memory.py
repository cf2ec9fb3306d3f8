"""How much memory live runs take: in the process that holds the engine, and in its workers.

Counted is what would be free if the process ended (its unique set size): pages of the data set that all share are in
nobody's count. Each number of runs gets a fresh process. The dashboard's own server is not part of it.
"""

import json
import subprocess
import sys
from time import monotonic, sleep

import psutil

from benchmarks.tables import table
from mlp.config import RunConfig
from mlp.engine import Engine

RUNS = (1, 5, 10, 30)


def unique_megabytes(process: psutil.Process) -> float:
    return process.memory_full_info().uss / 1e6


def child(count: int, seconds: float) -> None:
    """Train this many runs for a while; print this process's and its workers' megabytes."""
    engine = Engine()
    runs = [engine.open(RunConfig(seed=seed, epochs=10_000)) for seed in range(count)]
    for run in runs:
        run.start()
    started = monotonic()
    while monotonic() - started < seconds or any(run.view().state.step == 0 for run in runs):
        sleep(0.25)
        for run in runs:
            run.view()
    me = psutil.Process()
    workers = [unique_megabytes(worker) for worker in me.children(recursive=True)]
    print(json.dumps({"engine": unique_megabytes(me), "workers": workers}), flush=True)
    engine.close()


def main(quick: bool) -> str:
    """Measure, saying how it goes; return the report."""
    rows = []
    for count in RUNS[:2] if quick else RUNS:
        seconds = 2.0 if quick else 8.0
        command = [sys.executable, "-m", "benchmarks.memory", str(count), str(seconds)]
        megabytes = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
        workers = megabytes["workers"]
        rows.append([str(count), f"{megabytes['engine']:.0f} MB", f"{max(workers):.0f} MB", f"{sum(workers):.0f} MB"])
        print(f"  {count} runs: {rows[-1][1]} with the engine, {rows[-1][3]} in all workers", flush=True)
    headings = ["live runs", "engine's process", "largest worker", "all workers and their helper"]
    return table(headings, rows)


if __name__ == "__main__":
    child(int(sys.argv[1]), float(sys.argv[2]))
