"""What the Inspect page looks at: a run, at a step of its history, and its answers to a split."""

from typing import NamedTuple
from weakref import WeakKeyDictionary

import streamlit as st

from mlp.config import RunConfig
from mlp.datasets import Dataset, DatasetError, load_dataset
from mlp.engine import RunView, Status
from mlp.inspection.predictions import Predictions, predict
from mlp.store import StoreError
from mlp.training import Model, TrainingState
from ui.parts.address import RUN
from ui.parts.display import write_address
from ui.parts.notices import plain
from ui.parts.server import latest_run
from ui.train.feed import model_at
from ui.train.session import TrainSession


class Inspected(NamedTuple):
    """A network at one step."""

    config: RunConfig
    dataset: Dataset
    state: TrainingState
    moving: bool  # whether it is the latest state of a run that is training

    @property
    def model(self) -> Model:
        """The network as a model."""
        return Model(self.config, self.dataset, self.state)

    def predictions(self, split: str) -> Predictions:
        """Return its predictions for a split; computed once for all views."""
        known = _predictions.setdefault(self.state, {})
        if split not in known:
            known[split] = predict(self.model, split)
        return known[split]


_predictions: WeakKeyDictionary[TrainingState, dict[str, Predictions]] = WeakKeyDictionary()


def open_address(session: TrainSession) -> None:
    """Show the run that the address names, otherwise this tab's or browser's latest, and write it into the address."""
    named = st.query_params.get(RUN, "")
    wanted = named or ("" if session.run else latest_run())
    if wanted and (session.run is None or session.run.id != wanted):
        try:
            session.open(wanted)
        except (StoreError, DatasetError) as error:
            st.warning(plain(str(error)), icon=":material/link_off:")
    shown = session.run.id if session.run else ""
    if shown != named:
        write_address({RUN: shown} if shown else {})


def choose_step(view: RunView) -> int | None:
    """Draw the slider over the steps that are kept; return the chosen one, None for the latest."""
    kept = [step for step in view.kept if step < view.state.step]
    if not kept:
        return None
    steps: list[int | None] = [*kept, None]
    chosen = st.session_state.get("inspected_step")
    if chosen is not None and chosen not in kept:  # no longer kept, or of another run
        st.session_state.inspected_step = None
    return st.select_slider(
        "Step",
        steps,
        format_func=lambda step: "latest" if step is None else f"step {step:,}",
        key="inspected_step",
        help="Any step of the run that was kept. At “latest” the page follows the training.",
        width="stretch",
    )


def inspected(session: TrainSession, view: RunView, step: int | None) -> Inspected:
    """Return the network at that step, or its latest state. Raises StoreError if that step was not kept."""
    dataset = load_dataset(view.config.dataset)
    if step is None:
        return Inspected(view.config, dataset, view.state, view.status is Status.RUNNING)
    model = model_at(view.run_id, step)
    return Inspected(model.config, model.dataset, model.state, moving=False)
