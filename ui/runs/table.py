"""The table of runs: their settings and results. It is sorted and searched in the browser, without the server."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from mlp.comparison.groups import RESULTS, Group, differing, names_of, title_of
from mlp.config import SETTINGS
from mlp.datasets import DATASETS
from mlp.store import RunRecord, StoreError
from mlp.text import counted
from mlp.training import Status
from ui.parts.server import store
from ui.parts.state import Key
from ui.runs.feed import line_address
from ui.runs.selection import MOST_SELECTED, generation, select, selected_ids

ALWAYS = ("dataset", "hidden", "optimizer", "learning_rate", "batch_size", "epochs", "seed")
ROW = 35  # pixels
LEAST_ROWS = 5  # in sight
# How high the table may be. With runs selected it leaves the window to their curves; else it fills it.
ROOM_SELECTED, ROOM_ALONE = "36vh", "calc(100vh - 11rem)"
LOOK_SECONDS = 1.25  # every other time it brings new numbers
NUMBERS = {
    "best_validation_accuracy": ("Best (%)", "%.1f", "Best validation accuracy"),
    "validation_accuracy": (
        "Final (%)",
        "%.1f",
        "Final validation accuracy, once a run has ended; the chart shows it while it trains",
    ),
    "seconds": ("Time (s)", "%.1f", "Training time"),
    "samples_per_second": ("k samples/s", "%.1f", "Training examples per second, in thousands"),
    "parameters": ("Parameters", "localized", "Weights and biases"),
}
# A result that is left out. The chart has the latest accuracy, some seconds ahead of the table.
UNKNOWN = ("validation_accuracy", Status.RUNNING)


def filtered(runs: Sequence[RunRecord]) -> list[RunRecord]:
    """Draw the filter above the table; return the runs that match."""
    datasets = list(dict.fromkeys(run.dataset for run in runs))
    words = st.text_input(
        "Filter",
        placeholder="Filter: a name, a tag, adam, 0.1 …",
        label_visibility="collapsed",
        icon=":material/filter_alt:",
        width=320,
        key="filter_words",
    )
    wanted: list[str] = []
    if len(datasets) > 1:
        wanted = st.pills(
            "Data sets",
            datasets,
            format_func=lambda name: DATASETS[name].label,
            selection_mode="multi",
            label_visibility="collapsed",
            width="content",
            key="filter_datasets",
        )
    parts = words.lower().split()
    found = [
        run
        for run in runs
        if (not wanted or run.dataset in wanted) and (not parts or all(part in _text(run) for part in parts))
    ]
    count = counted(len(runs), "run")
    st.markdown(count if len(found) == len(runs) else f"{len(found):,} of {count}", width="content")
    return found


def names_by_id(runs: Sequence[RunRecord]) -> dict[str, str]:
    """Return what each stored run is called on this page; of equal ones, the oldest gets the first number."""
    oldest_first = sorted(runs, key=lambda run: run.created)
    return {run.id: name for run, name in zip(oldest_first, names_of(oldest_first), strict=True)}


def runs_table(runs: Sequence[RunRecord], names: Mapping[str, str], groups: Sequence[Group]) -> None:
    """Draw the table. A ticked run joins the comparison and the address; `groups` are the lines drawn."""
    moves = any(run.status == Status.RUNNING for run in runs) or _lags(runs)
    height = f"flex: 0 0 {_height(len(runs), bool(groups))} !important"
    st.html(f'<style>[data-testid="stLayoutWrapper"]:has(> .st-key-runs_rows) {{ {height}; }}</style>')
    st.fragment(_table, run_every=LOOK_SECONDS if moves else None)(runs, moves, names, _samples(groups))


def _height(rows: int, selected: bool) -> str:
    """Return the table's height as CSS: all rows if they fit into its share of the window, and never too few."""
    full, least = (ROW * (1 + count) + 3 for count in (max(rows, 1), LEAST_ROWS))
    return f"min({full}px, max({least}px, {ROOM_SELECTED if selected else ROOM_ALONE}))"


