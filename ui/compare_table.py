"""The table of runs: what was set and what came of it. It is sorted and searched in the browser, without the server."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from mlp.comparison import RESULTS, differing, title_of
from mlp.config import FIELDS, value_words
from mlp.datasets import DATASETS
from mlp.store import RunRecord, StoreError
from ui.compare_choice import MOST_CHOSEN, choose, choose_anew, chosen_ids, edition
from ui.session import store

ALWAYS = ("dataset", "hidden", "optimizer", "learning_rate", "batch_size", "epochs", "seed")
ROW = 35  # pixels
MOST_ROWS = 5  # at a time
RUNNING = "running"
LOOK_SECONDS = 1.25  # its numbers follow at every other look
NUMBERS = {
    "best_validation_accuracy": ("Best", "%.2f", "Best validation accuracy in percent"),
    "validation_accuracy": ("Final", "%.2f", "Last validation accuracy in percent"),
    "seconds": ("Time", "%.2f s", "Seconds spent training"),
    "samples_per_second": ("Samples/s", "compact", "Training examples a second"),
    "parameters": ("Parameters", "localized", "How many numbers are learned"),
}


def filtered(runs: Sequence[RunRecord]) -> list[RunRecord]:
    """Draw the filter above the table; return the runs that it lets through."""
    datasets = list(dict.fromkeys(run.dataset for run in runs))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("#### Compare runs", width="content")
        words = st.text_input(
            "Filter",
            placeholder="Filter: a name, a tag, adam, 0.1 …",
            label_visibility="collapsed",
            icon=":material/filter_alt:",
            width=320,
            key="compare_filter",
        )
        wanted: list[str] = []
        if len(datasets) > 1:
            wanted = st.pills(
                "Data sets",
                datasets,
                selection_mode="multi",
                label_visibility="collapsed",
                width="content",
                key="compare_datasets",
            )
    parts = words.lower().split()
    return [
        run
        for run in runs
        if (not wanted or run.dataset in wanted) and (not parts or all(part in _text(run) for part in parts))
    ]


def runs_table(runs: Sequence[RunRecord]) -> None:
    """Draw the table. Whoever ticks a row compares that run; the address follows, and so do the numbers."""
    moves = any(run.status == RUNNING for run in runs) or _lags(runs)
    st.fragment(_table, run_every=LOOK_SECONDS if moves else None)(runs, moves)


def _table(runs: Sequence[RunRecord], moves: bool) -> None:
    """Draw the table as it stands now. It is drawn again and again while it moves; the rest of the page stays."""
    now = [_now(run) for run in runs]
    if [run.status for run in now] != [run.status for run in runs]:
        st.rerun()  # one has begun or stopped: that is for the whole page to show
    # A row is known by its number: where other runs are listed, ticks are set anew, and chosen runs come first.
    listed = {run.id: run for run in now}
    if st.session_state.get("compare_listed") != (set(listed), edition()):
        st.session_state.compare_listed = (set(listed), edition())
        st.session_state.compare_table = st.session_state.get("compare_table", 0) + 1
        chosen = [run_id for run_id in chosen_ids() if run_id in listed]
        st.session_state.compare_rows = [*chosen, *(run_id for run_id in listed if run_id not in set(chosen))]
        st.session_state.compare_ticked = list(range(len(chosen)))
    ids: list[str] = st.session_state.compare_rows
    key = f"compare_table_{st.session_state.compare_table}"
    st.dataframe(
        frame(_shown(key, [listed[run_id] for run_id in ids])),
        hide_index=True,
        height=ROW * (1 + min(max(len(runs), 1), MOST_ROWS)) + 3,
        row_height=ROW,
        column_config=_columns(),
        placeholder="–",
        key=key,
        on_select=lambda: _tick(key, ids),
        selection_mode="multi-row",
        selection_default={"selection": {"rows": st.session_state.compare_ticked}},
        alt="Stored runs",
    )
    if moves and not any(run.status == RUNNING for run in now) and not _lags(now):
        st.rerun()  # all is told: no need to look any more


class _Shown(NamedTuple):
    """What the browser's table has."""

    key: str
    runs: Sequence[RunRecord]
    marked: bool  # whether it was told with these runs which of them are ticked


