"""Sessions of students, with runs that train without an engine."""

from mlp import RunConfig
from mlp.engine import Run
from mlp.engine.run import Listener
from mlp.training.quantum import train_quantum
from tests.stored_runs import SMALL
from ui.parts.session import Session


def session_with(run: Run | None) -> Session:
    session = Session()
    if run is not None:
        session.show(run)
    return session


class Named(Listener):
    """What a store would give a run: an id."""

    def __init__(self, run_id: str) -> None:
        super().__init__()
        self.id = run_id


def training(config: RunConfig = SMALL, run_id: str = "") -> Run:
    """A run that trains."""
    run = Run(config, listener=Named(run_id))
    run.start()
    return run


def trained(epochs: int, config: RunConfig = SMALL, run_id: str = "") -> Run:
    """A run that has trained for some epochs."""
    run = training(config, run_id)
    for _ in range(epochs):
        run.pause()
        run.step_epoch()
        while run.status == "running":
            quantum = run.next_quantum(10.0)
            run.receive(quantum, train_quantum(*quantum), None)
    return run