def _samples(groups: Sequence[Group]) -> dict[str, str]:
    """Return for each run that is drawn the address of a sample of its line, in its color and dashes."""
    theme = st.context.theme.type or "light"
    return {run.id: line_address(index, theme) for index, group in enumerate(groups) for run in group.runs}


class _Rows(NamedTuple):
    """The rows of the browser's table, which identifies them by number: for other runs or ticks it is a new table."""

    number: int  # of the table
    runs: set[str]  # listed in it, by id
    generation: int  # of the selection
    ids: list[str]  # of its rows, the selected ones first
    ticked: int  # how many are selected

    @property
    def key(self) -> str:
        """The table's name in Streamlit's session state."""
        return f"runs_table_{self.number}"


class _Shown(NamedTuple):
    """The contents of the browser's table."""

    key: str
    runs: Sequence[RunRecord]
    marked: bool  # whether the ticks were sent with these runs


def _table(runs: Sequence[RunRecord], moves: bool, names: Mapping[str, str], samples: Mapping[str, str]) -> None:
    """Draw the table. While runs train it is drawn again and again; the rest of the page stays."""
    now = [_now(run) for run in runs]
    if [run.status for run in now] != [run.status for run in runs]:
        st.rerun()  # one has started or stopped: the whole page must show that
    listed = {run.id: run for run in now}
    rows = _rows(listed)
    with st.container(height=ROW * (1 + LEAST_ROWS), border=False, key="runs_rows"):  # until the style is there
        st.dataframe(
            frame(_shown(rows.key, [listed[run_id] for run_id in rows.ids]), names, samples),
            hide_index=True,
            height="stretch",
            row_height=ROW,
            column_config=_columns(max((len(names[run_id]) for run_id in rows.ids), default=0), bool(samples)),
            placeholder="–",
            key=rows.key,
            on_select=lambda: _tick(rows),
            selection_mode="multi-row",
            selection_default={"selection": {"rows": list(range(rows.ticked))}},
            alt="Stored runs",
        )
    if moves and not any(run.status == Status.RUNNING for run in now) and not _lags(now):
        st.rerun()  # the table is complete: no need to look any more


def _rows(listed: Mapping[str, RunRecord]) -> _Rows:
    """Return the table's rows: those before, unless other runs are listed or selected."""
    before: _Rows | None = st.session_state.get(Key.RUNS_ROWS)
    if before and (before.runs, before.generation) == (set(listed), generation()):
        return before
    selected = [run_id for run_id in selected_ids() if run_id in listed]
    ids = list(dict.fromkeys([*selected, *listed]))
    rows = _Rows(before.number + 1 if before else 0, set(listed), generation(), ids, len(selected))
    st.session_state[Key.RUNS_ROWS] = rows
    return rows


def _shown(key: str, runs: Sequence[RunRecord]) -> Sequence[RunRecord]:
    """Return the runs to show: these, or once more the ones before.

    The browser remembers ticks by their place on the screen. When the numbers that it sorts by change, other runs move
    to those places, so the ticks are sent again. It accepts them only if none were sent the time before.
    """
    before: _Shown | None = st.session_state.get(Key.RUNS_SHOWN)
    mark = False
    if before and before.key == key:
        if before.marked or _contents(before.runs) == _contents(runs):
            runs = before.runs
        else:
            selected, mark = set(selected_ids()), True
            rows = [row for row, run in enumerate(runs) if run.id in selected]
            st.session_state[key] = {"selection": {"rows": rows}}
    st.session_state[Key.RUNS_SHOWN] = _Shown(key, runs, mark)
    return runs


def _lags(runs: Sequence[RunRecord]) -> bool:
    """Return whether the browser's table shows outdated values."""
    before: _Shown | None = st.session_state.get(Key.RUNS_SHOWN)
    known = {run.id: run for run in runs}
    both = [(run, known[run.id]) for run in (before.runs if before else ()) if run.id in known]
    return _contents([run for run, _ in both]) != _contents([run for _, run in both])


def _contents(runs: Sequence[RunRecord]) -> list[tuple[Any, ...]]:
    """Return all that the table's contents depend on."""
    return [(run.id, run.status, run.step, run.reports, run.config_json, run.name, run.tags, run.notes) for run in runs]


