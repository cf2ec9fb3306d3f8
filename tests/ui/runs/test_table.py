"""The table of runs shows every stored run, whatever became of its data set, and a run that it shows is watched."""

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlp.comparison.groups import by_settings, names_by_id, one_by_one
from mlp.datasets import REGRESSION, Recipe, roots
from mlp.engine import Engine
from mlp.store import RunRecord, Store
from tests.datasets.own.made import store_people
from tests.pools import Threads
from tests.stored_runs import SMALL, run_record
from tests.ui.scripts import app_of
from tests.waiting import wait_until
from ui.parts.state import Key
from ui.runs import feed, views
from ui.runs import rows as rows_module
from ui.runs import table as table_module
from ui.runs.rows import frame, rows_by_run, rows_by_setting

NOISY = Recipe("moons", noise=0.3).name


@pytest.fixture(autouse=True)
def browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser called "me"."""
    for room in (rows_module, table_module, views):
        monkeypatch.setattr(room, "browser_token", lambda: "me")


def with_data(name: str) -> RunRecord:
    """A run as it was stored when there was a data set of this name."""
    settings = replace(SMALL, dataset=name).to_json()
    return replace(run_record(id=name), dataset=name, config_json=settings, initial_config_json=settings)


def filter_alone() -> None:
    import streamlit as st

    from tests.ui.runs.test_table import NOISY, with_data
    from ui.runs.table import filtered

    runs = [with_data(name) for name in ("digits", NOISY, "moons", "gone")]
    st.session_state.found = [run.id for run in filtered(runs)]


def test_runs_are_found_by_their_data_set_whatever_became_of_it() -> None:
    app = app_of(filter_alone).run()
    assert not app.exception
    (pills,) = app.button_group
    assert pills.options == ["Digits, 8 × 8", "Moons", "gone"]
    for word, found in (("gone", ["gone"]), ("moons", [NOISY, "moons"]), ("", ["digits", NOISY, "moons", "gone"])):
        app.text_input[0].set_value(word).run()
        assert app.session_state.found == found
    app.button_group[0].select("Moons").run()
    assert app.session_state.found == [NOISY, "moons"]


def test_the_table_calls_each_data_set_by_its_label() -> None:
    runs = [with_data("digits"), with_data(NOISY), with_data("gone")]
    table = frame(rows_by_run(runs, names_by_id(runs)), {})
    assert table["dataset"].tolist() == ["Digits, 8 × 8", "Moons", "gone"]
    assert table["run"].tolist() == ["Digits", "Moons", "gone"]


def test_imported_data_has_its_owners_label_also_if_others_have_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roots, "PROGRAM_DATA", tmp_path)
    monkeypatch.delenv("MLP_DATA_DIR", raising=False)
    name = store_people(token="me", label="Mine")
    assert store_people(token="you", label="Theirs") == name
    runs = [with_data("digits"), with_data(name)]
    names = names_by_id(runs, "me")
    table = frame(rows_by_run(runs, names), {})
    assert table["dataset"].tolist() == ["Digits, 8 × 8", "Mine"]
    assert [*names.values(), *names_by_id(runs).values()] == ["Digits", "Mine", "Digits", "Imported data"]
    lines = [group.label for groups in (one_by_one, by_settings) for group in groups(runs, "me")]
    assert lines == ["Digits", "Mine"] * 2


def test_results_of_a_regression_have_columns_apart() -> None:
    classes, numbers = run_record(), run_record(id="numbers", task=REGRESSION, validation_score=0.5)
    assert "validation_r_squared" not in frame(rows_by_run([classes], names_by_id([classes])), {})
    table = frame(rows_by_run([classes, numbers], names_by_id([classes, numbers])), {})
    np.testing.assert_allclose(table["validation_accuracy"], [89, np.nan])
    np.testing.assert_allclose(table["validation_r_squared"], [np.nan, 0.5])
    trains = replace(numbers, status="running")
    assert frame(rows_by_run([trains], names_by_id([trains])), {})["validation_r_squared"].isna().all()


def test_dropouts_are_numbers_unless_a_run_has_one_for_each_layer() -> None:
    configs = [replace(SMALL, hidden=(4, 3), dropout=dropout) for dropout in (0.0, 0.5, (0.2, 0.5))]
    runs = [run_record(config, id=str(place)) for place, config in enumerate(configs)]
    rows = rows_by_run(runs, names_by_id(runs))
    assert frame(rows[:2], {})["dropout"].tolist() == [0.0, 50.0]
    assert frame(rows, {})["dropout"].tolist() == ["0\u202f%", "50\u202f%", "20\u202f%–50\u202f%"]


def table_alone() -> None:
    import streamlit as st

    from mlp.comparison.groups import names_by_id
    from ui.runs.table import runs_table

    runs = st.session_state.runs
    runs_table(runs, names_by_id(runs), [])


@pytest.mark.parametrize(("dropout", "label"), [(0.5, "Dropout (%)"), ((0.2, 0.5), "Dropout")])
def test_a_column_of_percentages_says_so_in_its_name(dropout: Any, label: str) -> None:
    app = app_of(table_alone)
    configs = [replace(SMALL, hidden=(4, 3), dropout=value) for value in (0.1, dropout)]
    app.session_state.runs = [run_record(config, id=str(place)) for place, config in enumerate(configs)]
    app.run()
    assert not app.exception
    assert json.loads(app.dataframe[0].proto.columns)["dropout"]["label"] == label  # also in a saved CSV


def test_a_run_that_trains_in_the_table_is_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        closing(Store(f"sqlite:///{tmp_path}/runs.sqlite3")) as store,
        closing(Engine(Threads, store=store)) as engine,
    ):
        monkeypatch.setattr(feed, "store", lambda: store)
        monkeypatch.setattr(feed, "engine", lambda: engine)
        run = engine.open(replace(SMALL, epochs=1000), "me")
        run.start()
        wait_until(lambda: store.flush() and bool(store.runs()))
        app, before = app_of(table_alone), run.last_seen
        app.session_state.runs = store.runs()
        app.run()
        assert not app.exception
        assert run.last_seen > before


def ticked_table() -> None:
    """A table whose late message says that both its rows are ticked."""
    from types import SimpleNamespace

    import streamlit as st

    from mlp.comparison.groups import names_by_id
    from tests.ui.runs.test_table import with_data
    from ui.parts.state import Key
    from ui.runs.rows import rows_by_run
    from ui.runs.selection import select
    from ui.runs.table import _Table, _tick

    runs = [with_data(name) for name in ("digits", "moons")]
    old = _Table(0, rows_by_run(runs, names_by_id(runs)), st.session_state.ticked)
    st.session_state[old.key] = SimpleNamespace(selection=SimpleNamespace(rows=[0, 1]))
    if Key.RUNS_TABLE not in st.session_state:
        select(st.session_state.selected)
        st.session_state[Key.RUNS_TABLE] = old._replace(number=1, ticked=st.session_state.selected)
        _tick(old)  # reruns the page


@pytest.mark.parametrize(
    ("ticked", "after"), [(["digits", "moons"], []), (["digits"], ["moons"]), ([], ["digits", "moons"])]
)
def test_a_late_message_selects_only_what_was_ticked_since(ticked: list[str], after: list[str]) -> None:
    app = app_of(ticked_table)
    app.session_state.ticked, app.session_state.selected = ticked, []
    app.run()
    assert not app.exception
    assert app.session_state[Key.SELECTED] == after
    assert app.session_state[Key.RUNS_TABLE].number == 1  # the one that is shown


def listed_runs() -> None:
    """What the browser's table becomes, of the runs that a test lists one after the other."""
    from functools import partial

    import streamlit as st

    from mlp.comparison.groups import names_by_id
    from tests.ui.runs.test_table import SEEDS
    from ui.runs.rows import rows_by_run, rows_by_setting
    from ui.runs.selection import select
    from ui.runs.table import _updated

    rows_of = partial(rows_by_setting, unfolded=()) if st.session_state.is_grouped else rows_by_run
    select(["run 1"])
    st.session_state.sent = []
    for places in st.session_state.listed:
        runs = [SEEDS[place] for place in places]
        table = _updated(runs, lambda runs: rows_of(runs, names_by_id(runs)))
        ticks = st.session_state[table.key]["selection"]["rows"] if table.marked else None
        st.session_state.sent.append((table.number, [run.id[-1] for run in table.runs], ticks))