def _shown(key: str, runs: Sequence[RunRecord]) -> Sequence[RunRecord]:
    """Return the runs to show: these, or once more those before them.

    The browser knows what is ticked by its place on the screen. Where numbers by which it sorts are others, other runs
    come to stand there; so it has to be told again. It listens only where it was told nothing the time before.
    """
    before: _Shown | None = st.session_state.get("compare_shown")
    mark = False
    if before and before.key == key:
        if before.marked or _told(before.runs) == _told(runs):
            runs = before.runs
        else:
            chosen, mark = set(chosen_ids()), True
            rows = [row for row, run in enumerate(runs) if run.id in chosen]
            st.session_state[key] = {"selection": {"rows": rows}}
    st.session_state.compare_shown = _Shown(key, runs, mark)
    return runs


def _lags(runs: Sequence[RunRecord]) -> bool:
    """Tell whether the browser's table says something else of some runs than is known of them."""
    before: _Shown | None = st.session_state.get("compare_shown")
    if before is None:
        return False
    known = {run.id: run for run in runs}
    both = [(run, known[run.id]) for run in before.runs if run.id in known]
    return _told([run for run, _ in both]) != _told([run for _, run in both])


def _told(runs: Sequence[RunRecord]) -> list[tuple[Any, ...]]:
    """Return what decides what the table says of runs."""
    return [(run.id, run.status, run.step, run.reports, run.config_json, run.name, run.tags, run.notes) for run in runs]


def _now(run: RunRecord) -> RunRecord:
    """Return a run as it stands now, where it may have moved on; as it was, where it has gone meanwhile."""
    try:
        return store().run(run.id) if run.status == RUNNING else run
    except StoreError:
        return run


def frame(runs: Sequence[RunRecord]) -> pd.DataFrame:
    """Return the table: results first, then those settings that are always shown or differ."""
    configs = [run.config for run in runs]
    different = set(differing(configs))
    settings = [name for name in FIELDS if name in ALWAYS or name in different]
    columns: dict[str, list[Any]] = {"open": [f"./?run={run.id}" for run in runs]}
    columns["run"] = [title_of(run) for run in runs]
    columns["status"] = [run.status for run in runs]
    for name in NUMBERS:
        columns[name] = [RESULTS[name].scale * getattr(run, name) for run in runs]
    for name in settings:
        values = [getattr(config, name) for config in configs]
        numbers = isinstance(FIELDS[name].default, int | float) and not isinstance(FIELDS[name].default, bool)
        columns[name] = values if numbers or name == "dataset" else [value_words(name, value) for value in values]
    if any(run.tags for run in runs):
        columns["tags"] = [list(run.tags) for run in runs]
    if any(run.notes for run in runs):
        columns["notes"] = [run.notes for run in runs]
    columns["created"] = [pd.Timestamp(run.created, unit="s", tz="UTC") for run in runs]
    return pd.DataFrame(columns)


def _columns() -> dict[str, Any]:
    config = st.column_config
    columns: dict[str, Any] = {
        name: config.NumberColumn(FIELDS[name].metadata["label"], format="%g" if name != "seed" else "%d")
        for name in FIELDS
        if isinstance(FIELDS[name].default, int | float) and not isinstance(FIELDS[name].default, bool)
    }
    columns |= {name: FIELDS[name].metadata["label"] for name in FIELDS if name not in columns}
    columns |= {
        name: config.NumberColumn(label, format=form, help=help) for name, (label, form, help) in NUMBERS.items()
    }
    return columns | {
        "open": config.LinkColumn("", display_text=":material/open_in_new:", width=36, help="Open on the Train page"),
        "run": config.TextColumn("Run", width=250, pinned=True),
        "status": "Status",
        "tags": config.ListColumn("Tags"),
        "notes": "Notes",
        "created": config.DatetimeColumn("Begun", format="distance"),
    }


def _tick(key: str, ids: Sequence[str]) -> None:
    """Take over what is ticked. Runs that the filter hides stay chosen, and each keeps its place: its colour."""
    ticked = {ids[row] for row in st.session_state[key].selection.rows if row < len(ids)}
    before = chosen_ids()
    kept = [run_id for run_id in before if run_id in ticked or run_id not in ids]
    kept += [run_id for run_id in ids if run_id in ticked and run_id not in before]
    if len(kept) <= MOST_CHOSEN:
        choose(kept)
    else:
        choose_anew(kept)
        st.session_state.compare_trouble = (
            f"{len(kept):,} runs are too many to compare: the first {MOST_CHOSEN} are chosen. Filter the table first."
        )
    st.rerun()  # the whole page


def _text(run: RunRecord) -> str:
    """Return all words by which a run can be found."""
    settings = [value_words(name, getattr(run.config, name)) for name in FIELDS]
    words = (title_of(run), run.id, run.status, run.dataset, DATASETS[run.dataset].label, run.notes, *run.tags)
    return " ".join((*words, *settings)).lower()
