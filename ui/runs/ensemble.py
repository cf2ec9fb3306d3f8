"""The selected runs as an ensemble: how well they do together, beside each alone. A worker computes it."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from functools import partial

import pandas as pd
import streamlit as st

from mlp.config import ConfigError
from mlp.datasets import REGRESSION, dataset_label, load_dataset
from mlp.inspection.ensemble import Ensemble, check_members, ensemble
from mlp.inspection.regression import target_scales
from mlp.store import RunRecord
from mlp.text import percent, score, short
from mlp.training import Model
from mlp.training.best import best_of, measure_of
from ui.parts.browser import browser_token
from ui.parts.choice import choose
from ui.parts.computed import is_lost, when_computed
from ui.parts.notices import in_sentences, plain
from ui.parts.server import engine, store
from ui.parts.state import Key

FORMATS = {"Accuracy (%)": "%.2f", "Loss": "%.3f", "R²": "%.3f", "RMSE": "%.4g"}
HOW = (
    "Each example gets the mean of the networks' {answers}. Networks that make different mistakes correct each other, "
    "so together they are usually better than each alone (Hansen and Salamon 1990): train a few with other seeds."
)
STATES = {"final": "As saved last", "best": "After the best epoch"}
WHEN = {
    "final": "Each network as it was saved last, which need not be where it was best.",
    "best": "The validation set chose each network's best epoch, so on it they look a little better than they are.",
}


@st.fragment
@in_sentences()
def ensemble_view(runs: Sequence[RunRecord], names: Mapping[str, str]) -> None:
    """Offer to measure several runs together; what is folded is not computed."""
    if len(runs) < 2:
        return
    with st.expander("Together, as an ensemble", icon=":material/groups:", key="ensemble", on_change="rerun") as box:
        if box.open:
            _measured(runs, [names[run.id] for run in runs])


def _measured(runs: Sequence[RunRecord], names: Sequence[str]) -> None:
    try:
        check_members([(run.dataset, dataset_label(run.dataset, browser_token())) for run in runs])
    except ValueError as error:
        st.info(plain(str(error)), icon=":material/info:")
        return
    state = choose("Which state of each network", STATES, key="ensemble_state")
    future = _begun(runs, names, state)
    when_computed("the ensemble", lambda: future, partial(_show, runs, names, WHEN[state]))


def _begun(runs: Sequence[RunRecord], names: Sequence[str], state: str) -> Future[Ensemble]:
    """Return the measurement of these runs in one of STATES; begin it unless it was the last one here."""
    about = (state, *((run.id, run.step) for run in runs))
    known: tuple[object, Future[Ensemble]] | None = st.session_state.get(Key.ENSEMBLE)
    if known is None or known[0] != about or is_lost(known[1]):
        models = [
            _best(run, name) if state == "best" else store().model(run.id)
            for run, name in zip(runs, names, strict=True)
        ]
        known = st.session_state[Key.ENSEMBLE] = about, engine().compute(ensemble, models, list(map(plain, names)))
    return known[1]


def _best(run: RunRecord, name: str) -> Model:
    """Return a run's network after its best epoch. Raises ConfigError if there was none, or its state is not kept."""
    last = store().model(run.id)
    best = best_of(store().history(run.id), measure_of(last))
    model = store().model_at(run.id, best.step) if best else None
    if best is None or model is None or model.state.step != best.step:
        raise ConfigError(
            f"The state of {name} after its best epoch is not known. Leave it out, or choose the last state."
        )
    return model


def _show(runs: Sequence[RunRecord], names: Sequence[str], when: str, found: Ensemble) -> None:
    """Show all networks together, and each alone."""
    rows = [("All together", found.together), *zip(names, found.members, strict=True)]
    columns: dict[str, list[float]]
    if runs[0].task == REGRESSION:
        target = target_scales(load_dataset(runs[0].dataset))["validation"]
        columns = {"R²": [target.r_squared(one.loss) for _, one in rows]}
        columns["RMSE"] = [target.rmse(one.loss) for _, one in rows]
        together, *alone = columns["R²"]
        results = f"R² **{score(together)}** together, {score(max(alone))} the best alone"
        apart = f"Their numbers differ by {short(found.disagreement)} on average (one standard deviation)."
        answers = "numbers"
    else:
        columns = {"Accuracy (%)": [100 * one.accuracy for _, one in rows], "Loss": [one.loss for _, one in rows]}
        best = max(one.accuracy for one in found.members)
        results = f"**{percent(found.together.accuracy, 2)}** correct together, {percent(best, 2)} the best alone"
        apart = f"They disagree on {percent(found.disagreement)} of the validation examples."
        answers = "probabilities"
    st.markdown(f"{results}. {apart}")
    st.dataframe(
        pd.DataFrame({"Validation set": [name for name, _ in rows], **columns}),
        hide_index=True,
        height="content",
        column_config={name: st.column_config.NumberColumn(name, format=FORMATS[name]) for name in columns},
        alt="The ensemble",
        key="ensemble_table",
    )
    st.caption(f"{when} {HOW.format(answers=answers)}")