@pytest.mark.parametrize(
    ("is_grouped", "listed", "last"),
    [
        (False, [[2, 1, 0]], (0, ["1", "2", "0"], None)),  # those selected come first
        (False, [[2, 1, 0], [4, 3, 2, 1, 0]], (0, ["4", "3", "1", "2", "0"], [2])),
        (False, [[2, 1, 0], [3, 2, 1, 0], [4, 3, 2, 1, 0]], (0, ["4", "3", "1", "2", "0"], [2])),
        (False, [[2, 1, 0], [3, 2, 1, 0], [3, 2, 1, 0]], (0, ["3", "1", "2", "0"], None)),
        (False, [[2, 1], [2, 1, 0]], (1, ["1", "2", "0"], None)),  # an older one, which the filter had hidden
        (False, [[2, 1, 0], [3, 1, 0]], (1, ["1", "3", "0"], None)),
        (True, [[1], [3, 1]], (0, ["3", "1"], [1])),
        (True, [[1], [3, 1], [4, 3, 1]], (1, ["4", "3", "1"], None)),  # equal ticks twice would be ignored
    ],
)
def test_newer_runs_join_the_browsers_table_which_stays_as_it_is_sorted(
    is_grouped: bool, listed: list[list[int]], last: tuple[int, list[str], list[int] | None]
) -> None:
    app = app_of(listed_runs)
    app.session_state.listed, app.session_state.is_grouped = listed, is_grouped
    app.run()
    assert not app.exception
    assert app.session_state.sent[-1] == last


