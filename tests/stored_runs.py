"""Runs as the store returns them: made up for calculations, or trained for tests of a store."""

from typing import Any

from mlp import RunConfig, initial_state, load_dataset
from mlp.datasets import dataset_info
from mlp.store import RunRecord, Store
from mlp.training import Checkpoint, Model, Status, TrainingState, finished
from mlp.training.checkpoint import NO_REPORTS
from mlp.training.history import History
from mlp.training.quantum import train_quantum

SMALL = RunConfig(dataset="digits", hidden=(8,), epochs=2)


def run_record(config: RunConfig = SMALL, **fields: Any) -> RunRecord:
    """A finished run with these settings, with some fields of its record replaced."""
    usual: dict[str, Any] = {
        "id": "abcdefghjk",
        "name": "",
        "notes": "",
        "tags": (),
        "created": 1.7e9,
        "deleted": None,
        "parent": None,
        "parent_step": None,
        "server": "here",
        "heartbeat": 1.7e9,
        "status": "finished",
        "message": "",
        "config_json": config.to_json(),
        "initial_config_json": config.to_json(),
        "dataset": config.dataset,
        "parameters": config.parameters(dataset_info(config.dataset)),
        "seed": config.seed,
        "step": 76,
        "examples": 2394,
        "reports": 3,
        "progress": 2.0,
        "seconds": 0.5,
        "samples_per_second": 5000.0,
        "best_validation_score": 0.9,
        "validation_score": 0.89,
        "task": dataset_info(config.dataset).task,
        "validation_loss": 0.4,
        "train_score": 0.88,
        "search": "",
        "trial": "",
    }
    return RunRecord(**(usual | fields))


def checkpoint(
    config: RunConfig, state: TrainingState, history: History | None = None, status: Status = Status.READY
) -> Checkpoint:
    """A run at one time, on the data set that its settings name."""
    model = Model(config, load_dataset(config.dataset), state)
    return Checkpoint(model, status, history.view() if history else NO_REPORTS)


def keep(store: Store, config: RunConfig, token: str, name: str = "") -> str:
    """Train a run to its end into a store; return its id."""
    state = initial_state(config, load_dataset(config.dataset))
    run_id = store.begin(checkpoint(config, state), token, name=name)
    history = History()
    while not finished(config, state):
        state = train_on(history, config, state, 19)
    store.record(run_id, checkpoint(config, state, history, Status.FINISHED))
    store.release(run_id)
    return run_id


def train_on(history: History, config: RunConfig, state: TrainingState, steps: int) -> TrainingState:
    """Train some steps; append the reports to the history."""
    quantum = train_quantum(Model(config, load_dataset(config.dataset), state), steps, True)
    for report in quantum.reports:
        history.append(report)
    return quantum.state
