"""What the engine costs: the way of a state to a worker and back, and the share of time in which nobody trains."""

from dataclasses import replace
from statistics import median
from time import perf_counter, sleep

from benchmarks.tables import table
from mlp.config import RunConfig
from mlp.datasets import load_dataset
from mlp.engine import Engine, Run, RunView
from mlp.engine.pool import LocalPool
from mlp.training import Model, initial_state
from mlp.training.quantum import train_quantum

HIDDEN = ((16, 16), (100, 200), (512, 512), (1024, 1024))
OPTIMIZERS = {"sgd": 0.1, "adam": 0.001}


def trip_seconds(pool: LocalPool, config: RunConfig, times: int) -> float:
    """Return how long a state is on its way to a worker and back, training left out."""
    dataset = load_dataset(config.dataset)
    model = Model(config, dataset, initial_state(config, dataset))
    state = pool.submit(train_quantum, model, 1, False).result().state  # the first also loads the data
    model = replace(model, state=state)
    trips = []
    for _ in range(times):
        started = perf_counter()
        quantum = pool.submit(train_quantum, model, 1, False).result()
        trips.append(perf_counter() - started - quantum.seconds)
    return median(trips)


def idle_share(config: RunConfig, seconds: float) -> tuple[float, float]:
    """Return the share of a lone run's time that is not training, and the examples trained a second."""
    engine = Engine()
    run = engine.open(config)
    run.start()
    while run.view().state.step < 100:
        sleep(0.01)
    sleep(1.0)  # until the quanta have found their length
    before = next_arrival(run)
    started = perf_counter()
    while perf_counter() - started < seconds:
        sleep(0.05)
        run.view()
    after = next_arrival(run)
    spent = perf_counter() - started
    engine.close()
    trained = after.history.last("seconds") - before.history.last("seconds")
    return 1 - trained / spent, (after.state.examples - before.state.examples) / spent


def next_arrival(run: Run) -> RunView:
    """Wait for the next quantum to come back, so that whole quanta are counted; return the view then."""
    last = run.view().state.step
    while (view := run.view()).state.step == last:
        sleep(0.001)
    return view


def main(quick: bool) -> str:
    """Measure, saying how it goes; return the report."""
    rows = []
    with LocalPool(1) as pool:
        for hidden in HIDDEN[:2] if quick else HIDDEN:
            for optimizer, rate in OPTIMIZERS.items():
                config = RunConfig(hidden=hidden, optimizer=optimizer, learning_rate=rate, epochs=10_000)
                state = initial_state(config, load_dataset(config.dataset))
                size = (state.parameters.nbytes + state.moments.nbytes) / 1e6
                trip = trip_seconds(pool, config, 5 if quick else 20)
                idle, speed = idle_share(config, 1.0 if quick else 3.0)
                name = f"{hidden[0]}–{hidden[1]}, {optimizer}"
                rows.append([name, f"{size:.1f} MB", f"{trip * 1e3:.1f} ms", f"{idle:.1%}", f"{speed:,.0f}"])
                print(f"  {name}: {size:.1f} MB on the way for {trip * 1e3:.1f} ms, {idle:.1%} idle", flush=True)
    return table(["hidden layers, optimizer", "state", "way there and back", "not training", "examples/s"], rows)