def charts_of_runs() -> None:
    import streamlit as st

    from tests.ui.runs.test_table import with_data
    from ui.runs.views import more_charts

    more_charts([with_data(name) for name in ("digits", "moons")[: st.session_state.runs]], [])


def test_charts_of_several_runs_are_offered_from_two_runs_on() -> None:
    app = app_of(charts_of_runs)
    for runs, charts in enumerate(([], [], ["Parallel coordinates", "Scatter", "Weights"])):
        app.session_state.runs = runs
        app.run()
        assert not app.exception
        assert [option for group in app.button_group for option in group.options] == charts
        assert [caption.value for caption in app.caption] == ([] if runs else ["No runs match."])


RATES = [replace(SMALL, learning_rate=rate, seed=seed) for rate in (0.1, 0.3) for seed in range(3)]
SEEDS = [
    run_record(config, id=f"run {place}", seed=config.seed, best_validation_score=0.9 + place / 100, created=place)
    for place, config in enumerate([*RATES, replace(SMALL, hidden=(16,))])
]


def test_runs_that_differ_only_in_the_seed_share_a_row_that_unfolds_to_them() -> None:
    names = names_by_id(SEEDS)
    table = frame(rows_by_setting(SEEDS, names, unfolded=()), {})
    assert table["seeds"].fillna("").tolist() == ["▶\N{VARIATION SELECTOR-15} 3", "▶\N{VARIATION SELECTOR-15} 3", ""]
    np.testing.assert_allclose(table["best_validation_accuracy"], [91, 94, 96])
    np.testing.assert_allclose(table["best_validation_accuracy deviation"], [1, 1, np.nan])
    assert table["best_validation_accuracy range"].fillna("").tolist() == ["90.0–92.0", "93.0–95.0", ""]
    assert table["run"].tolist() == [
        "8 units · learning rate 0.1",
        "8 units · learning rate 0.3",
        "16 units · learning rate 0.1",
    ]
    assert table["learning_rate"].tolist() == [0.1, 0.3, 0.1]
    np.testing.assert_array_equal(table["seed"], [np.nan, np.nan, 42])
    rows = rows_by_setting(SEEDS, names, unfolded={"run 1"})
    table = frame(rows, {})
    assert table["seeds"].fillna("").tolist() == ["▼ 3", "", "", "", "▶\N{VARIATION SELECTOR-15} 3", ""]
    assert [row.ids for row in rows][1:4] == [["run 0"], ["run 1"], ["run 2"]]
    assert table["seed"].tolist()[1:4] == [0, 1, 2]
    assert table["open"].fillna("").tolist() == ["", *(f"./?run=run {place}" for place in range(3)), "", "./?run=run 6"]
    named = [replace(run, name="x" * 60) for run in SEEDS[:3]]
    assert rows_by_setting([*named, SEEDS[3]], names, ())[0].name == "x" * 60, "a column can be made wider"
    single = frame(rows_by_run(SEEDS, names), {})
    assert not [name for name in single if name == "seeds" or str(name).endswith(("deviation", "range"))]


