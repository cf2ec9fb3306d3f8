"""The sidebar with one's own data: its choices, its preset, and what happens once the data is deleted."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from mlp import RunConfig
from mlp.datasets import DATASETS, dataset_info
from mlp.datasets.own.stored import delete
from mlp.presets import PRESETS
from tests.datasets.own.made import Arrays, people, store_people
from tests.ui.scripts import app_of
from tests.ui.train.sidebar import TOKEN, control, found, opened
from ui.parts import session
from ui.parts.notices import plain
from ui.parts.settings import config_of, defaults, from_query
from ui.train import controls
from ui.train.session import TrainSession
from ui.train.settings import data_problem

pytestmark = pytest.mark.usefixtures("whole_sidebar")


def test_own_data_follows_the_catalog_and_equal_labels_are_told_apart() -> None:
    tables = [people(seed=seed) for seed in range(4)]
    first = store_people(columns=tables[0], token=TOKEN)
    second = store_people(columns=tables[1], label="Wine", token=TOKEN)
    store_people(columns=tables[2], label="XOR")
    another = store_people(columns=tables[3], label="Another's", token="b" * 32)
    catalog = [info.label for info in DATASETS.values()]
    choice = control(opened(dataset="digits"), "Data set")
    assert choice.options[: len(catalog)] == catalog
    assert set(choice.options[len(catalog) :]) == {"People", "Wine", "XOR (2)"}
    assert [control(opened(dataset=name), "Data set").value for name in (first, second)] == [first, second]
    assert control(opened(dataset=another), "Data set").options[-1] == "Another's", "a link's reader may use it"


def test_a_table_starts_with_the_preset_for_tables() -> None:
    name = store_people(token=TOKEN)
    app = opened(dataset="digits")
    control(app, "Data set").select(name).run()
    assert config_of(found(app)) == PRESETS["table"].config(name)
    assert app.query_params.keys() == {"dataset"}
    control(app, "Data set").select("digits").run()
    assert config_of(found(app)) == PRESETS["tutorial"].config("digits")
    control(app, "Preset").select("fast").run()
    control(app, "Data set").select(name).run()
    assert config_of(found(app)) == PRESETS["fast"].config(name), "another preset was chosen"


def test_no_mini_batch_is_larger_than_a_tiny_table() -> None:
    tiny = store_people([0, 1] * 3, Arrays({"age": [float(age) for age in range(6)]}), token=TOKEN)
    app = opened(dataset="digits", batch_size="1024")
    control(app, "Data set").select(tiny).run()
    train = dataset_info(tiny).train
    sentence = f"Batch size is 1024, but People has {train} training examples. Choose a batch size from 1 to {train}."
    assert from_query({"dataset": tiny, "batch_size": "1024"})[1] == [sentence]
    assert config_of(found(app)).batch_size == train < 6
    assert [int(size) for size in control(app, "Batch size").options] == [
        size for size in (1, 2, train) if size <= train
    ]


def test_without_its_data_the_page_says_so_and_goes_on_with_the_usual() -> None:
    name = store_people(token=TOKEN)
    app = opened(dataset=name, x="seconds")
    delete(name)
    app.run()
    assert [toast.value for toast in app.toast] == [plain(data_problem(name))]
    assert data_problem(name).startswith("The data set 'People' was deleted.")
    assert (found(app)["dataset"], found(app)["preset"], found(app)["x"]) == ("digits", "tutorial", "seconds")
    assert app.query_params.keys() == {"x"}
    app.run()
    assert not app.toast, "once"


@pytest.mark.parametrize(("label", "chosen"), [("Preset", "fast"), ("Data set", "digits"), ("Optimizer", "adam")])
def test_a_control_that_is_used_just_after_the_data_was_deleted_does_not_fail(label: str, chosen: str) -> None:
    name = store_people(token=TOKEN)
    app = opened(dataset=name)
    delete(name)
    control(app, label).select(chosen).run()
    assert config_of(found(app)).dataset == "digits"


def test_a_run_whose_data_is_gone_is_shown_and_gets_none_of_the_usual_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = RunConfig(dataset="own:000000000000", learning_rate=0.02)
    run = SimpleNamespace(id="somerun", view=lambda: SimpleNamespace(config=gone))

    def show(session: TrainSession, run_id: str) -> None:
        session.show(cast(Any, run), watching=run_id != "somerun")
        session.other_experiment = False

    monkeypatch.setattr(TrainSession, "open", show)
    app = opened(run="somerun", dataset=gone.dataset)
    assert config_of(found(app)) == PRESETS["tutorial"].config("digits")
    shown = session.own_session(TrainSession)
    assert shown.other_experiment, "so that nothing is applied to the run"
    assert shown.complaints == [data_problem(gone.dataset)]
    assert shown.run is cast(Any, run)


def what_waits() -> None:
    from ui.train.controls import _notice

    _notice()


def test_what_waits_for_a_restart_has_the_names_of_data_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    label = "*Wine* of $1 to $2"
    name, run = store_people(label=label, token=TOKEN), RunConfig(dataset="digits")
    shown = SimpleNamespace(view=lambda: SimpleNamespace(config=run))
    waiting = SimpleNamespace(run=shown, waiting=["dataset"], has_data=lambda dataset: True)
    values = defaults("table", name)
    monkeypatch.setattr(controls, "own_session", lambda kind: waiting)
    monkeypatch.setattr(controls, "train_controls", lambda: SimpleNamespace(values=lambda: values))
    (sentence,) = (each.value for each in app_of(what_waits).run().markdown)
    assert sentence == f"Press **Restart** to apply: data set {plain('Digits, 8 × 8')} → **{plain(label)}**."
