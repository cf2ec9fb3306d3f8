"""Actions for the selected runs: open, pause, resume, name, annotate, tag, delete and download them."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from mlp.comparison.files import Scales, curves_csv, runs_csv, runs_json
from mlp.search.trial import as_ended
from mlp.store import RunRecord, StoreError
from mlp.text import counted
from mlp.training import Status
from mlp.training.history import HistoryView
from ui.parts.dialogs import close_dialog, closing_dialog, open_dialog, show_refusal
from ui.parts.notices import in_toast, plain
from ui.parts.server import engine, may_steer, store
from ui.parts.settings import run_query
from ui.runs.feed import scales_of
from ui.runs.selection import deselect, select

FOREIGN = "Only the browser that started a run can change it"


def toolbar(runs: Sequence[RunRecord], names: Mapping[str, str], count: int) -> None:
    """Draw the buttons for the selected runs, of `count` in the store."""
    own = [run for run in runs if may_steer(run.id)]
    running = [run for run in own if run.status == Status.RUNNING]
    resting = [run for run in own if run.status != Status.RUNNING]
    waiting = [run for run in resting if as_ended(run).status in (Status.READY, Status.PAUSED)]
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="runs_actions"):
        st.markdown(f"**{len(runs)}** of {counted(count, 'run')} selected", width="content")
        _open(runs, names)
        if running:
            _button("Pause", "pause", running, pause, "Stops training at once. Resume continues from there")
        if waiting:
            _button("Resume", "play_arrow", waiting, resume, "Continues training from where it stopped")
        if running:
            help = "Pauses training and unticks the runs. Nothing is lost: tick them again to resume"
            _button("Stop", "stop", running, _stop, help)
        help = "Name, notes and tags" if own else FOREIGN
        st.button(
            "Edit",
            icon=":material/edit:",
            disabled=not own,
            help=help,
            on_click=open_dialog,
            args=(_edit, own, names),
            key="edit_runs",
        )
        help = "" if resting else "Pause a run before deleting it" if own else FOREIGN
        _button("Delete", "delete", resting, _delete, help)
        _downloads(runs)
        st.button("Clear", icon=":material/deselect:", type="tertiary", on_click=select, args=([],), key="clear_runs")
        if not own:
            st.caption(":material/visibility: Read only: another browser started these runs.", width="content")


def _button(
    word: str, icon: str, runs: Sequence[RunRecord], action: Callable[[Sequence[RunRecord]], None], help: str
) -> None:
    """Draw the button of an action on some of the selected runs, disabled if there are none."""
    st.button(
        f"{word} {len(runs)}" if len(runs) > 1 else word,
        icon=f":material/{icon}:",
        disabled=not runs,
        help=help or None,
        on_click=_act,
        args=(action, runs),
        key=f"{word.lower()}_runs",
    )


def _act(action: Callable[[Sequence[RunRecord]], None], runs: Sequence[RunRecord]) -> None:
    """Act on those runs that this browser still controls: one may have been handed over since they were drawn."""
    action([run for run in runs if may_steer(run.id)])


def pause(runs: Sequence[RunRecord]) -> None:
    """Pause runs that train on this server."""
    for run in runs:
        live = engine().find(run.id)
        if live is not None:  # otherwise another server trains it
            live.pause()
    store().flush()  # the page reads their statuses from there next


def resume(runs: Sequence[RunRecord]) -> None:
    """Go on training runs."""
    with in_toast():
        for run in runs:
            engine().resume(run.id).start()
    store().flush()


def _stop(runs: Sequence[RunRecord]) -> None:
    pause(runs)
    deselect(run.id for run in runs)


def offer_deleted(deleted: Sequence[RunRecord], names: Mapping[str, str]) -> None:
    """Name the selected runs that were deleted, just now or since a link was made, with a way back."""
    if not deleted:
        return
    own = [run.id for run in deleted if may_steer(run.id)]
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        listed = ", ".join(names[run.id] for run in deleted[:3])
        listed += f" and {len(deleted) - 3} more" if len(deleted) > 3 else ""
        st.markdown(f":material/delete: Deleted: {plain(listed)}", width="stretch")
        st.button(
            "Undo",
            icon=":material/undo:",
            disabled=not own,
            help="Possible for a day after deleting" if own else FOREIGN,
            on_click=_restore,
            args=(own,),
            key="undo_delete",
        )
        st.button("Dismiss", type="tertiary", on_click=deselect, args=([run.id for run in deleted],), key="dismiss")


def _open(runs: Sequence[RunRecord], names: Mapping[str, str]) -> None:
    if len(runs) == 1:
        _link(runs[0], "Open")
        return
    with st.popover("Open", icon=":material/play_circle:", width="content"):
        for run in runs:
            _link(run, plain(names[run.id]))


def _link(run: RunRecord, label: str) -> None:
    query = run_query(run.id, run.config)
    st.page_link("pages/train.py", label=label, icon=":material/play_circle:", query_params=query)


def _downloads(runs: Sequence[RunRecord]) -> None:
    def known() -> tuple[dict[str, HistoryView], dict[str, Scales]]:
        return store().histories([run.id for run in runs]), scales_of(runs)

    with st.popover("Download", icon=":material/download:", width="content", key="download_runs"):
        for label, name, mime, make in (
            ("Settings and results, CSV", "runs.csv", "text/csv", lambda: runs_csv(runs, scales_of(runs))),
            ("Curves, CSV", "curves.csv", "text/csv", lambda: curves_csv(runs, *known())),
            ("Everything, JSON", "runs.json", "application/json", lambda: runs_json(runs, *known())),
        ):
            st.download_button(label, make, name, mime, on_click="ignore", width="stretch", key=f"download_{name}")


@st.dialog("Name, notes, tags", icon=":material/edit:", on_dismiss=close_dialog)
def _edit(runs: Sequence[RunRecord], names: Mapping[str, str]) -> None:
    run = runs[0]
    if len(runs) > 1:
        chosen = st.selectbox("Run", range(len(runs)), format_func=lambda row: names[runs[row].id], key="edited_run")
        run = runs[chosen]
    used = sorted({tag for other in runs for tag in other.tags})
    with st.form("edit_run", border=False):  # so that Enter saves
        st.text_input("Name", run.name, placeholder=names[run.id], key=f"name_of_{run.id}")
        st.multiselect(
            "Tags",
            used,
            default=list(run.tags),
            accept_new_options=True,
            filter_mode="prefix",
            select_all=False,
            wrap=False,  # a box that grows as it is used, and shrinks as it is left, moves Save away from the mouse
            placeholder="Type a tag and press Enter",
            key=f"tags_of_{run.id}",
        )
        st.text_area("Notes", run.notes, key=f"notes_of_{run.id}")
        st.form_submit_button("Save", type="primary", on_click=_save, args=(run.id,), key="save_run")
    show_refusal()


def _save(run_id: str) -> None:
    """Save what was typed in the dialog, and close it."""
    typed = st.session_state
    with closing_dialog():
        if not may_steer(run_id):
            raise StoreError("This browser no longer controls the run, so it can't change it.")
        store().rename(run_id, typed[f"name_of_{run_id}"])
        store().tag(run_id, typed[f"tags_of_{run_id}"])
        store().annotate(run_id, typed[f"notes_of_{run_id}"])


def _delete(runs: Sequence[RunRecord]) -> None:
    """Delete runs. They stay selected until that is dismissed: so they can be named, and restored."""
    with in_toast():
        for run in runs:
            store().delete(run.id)


def _restore(ids: Sequence[str]) -> None:
    with in_toast():
        for run_id in filter(may_steer, ids):
            store().undelete(run_id)
