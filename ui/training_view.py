"""A run on the page: its buttons, and the panel that moves while it trains."""

import streamlit as st

from mlp.datasets import DatasetError, is_available, load_dataset
from mlp.store import StoreError
from ui.feed import feed_address
from ui.live import live_panel
from ui.notices import in_sentences, plain
from ui.session import Desk, store
from ui.sheet import Sheet, adopt, is_part_of_page, remember, sheet
from ui.transport import transport, watching


def training_view(desk: Desk, waiting: list[str]) -> None:
    """Show a desk's run. `waiting` names settings that need a reset.

    Most buttons change nothing around it: they have only this part of the page drawn anew, and answer the sooner.
    """
    st.fragment(_training_view)(desk, waiting, sheet(), _known(desk))


def _known(desk: Desk) -> tuple[object, ...]:
    """Return what the page around the view knows of the run."""
    return desk.run, desk.own, desk.run and desk.run.id


def _training_view(desk: Desk, waiting: list[str], edition: Sheet, known: tuple[object, ...]) -> None:
    if sheet() is not edition:
        st.rerun()  # a button has set the controls
    with in_sentences():
        _show(desk, waiting)
    if is_part_of_page() and _known(desk) != known:
        st.rerun()


def _show(desk: Desk, waiting: list[str]) -> None:
    if desk.run is None:
        return
    settings = sheet().settings()

    def fork(step: int | None) -> None:
        try:
            desk.fork(step, settings.config)
        except (StoreError, DatasetError) as error:
            st.toast(plain(str(error)), icon=":material/error:", duration="long")
            return
        if desk.run is not None:
            adopt(desk.run.view().config)

    desk.options = settings.view
    view = desk.run.view()
    if desk.own is None:
        watching(desk, fork)
    else:
        can_reset = is_available(settings.config.dataset)
        transport(desk, desk.own, view.status, settings.config, bool(waiting), can_reset)
    live_panel(view, load_dataset(view.config.dataset), settings.view, feed_address(desk), fork, store().trouble)
    remember(settings)  # the pace is in the address