def _now(run: RunRecord) -> RunRecord:
    """Return the current record of a run; the old one if the run is no longer stored."""
    try:
        return store().run(run.id) if run.status == Status.RUNNING else run
    except StoreError:
        return run


def frame(runs: Sequence[RunRecord], names: Mapping[str, str], samples: Mapping[str, str]) -> pd.DataFrame:
    """Return the table: results first, then the settings that are always shown or differ."""
    configs = [run.config for run in runs]
    different = set(differing(configs))
    settings = [name for name in SETTINGS if name in ALWAYS or name in different]
    columns: dict[str, list[Any]] = {"line": [samples.get(run.id, "") for run in runs]}
    columns["run"] = [names[run.id] for run in runs]
    columns["open"] = [f"./?run={run.id}" for run in runs]
    columns["status"] = [run.status for run in runs]
    columns["created"] = [pd.Timestamp(run.created, unit="s", tz="UTC") for run in runs]
    for name in NUMBERS:
        scale = 0.001 if name == "samples_per_second" else RESULTS[name].scale
        columns[name] = [math.nan if (name, run.status) == UNKNOWN else scale * getattr(run, name) for run in runs]
    for name in settings:
        values = [getattr(config, name) for config in configs]
        columns[name] = values if SETTINGS[name].is_number else [SETTINGS[name].show(value) for value in values]
    if any(run.tags for run in runs):
        columns["tags"] = [list(run.tags) for run in runs]
    if any(run.notes for run in runs):
        columns["notes"] = [run.notes for run in runs]
    return pd.DataFrame(columns)


def _columns(longest: int, drawn: bool) -> dict[str, Any]:
    """Return how the columns look; `longest` is the number of letters of the longest name, `drawn` whether a run is."""
    config = st.column_config
    columns: dict[str, Any] = {
        name: config.NumberColumn(setting.label, format="%d" if setting.is_id else "%g")
        for name, setting in SETTINGS.items()
        if setting.is_number
    }
    columns |= {name: SETTINGS[name].label for name in SETTINGS if name not in columns}
    columns |= {
        name: config.NumberColumn(label, format=form, help=help) for name, (label, form, help) in NUMBERS.items()
    }
    return columns | {
        "open": config.LinkColumn("", display_text=":material/open_in_new:", width=36, help="Open on the Train page"),
        # Streamlit writes pinned columns in gray: so the line is pinned, by which a run is known, and not its name.
        "line": config.ImageColumn("", width=44, pinned=True, help="How the run is drawn below") if drawn else None,
        "run": config.TextColumn("Run", width=min(max(8 * longest + 16, 200), 440)),
        "status": "Status",
        "tags": config.ListColumn("Tags"),
        "notes": "Notes",
        "created": config.DatetimeColumn("Started", format="MMM D, HH:mm", timezone=st.context.timezone),
    }


def _tick(rows: _Rows) -> None:
    """Select the ticked runs. Those that the filter hides stay selected, and each keeps its place: its color."""
    ticked = {rows.ids[row] for row in st.session_state[rows.key].selection.rows if row < len(rows.ids)}
    before = selected_ids()
    kept = [run_id for run_id in before if run_id in ticked or run_id not in rows.runs]
    kept += [run_id for run_id in rows.ids if run_id in ticked and run_id not in before]
    too_many = len(kept) > MOST_SELECTED
    select(kept, by_table=not too_many)
    if too_many:
        sentence = f"{len(kept):,} runs are too many to compare: the first {MOST_SELECTED} are selected."
        st.toast(f"{sentence} Filter the table first.", icon=":material/info:", duration="long")
    st.rerun()  # the whole page


def _text(run: RunRecord) -> str:
    """Return all words by which a run can be found."""
    settings = [f"{SETTINGS[name].label} {SETTINGS[name].show(getattr(run.config, name))}" for name in SETTINGS]
    words = (title_of(run), run.id, run.status, run.dataset, DATASETS[run.dataset].label, run.notes, *run.tags)
    return " ".join((*words, *settings)).lower()