def test_the_same_seed_again_is_no_other_seed_in_a_settings_mean_and_deviation() -> None:
    again = replace(SEEDS[0], id="again", step=100, best_validation_score=0.8)  # and longer, so it counts
    table = frame(rows_by_setting([again, *SEEDS[:1]], {}, unfolded=()), {})
    assert table["seeds"].tolist() == ["▶\N{VARIATION SELECTOR-15} 1"]
    np.testing.assert_allclose(table["best_validation_accuracy"], [80])
    np.testing.assert_array_equal(table["best_validation_accuracy deviation"], [np.nan])
    table = frame(rows_by_setting([again, *SEEDS[:2]], {}, unfolded=()), {})
    np.testing.assert_allclose(table["best_validation_accuracy"], [85.5])


def test_a_row_of_several_runs_says_how_many_have_which_status() -> None:
    now = [replace(run, status=status) for run, status in zip(SEEDS, ["running", "finished", "running"], strict=False)]
    assert frame(rows_by_setting(now, names_by_id(now), ()), {})["status"].tolist() == ["2 training, 1 finished"]
    trial = '{"number": 1, "outcome": "pruned"}'
    pruned = replace(SEEDS[0], status="paused", search="abc", trial=trial)
    again = replace(pruned, status="running")  # a person went on with it
    rows = rows_by_run([pruned, again], {pruned.id: "a trial"})
    assert frame(rows, {})["status"].tolist() == ["Pruned", "Training"]
    cut = replace(pruned, id="cut", trial='{"number": 12, "outcome": "cut"}')
    rows = rows_by_run([cut, SEEDS[1]], {cut.id: "a trial", SEEDS[1].id: "a run"})
    table = frame(rows, {})
    assert table["status"].tolist() == ["Stopped", "Finished"]
    np.testing.assert_array_equal(table["trial"], [12, np.nan])
    assert "trial" not in frame(rows[1:], {})
    assert "trial 12" in table_module._texts(cut)[0]
    assert "trial" not in table_module._texts(SEEDS[1])[0]
    timed = replace(pruned, trial='{"number": 2, "outcome": "complete"}')  # its seconds were over
    assert frame(rows_by_run([timed], {timed.id: "a trial"}), {})["status"].tolist() == ["Finished"]
    same = [replace(run, status="paused") for run in SEEDS[:3]]
    assert frame(rows_by_setting(same, names_by_id(same), ()), {})["status"].tolist() == ["Paused"]


def ticked_seeds() -> None:
    """A table of settings whose message from the browser says which rows are ticked now."""
    from types import SimpleNamespace

    import streamlit as st

    from mlp.comparison.groups import names_by_id
    from tests.ui.runs.test_table import SEEDS
    from ui.parts.state import Key
    from ui.runs.rows import rows_by_setting
    from ui.runs.selection import select
    from ui.runs.table import _Table, _tick

    if Key.RUNS_TABLE not in st.session_state:
        select(st.session_state.selected)
        rows = rows_by_setting(SEEDS, names_by_id(SEEDS), {"run 0"})
        table = st.session_state[Key.RUNS_TABLE] = _Table(0, rows, st.session_state.selected)
        st.session_state[table.key] = SimpleNamespace(selection=SimpleNamespace(rows=st.session_state.rows))
        st.session_state.sent = table.ticked_rows
        _tick(table)  # reruns the page


@pytest.mark.parametrize(
    ("selected", "sent", "rows", "after", "stays"),
    [
        ([], [], [4], ["run 3", "run 4", "run 5"], True),  # a folded setting
        ([], [], [0], ["run 0", "run 1", "run 2"], False),  # its seeds must be ticked, too
        (["run 0", "run 1", "run 2"], [0, 1, 2, 3], [0, 1, 3], ["run 0", "run 2"], False),
        (["run 0", "run 1", "run 2"], [0, 1, 2, 3], [1, 2, 3], [], False),
        (["run 0", "run 6"], [1, 5], [1, 2, 5], ["run 0", "run 6", "run 1"], True),
    ],
)
def test_a_tick_of_a_setting_is_one_of_all_its_seeds(
    selected: list[str], sent: list[int], rows: list[int], after: list[str], stays: bool
) -> None:
    app = app_of(ticked_seeds)
    app.session_state.selected, app.session_state.rows = selected, rows
    app.run()
    assert not app.exception
    assert app.session_state.sent == sent
    assert app.session_state[Key.SELECTED] == after
    table = app.session_state[Key.RUNS_TABLE]
    assert table.ticked == after
    assert (table.number == 0) is stays, "otherwise another table is sent, with other ticks"
