"""Actions for the selected runs: open, name, annotate, tag, delete and download them."""

from collections.abc import Mapping, Sequence

import streamlit as st

from mlp.comparison.groups import curves_csv, runs_csv, runs_json
from mlp.store import RunRecord, StoreError
from mlp.text import counted
from mlp.training import Status
from ui.parts.notices import plain
from ui.parts.server import may_steer, store
from ui.runs.selection import choose_and_tick, chosen_ids

FOREIGN = "Only the browser that started a run may change it"


def toolbar(runs: Sequence[RunRecord], names: Mapping[str, str], count: int) -> None:
    """Draw the buttons for the selected runs, of `count` in the store."""
    own = [run for run in runs if may_steer(run.id)]
    resting = [run for run in own if run.status != Status.RUNNING]
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown(f"**{len(runs)}** of {counted(count, 'run')} selected", width="content")
        _open(runs, names)
        if st.button(
            "Name, notes, tags",
            icon=":material/edit:",
            disabled=not own,
            help=None if own else FOREIGN,
            key="compare_edit",
        ):
            _edit(own, names)
        st.button(
            f"Delete {len(resting)}" if len(resting) > 1 else "Delete",
            icon=":material/delete:",
            disabled=not resting,
            help=None if resting else "Pause a run before deleting it" if own else FOREIGN,
            on_click=lambda: _delete(resting, names),
            key="compare_delete",
        )
        _downloads(runs)
        st.button(
            "Clear",
            icon=":material/deselect:",
            type="tertiary",
            on_click=lambda: choose_and_tick([]),
            key="compare_clear",
        )


def say_what_was_deleted() -> None:
    """Name the runs that were deleted, with a way back, until it is dismissed."""
    deleted: list[tuple[str, str]] = st.session_state.get("compare_deleted", [])
    if not deleted:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        names = ", ".join(title for _, title in deleted[:3])
        names += f" and {len(deleted) - 3} more" if len(deleted) > 3 else ""
        st.markdown(f":material/delete: Deleted: {plain(names)}", width="stretch")
        st.button("Undo", icon=":material/undo:", on_click=_bring_back, key="compare_undo")
        st.button("Dismiss", type="tertiary", on_click=_forget_deleted, key="compare_dismiss")


def offer_deleted(runs: Sequence[RunRecord]) -> None:
    """Name the runs in a link that were deleted, except those that `say_what_was_deleted` names."""
    named = {run_id for run_id, _ in st.session_state.get("compare_deleted", [])}
    for run in runs:
        if run.id in named:
            continue
        with st.container(horizontal=True, vertical_alignment="center"):
            st.warning(f"Run {run.id} was deleted.", icon=":material/delete:")
            st.button(
                "Undo",
                icon=":material/undo:",
                disabled=not may_steer(run.id),
                help=None if may_steer(run.id) else FOREIGN,
                on_click=store().undelete,
                args=(run.id,),
                key=f"compare_undelete_{run.id}",
            )


def _open(runs: Sequence[RunRecord], names: Mapping[str, str]) -> None:
    if len(runs) == 1:
        _link(runs[0], "Open")
        return
    with st.popover("Open", icon=":material/play_circle:", width="content"):
        for run in runs:
            _link(run, plain(names[run.id]))


def _link(run: RunRecord, label: str) -> None:
    st.page_link("pages/train.py", label=label, icon=":material/play_circle:", query_params={"run": run.id})


def _downloads(runs: Sequence[RunRecord]) -> None:
    with st.popover("Download", icon=":material/download:", width="content"):
        ids = [run.id for run in runs]
        for label, name, mime, make in (
            ("Settings and results, CSV", "runs.csv", "text/csv", lambda: runs_csv(runs)),
            ("Curves, CSV", "curves.csv", "text/csv", lambda: curves_csv(runs, store().histories(ids))),
            (
                "Everything, JSON",
                "runs.json",
                "application/json",
                lambda: runs_json(runs, store().histories(ids)),
            ),
        ):
            st.download_button(
                label, make, name, mime, on_click="ignore", width="stretch", key=f"compare_download_{name}"
            )


@st.dialog("Name, notes, tags", icon=":material/edit:")
def _edit(runs: Sequence[RunRecord], names: Mapping[str, str]) -> None:
    run = runs[0]
    if len(runs) > 1:
        chosen = st.selectbox(
            "Run", range(len(runs)), format_func=lambda row: names[runs[row].id], key="compare_edit_run"
        )
        run = runs[chosen]
    used = sorted({tag for other in runs for tag in other.tags})
    name = st.text_input("Name", run.name, placeholder=names[run.id], key=f"compare_name_{run.id}")
    tags = st.multiselect(
        "Tags",
        used,
        default=list(run.tags),
        accept_new_options=True,
        placeholder="Type a tag and press Enter",
        key=f"compare_tags_{run.id}",
    )
    notes = st.text_area("Notes", run.notes, key=f"compare_notes_{run.id}")
    if st.button("Save", type="primary", key="compare_save"):
        try:
            store().rename(run.id, name)
            store().tag(run.id, tags)
            store().annotate(run.id, notes)
        except StoreError as error:
            st.error(plain(str(error)), icon=":material/error:")
        else:
            st.rerun()


def _delete(runs: Sequence[RunRecord], names: Mapping[str, str]) -> None:
    gone = []
    try:
        for run in runs:
            store().delete(run.id)
            gone.append((run.id, names[run.id]))
    except StoreError as error:
        st.session_state.compare_trouble = str(error)
    st.session_state.compare_deleted = gone
    choose_and_tick([run_id for run_id in chosen_ids() if run_id not in dict(gone)])


def _bring_back() -> None:
    deleted: list[tuple[str, str]] = st.session_state.pop("compare_deleted", [])
    for run_id, _ in deleted:
        store().undelete(run_id)
    choose_and_tick([*chosen_ids(), *(run_id for run_id, _ in deleted)])


def _forget_deleted() -> None:
    st.session_state.pop("compare_deleted", None)
