"""What keeping runs costs: the speed of training with a store, by that without, taking turns."""

import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

from benchmarks.engine import next_arrival
from benchmarks.tables import table
from mlp.config import RunConfig
from mlp.engine import Engine
from mlp.store import Store

SETTINGS = {
    "one run, SGD": (RunConfig(epochs=10_000), 1),
    "two runs, SGD": (RunConfig(epochs=10_000), 2),
    "two runs, Adam": (RunConfig(epochs=10_000, optimizer="adam", learning_rate=0.001), 2),
}


def speed(config: RunConfig, count: int, seconds: float, store: Store | None) -> float:
    """Return the examples that some runs train together in a second, once their quanta have found their length."""
    engine = Engine(store=store)
    runs = [engine.open(config) for _ in range(count)]
    for run in runs:
        run.start()
    while any(run.view().state.step < 1100 for run in runs):
        sleep(0.01)
    before = [next_arrival(run).state.examples for run in runs]
    started = perf_counter()
    while perf_counter() - started < seconds:
        sleep(0.05)
        for run in runs:
            run.view()
    after = [run.view().state.examples for run in runs]
    spent = perf_counter() - started
    engine.close()
    return (sum(after) - sum(before)) / spent


def main(quick: bool) -> str:
    """Measure, saying how it goes; return the report."""
    rounds, seconds = (1, 1.0) if quick else (7, 3.0)
    rows = []
    for name, (config, count) in SETTINGS.items():
        kept, unkept = [], []
        for _ in range(rounds):
            unkept.append(speed(config, count, seconds, None))
            with tempfile.TemporaryDirectory() as folder:
                store = Store(f"sqlite:///{Path(folder) / 'runs.sqlite3'}")
                kept.append(speed(config, count, seconds, store))
                store.close()
        ratio = median(kept) / median(unkept)
        spread = max(max(each) / min(each) - 1 for each in (kept, unkept))
        rows.append([name, f"{median(unkept):,.0f}", f"{median(kept):,.0f}", f"{ratio:.1%}", f"{spread:.0%}"])
        print(f"  {name}: {ratio:.1%} of the speed without a store", flush=True)
    return table(["MNIST, 784–100–200–10", "examples/s", "with a store", "÷ without", "largest spread"], rows)
