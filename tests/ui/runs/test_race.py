"""A race: which runs it has, and what is refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlp import ConfigError, RunConfig
from mlp.config import SETTINGS
from mlp.datasets import REGRESSION, roots
from mlp.limits import limits_from
from mlp.network.optimizers import OPTIMIZERS
from mlp.run_settings import AUGMENTATION
from mlp.search.space import Numbers, read_range, usual_range
from mlp.setting import Setting
from mlp.store import RunRecord
from tests.datasets.own.made import store_people
from tests.stored_runs import run_record
from tests.ui.scripts import app_of
from ui.parts import datasets
from ui.runs import new_race
from ui.runs.race import RACED, ideas, new_tag, over_seeds, races, suggested, variants

BASE = RunConfig(dataset="digits", hidden=(8,), epochs=3)


def test_every_combination_of_two_settings_is_one_run_and_all_else_is_alike() -> None:
    made = variants(BASE, {"learning_rate": ["0.1", "0.5"], "hidden": ["none", "16-8"]})
    assert [(config.learning_rate, config.hidden) for config in made] == [
        (0.1, ()),
        (0.1, (16, 8)),
        (0.5, ()),
        (0.5, (16, 8)),
    ]
    alike = {(config.dataset, config.epochs, config.seed, config.optimizer) for config in made}
    assert alike == {("digits", 3, 42, "sgd")}


@pytest.mark.parametrize("question", ideas(1.0))
def test_every_idea_is_a_race_of_values_that_the_form_offers(question: str) -> None:
    for rate in (1e-9, 0.005, 0.1, 1000.0):
        values = ideas(rate)[question]
        assert set(values) <= set(RACED)
        assert all(set(texts) <= set(suggested(name)) for name, texts in values.items())
        assert len(variants(BASE, values)) >= 2


def test_learning_rates_that_race_are_around_the_one_of_the_base_settings() -> None:
    first, *_, last = ideas(OPTIMIZERS["adamw"].learning_rate).values()
    assert first["learning_rate"] == ["0.0001", "0.001", "0.003"]
    assert last["learning_rate"] == ["0.001", "0.003", "0.01"]
    first, *_, last = ideas(OPTIMIZERS["sgd"].learning_rate).values()
    assert first["learning_rate"] == ["0.01", "0.1", "0.3"]
    assert last["learning_rate"] == ["0.1", "0.3", "1.0"]


def test_seeds_repeat_each_run() -> None:
    made = over_seeds(variants(BASE, {"optimizer": ["sgd", "adam"]}), 3)
    assert [(config.optimizer, config.seed) for config in made] == [
        (name, seed) for name in ("sgd", "adam") for seed in (42, 43, 44)
    ]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"learning_rate": ["0.1"]}, "makes 1 combination of values; a race has 2 to 6. Choose more"),
        ({"learning_rate": ["0.1", "0.10"]}, "makes 1 combination"),
        ({}, "makes 1 combination"),
        ({"batch_size": ["1", "2", "4", "8"], "l2": ["0", "1"]}, "makes 8 combinations of values.*Choose fewer"),
        ({"learning_rate": ["0.1", "fast"]}, "learning_rate is 'fast'; it must be a number"),
        ({"learning_rate": ["0.1", "nan"]}, "learning_rate"),
        ({"batch_size": ["8", "5000"]}, "batch_size is 5000"),
        ({"batch_size": ["8", "2000"]}, "batch_size is 2000, but digits has 1,197 training examples"),
        ({"hidden": ["8", "0"]}, "hidden"),
    ],
)
def test_what_is_no_race_is_refused_with_a_sentence(values: dict[str, list[str]], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        variants(BASE, values)


def test_earlier_races_are_listed_with_what_differed() -> None:
    def race(tag: str, created: float, values: dict[str, list[str]], seeds: int) -> list[RunRecord]:
        configs = over_seeds(variants(BASE, values), seeds)
        return [
            run_record(config, id=f"{tag}{number}", tags=(tag, "other"), created=created + number)
            for number, config in enumerate(configs)
        ]

    old = race("race 1", 100.0, {"learning_rate": ["0.1", "0.3"]}, 3)
    new = race("race 2", 200.0, {"optimizer": ["sgd", "adam"], "hidden": ["none", "8"]}, 1)
    found = races([*old, run_record(BASE, tags=("traces",)), *new], 9)
    assert [(one.values, len(one.runs), one.started) for one in found] == [
        ("Hidden layers none, 8 · Optimizer SGD, Adam", 4, 200.0),
        ("Learning rate 0.1, 0.3", 6, 100.0),
    ]
    assert found[1].runs == old
    assert races([*old, *new], 1) == found[:1]
    assert races(old[:3], 9) == [], "all runs with another learning rate were deleted"


@pytest.mark.parametrize("name", RACED)
def test_what_is_suggested_makes_runs(name: str) -> None:
    texts = suggested(name)
    assert len(texts) >= 2
    assert len(variants(BASE, {name: texts[:2]})) == 2


def test_a_setting_that_no_table_knows_may_race_and_be_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SETTINGS, "new", Setting("new", "New", "", 0.5, low=0, high=2.0))
    assert suggested("new") == ["0", "0.5", "2"]
    assert read_range("new", usual_range("new")) == Numbers("new", 0, 2)


def test_races_of_the_same_moment_are_two() -> None:
    runs = [
        replace(run_record(replace(BASE, learning_rate=rate)), tags=(tag,))
        for tag in (new_tag(), new_tag())
        for rate in (0.1, 0.2)
    ]
    assert [len(race.runs) for race in races(runs, most=9)] == [2, 2]


def form() -> None:
    import streamlit as st

    from ui.runs.new_race import _form

    _form(st.container())


@pytest.mark.usefixtures("own")
def test_no_more_seeds_than_may_train_at_once_are_proposed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new_race, "limits", lambda: limits_from("class,runs=7"))
    app = app_of(form).run()
    assert app.slider[0].value == 2, "of three settings"
    app.slider[0].set_value(7).run()
    app.selectbox(key="race_question").select("Do large batches need a larger rate?").run()
    assert app.slider[0].value == 7, "what was chosen stays"
    assert not app.exception


def test_a_race_that_a_link_opened_starts_with_one_entry_of_back(
    addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def page() -> None:
        from ui.parts.dialogs import show_dialog
        from ui.runs.new_race import new_race
        from ui.runs.selection import open_address

        open_address()
        new_race()
        show_dialog()

    monkeypatch.setattr(new_race, "start", lambda configs, tag: ["aaaaaaaaaa", "bbbbbbbbbb"])
    app = app_of(page)
    app.query_params["race"] = "new"
    app.run()
    addresses.clear()
    (start,) = [button for button in app.button if button.label == "Start the race"]
    start.click().run()
    assert not app.exception
    assert addresses == ["runs=aaaaaaaaaa,bbbbbbbbbb"]


def drawer() -> None:
    import streamlit as st

    from mlp import ConfigError
    from ui.parts.dialogs import in_dialog
    from ui.runs.drawers import offer_start

    def start(seeds: int) -> None:
        with in_dialog():
            raise ConfigError(f"{seeds} seeds are too many.")

    offer_start("race", start, st.slider("Seeds", 1, 9, 5), "flag")


def test_why_a_race_did_not_start_is_said_until_another_one_is_chosen() -> None:
    app = app_of(drawer).run()
    app.button[0].click().run()
    assert app.error[0].value == "5 seeds are too many."
    for seeds in (2, 5):
        app.slider[0].set_value(seeds).run()
        assert not app.error
    assert not app.exception


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder for imported data, and a browser called "me"."""
    monkeypatch.setattr(roots, "PROGRAM_DATA", tmp_path)
    monkeypatch.setattr(datasets, "browser_token", lambda: "me")
    monkeypatch.delenv("MLP_DATA_DIR", raising=False)


