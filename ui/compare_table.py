"""The table of runs: what was set and what came of it. It is sorted and searched in the browser, without the server."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from mlp.comparison import RESULTS, differing, title_of
from mlp.config import FIELDS, value_words
from mlp.datasets import DATASETS
from mlp.store import RunRecord
from ui.compare_choice import MOST_CHOSEN, choose, choose_anew, chosen_ids, edition

ALWAYS = ("dataset", "hidden", "optimizer", "learning_rate", "batch_size", "epochs", "seed")
ROW = 35  # pixels
MOST_ROWS = 5  # at a time
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
    """Draw the table. Whoever ticks a row compares that run; the address follows."""
    # A row is known by its number: where other runs are listed, ticks are set anew, and chosen runs come first.
    listed = {run.id: run for run in runs}
    if st.session_state.get("compare_listed") != (set(listed), edition()):
        st.session_state.compare_listed = (set(listed), edition())
        st.session_state.compare_table = st.session_state.get("compare_table", 0) + 1
        chosen = [run_id for run_id in chosen_ids() if run_id in listed]
        st.session_state.compare_rows = [*chosen, *(run_id for run_id in listed if run_id not in set(chosen))]
        st.session_state.compare_ticked = list(range(len(chosen)))
    ids: list[str] = st.session_state.compare_rows
    key = f"compare_table_{st.session_state.compare_table}"
    st.dataframe(
        frame([listed[run_id] for run_id in ids]),
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


def _text(run: RunRecord) -> str:
    """Return all words by which a run can be found."""
    settings = [value_words(name, getattr(run.config, name)) for name in FIELDS]
    words = (title_of(run), run.id, run.status, run.dataset, DATASETS[run.dataset].label, run.notes, *run.tags)
    return " ".join((*words, *settings)).lower()
