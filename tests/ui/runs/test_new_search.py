"""The form of a new search: its plan, its address, and what is refused."""

from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from mlp import RunConfig
from mlp.datasets import Recipe, default_dataset
from mlp.search.plan import SearchPlan
from mlp.store import Store
from tests.ui.scripts import app_of
from ui.parts import datasets
from ui.parts.state import Key
from ui.runs import base_settings, new_search


@pytest.fixture(autouse=True)
def browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser called "me"."""
    for room in (datasets, base_settings):
        monkeypatch.setattr(room, "browser_token", lambda: "me")


def form() -> None:
    import streamlit as st

    from ui.parts.notices import in_sentences
    from ui.runs.new_search import _form

    st.session_state.plan = None
    with in_sentences():
        st.session_state.plan = _form(st.session_state.asked)


def opened(**asked: str) -> AppTest:
    app = app_of(form)
    app.session_state.asked = {"search": "new", **asked}
    app.run()
    assert not app.exception
    return app


def plan_of(app: AppTest) -> SearchPlan:
    assert not app.error, [error.value for error in app.error]
    plan = app.session_state.plan
    assert isinstance(plan, SearchPlan)
    return plan


def address_of(app: AppTest) -> dict[str, str]:
    return dict(app.query_params)


def test_what_is_chosen_is_in_the_address_from_which_the_same_form_opens(addresses: list[str]) -> None:
    app = opened(dataset="digits")
    app.multiselect(key="search_varied").set_value(["learning_rate", "optimizer", "batch_norm"]).run()
    app.text_input(key="search_range_learning_rate").set_value("0.01..0.5:log").run()
    app.multiselect(key="search_range_optimizer").set_value(["sgd", "adam"]).run()
    app.number_input(key="search_epochs").set_value(3).run()
    app.number_input(key="search_trials").set_value(12).run()
    app.number_input(key="search_minutes").set_value(1.5).run()
    app.number_input(key="search_seed").set_value(7).run()
    app.selectbox(key="search_pruner").select("halving").run()
    app.selectbox(key="search_measure_classification").select("loss").run()
    plan = plan_of(app)
    assert plan.space.write() == {"learning_rate": "0.01..0.5:log", "optimizer": "sgd,adam", "batch_norm": "no,yes"}
    assert (plan.base.dataset, plan.base.epochs, plan.trials, plan.minutes) == ("digits", 3, 12, 1.5)
    assert (plan.seed, plan.pruner, plan.measure, plan.sampler) == (7, "halving", "loss", "tpe")
    address = address_of(app)
    assert "sampler" not in address, "what is usual is left out"
    assert "parallel" not in address
    assert plan_of(opened(**address)) == plan
    addresses.clear()
    app.multiselect(key="search_varied").set_value(["learning_rate"]).run()
    assert "vary_optimizer" not in address_of(app)
    assert len(addresses) == 1, "the browser makes an entry of each"


class TrainControls:
    """The controls of a Train page on which a person has chosen some settings."""

    def values(self) -> dict[str, Any]:
        return asdict(RunConfig(dataset="moons", hidden=(5, 4), optimizer="adam", learning_rate=0.02, epochs=9))


def test_the_settings_of_the_train_page_are_in_the_address_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(base_settings, "controls_of", lambda page: TrainControls())
        patch.setattr(base_settings, "train_controls", TrainControls)
        app = opened()
        assert app.selectbox(key="search_preset").value == base_settings.FROM_TRAIN
        plan = plan_of(app)
        assert (plan.base.hidden, plan.base.learning_rate) == ((5, 4), 0.02)
    elsewhere = opened(**address_of(app))
    assert elsewhere.selectbox(key="search_preset").value == base_settings.FROM_LINK
    assert plan_of(elsewhere).base == plan.base


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"vary_learning_rate": "1..0.1"}, "Learning rate '1..0.1' starts above its end"),
        ({"vary_l2": "0..0.1:log"}, "logarithmic"),
        ({"vary_batch_size": "16..5000"}, "Batch size is 5000"),
        ({"vary_learning_rate": "0.1..1", "trials": "0"}, "Trials is 0"),
        ({"vary_learning_rate": "0.1..1", "epochs": "x"}, "Epochs is 'x'"),
        ({"vary_optimizer": "sgd"}, "single value"),
        ({"vary_optimizer": "none of these"}, "has no values to search"),
        ({"vary_shift": "0..2", "dataset": "moons"}, "at least one setting"),  # which can't vary on points
        ({"dataset": "digits", "learning_rate": "fast"}, "Learning rate is 'fast'"),
    ],
)
def test_what_is_no_search_is_refused_with_a_sentence(asked: dict[str, str], sentence: str) -> None:
    app = opened(**{"dataset": "digits", **asked})
    assert app.session_state.plan is None
    assert sentence.replace("_", "\\_") in app.error[0].value


def test_which_parts_of_a_link_are_ignored_is_said_until_that_is_dismissed() -> None:
    waves = Recipe("waves", task="regression").name
    asked = {"vary_learning_rate": "0.1..1", "vary_foo": "1..2", "vary_shift": "0..2", "measure": "accuracy"}
    app = opened(dataset=waves, learning_rate="0.1", preset="fats", **asked)
    plan = plan_of(app)
    assert (plan.measure, plan.space.names) == ("r_squared", ("learning_rate",))
    (said,) = app.text
    assert said.value.splitlines() == [
        "There is no setting 'foo'.",
        "Shift has no use on this data.",
        "Validation accuracy is not measured on this data.",
        "There is no preset 'fats'. Did you mean 'fast'?",
    ]
    app.button(key="dismiss_complaints").click().run()
    assert not app.text
    assert plan_of(app) == plan


def test_a_link_to_data_that_cannot_be_chosen_says_so() -> None:
    waves = Recipe("waves", task="regression").name
    app = opened(dataset=waves, vary_learning_rate="0.1..1")
    assert [said.value for said in app.text] == [f"The data set '{waves}' can't be chosen here. Choose one below."]
    assert plan_of(app).base.dataset == default_dataset()


def test_why_a_range_is_not_possible_is_said_once_below_its_field() -> None:
    app = opened(dataset="digits", vary_learning_rate="1..0.1", vary_l2="0..0.1:log", vary_momentum="0.5..0.9")
    assert len(app.error) == 2
    kinds = [element.key or element.type for element in app.main if element.type in ("text_input", "error")]
    fields = [f"search_range_{name}" for name in ("learning_rate", "l2", "momentum")]
    assert kinds[:5] == [fields[0], "error", fields[1], "error", fields[2]]
    app.multiselect(key="search_varied").set_value([]).run()
    assert [error.value for error in app.error] == ["Choose at least one setting to vary."]


def test_a_new_search_has_a_seed_that_none_before_has(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with closing(Store(f"sqlite:///{tmp_path}/runs.sqlite3")) as store:
        monkeypatch.setattr(new_search, "store", lambda: store)
        first = opened(dataset="digits")
        assert plan_of(first).seed == 0
        for seed in (0, 2):
            store.searches.begin(replace(plan_of(first), seed=seed).to_json(), "me")
        assert plan_of(opened(dataset="digits")).seed == 1
        assert plan_of(opened(**address_of(first))).seed == 0, "a link opens the same form"


def test_a_closed_drawer_leaves_the_address_at_once_also_if_it_was_there_when_the_page_asked(
    addresses: list[str],
) -> None:
    def page() -> None:
        from ui.runs.new_race import new_race
        from ui.runs.new_search import new_search
        from ui.runs.opened_search import find_search

        find_search()
        new_race()
        new_search()

    app = app_of(page).run()
    app.session_state[Key.SEARCH] = "8a736u9zt9"
    for stale in (address_of(opened(dataset="digits")), {"race": "new"}):
        for name, value in stale.items():
            app.query_params[name] = value
        app.query_params["hide"] = "draw"
        addresses.clear()
        app.run()
        assert address_of(app) == {"search": "8a736u9zt9", "hide": "draw"}
        assert len(addresses) == 1, "the browser makes an entry of each"