@pytest.mark.usefixtures("own")
def test_shares_are_offered_in_percent_as_the_table_shows_them() -> None:
    app = app_of(form).run()
    question = "Does dropout help?"
    app.selectbox(key="race_question").select(question).run()
    values = app.multiselect(key=f"race_values {question} dropout 0.0")
    assert values.options == ["0\u202f%", "10\u202f%", "20\u202f%", "50\u202f%"]
    values.set_value(["0.2", "60 %"]).run()
    assert not app.exception
    assert list(app.dataframe[0].value["Dropout"]) == ["20\u202f%", "60\u202f%"]


@pytest.mark.usefixtures("own")
def test_settings_of_classes_and_images_are_not_raced_on_a_table_with_a_number_to_predict() -> None:
    name = store_people(np.arange(100.0), names=("size",), task=REGRESSION, token="me")
    app = app_of(form).run()
    key = "race_varied Which learning rate is best?"
    offered = set(app.multiselect(key=key).options)
    app.selectbox(key="race_dataset").select(name).run()
    assert not app.exception
    of_images = {SETTINGS[name].label for name in AUGMENTATION}
    assert offered - set(app.multiselect(key=key).options) == {"Class weights", "Label smoothing"} | of_images


@pytest.mark.usefixtures("own")
def test_data_sets_with_equal_labels_are_numbered_the_later_ones() -> None:
    named = ("Moons", "People", "People", "People (2)", "People")
    made = [store_people([0] * (40 + n) + [1] * (60 - n), label=label, token="me") for n, label in enumerate(named)]
    found = datasets.dataset_labels()
    own = ["Moons (2)", "People", "People (2)", "People (2) (2)", "People (3)"]
    assert [found[name] for name in made] == own
    assert list(found)[-5:] == made[::-1], "the latest first"


@pytest.mark.usefixtures("own")
def test_a_race_on_a_table_starts_from_the_settings_that_fit_it_unless_others_are_chosen() -> None:
    def base_with(data: str) -> Any:
        app.selectbox(key="race_dataset").select(data).run()
        return app.selectbox(key="race_preset").value

    name = store_people(token="me")
    app = app_of(form).run()
    assert app.selectbox(key="race_preset").value == "tutorial"
    assert [base_with(name), base_with("digits"), base_with(name)] == ["table", "tutorial", "table"]
    app.selectbox(key="race_preset").select("fast").run()
    assert base_with("digits") == "fast"
    assert not app.exception
