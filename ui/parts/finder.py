"""The learning-rate finder's dialog: the loss at each rate, live, and a button that sets the one that is suggested."""

from collections.abc import Callable
from concurrent.futures import Future

import streamlit as st

from mlp.charts.finder import rate_search
from mlp.text import rate
from mlp.training import Model
from mlp.training.finder import RateSearch, searched
from ui.parts.charts import board
from ui.parts.component import THEMED, component
from ui.parts.computed import show_error
from ui.parts.dialogs import close_dialog, closing_dialog, open_dialog, show_refusal
from ui.parts.notices import in_toast
from ui.parts.server import engine

PIECE_SECONDS, LOOK_SECONDS = 0.2, 0.25
LABEL = "Find a learning rate"
WHAT = (
    "A copy of the network, which is thrown away, trains with a learning rate that grows tenfold every 40 steps. While "
    "the rate is too low, the loss stays; then it falls, faster and faster, until the steps get too large. The edge is "
    "where about half of the fall is lost again, or training diverges (after Smith 2017)."
)


class LiveRateSearch:
    """A search under way: a worker does one piece of it and, once that was seen, the next."""

    def __init__(self, model: Model) -> None:
        self.search = RateSearch(model)
        self.error: BaseException | None = None
        self._piece: Future[RateSearch] | None = None

    @property
    def ended(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self.error is not None or self.search.over

    def advance(self) -> None:
        """Take what a worker has found, and have it go on unless the search is over."""
        if self._piece is not None and self._piece.done():
            self.error = self._piece.exception()
            if self.error is None:
                self.search = self._piece.result()
            self._piece = None
        if self._piece is None and not self.ended:
            self._piece = engine().compute(searched, self.search, PIECE_SECONDS)


def finder_button(model: Callable[[], Model], use: Callable[[float], None], disabled: bool = False) -> None:
    """Draw the button beside the learning rate, which searches with a copy of a network.

    `use` sets the learning rate that a person then accepts.
    """

    def search() -> None:
        with in_toast():
            open_dialog(_dialog, LiveRateSearch(model()), use)
            st.rerun()  # the dialog is drawn by the page

    icon = ":material/search_insights:"
    st.button(LABEL, icon=icon, help=LABEL, on_click=search, disabled=disabled, key="find_rate")


@st.dialog(LABEL, icon=":material/search_insights:", width="medium", on_dismiss=close_dialog)
def _dialog(live: LiveRateSearch, use: Callable[[float], None]) -> None:
    st.caption(WHAT)
    _followed(live, use)


def _followed(live: LiveRateSearch, use: Callable[[float], None]) -> None:
    """Show the search again and again until it has ended."""
    waits = not live.ended
    st.fragment(_progress, run_every=LOOK_SECONDS if waits else None)(live, use, waits)


def _progress(live: LiveRateSearch, use: Callable[[float], None], waits: bool) -> None:
    """Show how far the search is and, once it is over, what it suggests."""
    live.advance()
    if waits and live.ended:
        st.rerun()  # to look no more; nothing was being typed in this dialog
    search, suggestion, refusal = live.search, None, ""
    if search.over:
        try:
            suggestion = search.suggestion()
        except ValueError as error:
            refusal = str(error)
    board({"rates": rate_search(search, suggestion.rate if suggestion else None, palette=THEMED)}, key="rate_search")
    chosen = rate(suggestion.rate) if suggestion else ""
    said = f"Suggested: **{chosen}**, {suggestion.reason}" if suggestion else ""
    # On the page, empty, before there is a suggestion: only then do screen readers announce it.
    component("parts/said", '<p class="mlp-said" role="status"></p>')(key="rate_suggested", data={"sentence": said})
    if live.error is not None:
        show_error("the search", live.error)
    elif suggestion is not None:
        st.button(
            f"Use {chosen}",
            type="primary",
            icon=":material/check:",
            on_click=_accept,
            args=(use, suggestion.rate),
            key="use_rate",
        )
        show_refusal()
    elif refusal:
        st.warning(refusal, icon=":material/warning:")
    else:
        st.caption(f"Searching: {rate(float(search.rates[-1]))} so far …" if len(search.losses) else "Searching …")


def _accept(use: Callable[[float], None], chosen: float) -> None:
    """Set the learning rate, and close the dialog."""
    with closing_dialog():
        use(chosen)
