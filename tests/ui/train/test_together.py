"""Other runs of the same data set can answer together with the one that is shown."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mlp import RunConfig, load_dataset
from mlp.datasets.drawing import prepare
from mlp.engine import StoredRun
from mlp.inspection.predictions import class_probabilities
from mlp.store import Store
from tests.datasets.test_drawing import seven
from tests.models import with_parameters
from tests.stored_runs import SMALL, keep
from tests.ui.scripts import app_of
from ui.train import partners, together
from ui.train.draw_feed import answer
from ui.train.session import TrainSession


class Nothing:
    """In place of an engine without runs, and of the page's controls."""

    def find(self, run_id: str) -> None: ...

    def values(self) -> dict[str, Any]:
        return {}


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with closing(Store(f"sqlite:///{tmp_path}/runs.sqlite3")) as store:
        for module in (together, partners):
            monkeypatch.setattr(module, "store", lambda: store)
        monkeypatch.setattr(together, "put_in_address", lambda values: None)
        monkeypatch.setattr(together, "train_controls", Nothing)
        monkeypatch.setattr(together, "browser_token", lambda: "me")
        yield store


def shown(store: Store, run_id: str) -> TrainSession:
    session = TrainSession()
    session.show(StoredRun(store, run_id), watching=True)
    return session


def script() -> None:
    import streamlit as st

    from ui.train.together import choose_partners

    st.session_state.found = choose_partners(st.session_state.session)


def opened(session: TrainSession) -> AppTest:
    app = app_of(script)
    app.session_state.session = session
    app.session_state.partners_list = True  # unfolded
    app.run()
    assert not app.exception
    return app


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.parts.session.engine", Nothing)


@pytest.mark.usefixtures("engine")
def test_runs_of_the_same_data_answer_with_the_mean(kept: Store) -> None:
    first, second = (keep(kept, replace(SMALL, seed=seed), "me") for seed in (1, 2))
    other = keep(kept, RunConfig(dataset="moons", batch_size=10, epochs=1), "me")
    kept.flush()
    session = shown(kept, first)
    app = opened(session)
    assert other not in app.multiselect[0].options
    assert len(app.multiselect[0].options) == 1, "not itself, nor runs of other data"
    alone = answer(session, seven(), None)["probabilities"]
    app.multiselect[0].select(second).run()
    assert not app.exception
    assert [model.state.step for model in session.partners.values()] == [kept.run(second).step]
    assert app.caption[0].value == "Answers are the mean of 2 networks."
    picture = prepare(seven(), load_dataset("digits"))[None]
    mean = np.mean([class_probabilities(kept.model(run_id), picture)[0] for run_id in (first, second)], axis=0)
    assert answer(session, seven(), None)["probabilities"] == pytest.approx(mean.tolist(), abs=1e-4)
    assert alone != pytest.approx(mean.tolist(), abs=1e-3)
    session.show(StoredRun(kept, second), watching=True)
    assert not session.partners, "they belong to the run they were chosen for"


@pytest.mark.usefixtures("engine")
def test_all_runs_of_the_same_data_can_be_chosen_though_not_all_at_once(
    kept: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "MOST_PARTNERS", 1)
    first, *_ = [keep(kept, replace(SMALL, epochs=1, seed=seed), "me") for seed in (1, 2, 3)]
    kept.flush()
    [choice] = opened(shown(kept, first)).multiselect
    assert (len(choice.options), choice.proto.max_selections) == (2, 1)


@pytest.mark.usefixtures("engine")
def test_a_link_names_the_partners_and_says_which_can_not_answer(kept: Store) -> None:
    first, second, third = (keep(kept, replace(SMALL, seed=seed), "me") for seed in (1, 2, 3))
    other = keep(kept, RunConfig(dataset="moons", batch_size=10, epochs=1), "me")
    kept.flush()
    session = shown(kept, first)
    assert partners.open_partners(session, f"{second}.{third}") == []
    assert partners.in_address(session) == f"{second}.{third}"
    assert opened(session).multiselect[0].options
    complaints = partners.open_partners(session, f"{other}.nonsense.{first}.{second}.{second}")
    assert partners.in_address(session) == second
    assert "learned from other data" in complaints[0]
    assert "nonsense" in complaints[1]
    assert len(complaints) == 2
    assert partners.open_partners(session, "") == []
    assert not session.partners, "back takes them back"


@pytest.mark.usefixtures("engine")
def test_a_diverged_run_gives_no_answers(kept: Store, monkeypatch: Any) -> None:
    first, second = (keep(kept, replace(SMALL, seed=seed), "me") for seed in (1, 2))
    kept.flush()
    session = shown(kept, first)
    broken = with_parameters(kept.model(second), kept.model(second).state.parameters * np.nan)
    monkeypatch.setattr(kept, "model", lambda run_id: broken)
    app = opened(session)
    app.multiselect[0].select(second).run()
    assert "became NaN or infinite" in app.toast[0].value
    assert not session.partners


@pytest.mark.usefixtures("engine")
def test_without_another_run_it_says_what_to_do(kept: Store) -> None:
    run_id = keep(kept, SMALL, "me")
    kept.flush()
    app = opened(shown(kept, run_id))
    assert not app.multiselect
    assert "Train one with another seed" in app.caption[0].value
