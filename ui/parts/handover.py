"""Continue on another device: a link that works once hands a run to the browser that opens it.

What a link opens is kept in memory only, by the hash of the link's secret, and for minutes.
"""

import threading
import time
from typing import NamedTuple

import streamlit as st

from mlp.datasets.own.stored import deleted_label, is_own, share
from mlp.store import StoreError
from mlp.tokens import new_token, token_hash
from ui.parts.address import RUN, TAKE
from ui.parts.browser import browser_token
from ui.parts.dialogs import close_dialog, open_dialog
from ui.parts.link import address_of_page, link_and_code
from ui.parts.notices import in_toast
from ui.parts.server import engine, may_steer, store
from ui.parts.session import Session, give_up

MINUTES = 10


class Offer(NamedTuple):
    """What a link opens."""

    run_id: str
    giver: str  # the hash of the token of the browser that made it
    expires: float  # by the clock `time.monotonic`
    taken_by: str = ""  # the hash of the token of the browser that opened it


_offers: dict[str, Offer] = {}  # by the hash of the link's secret
_lock = threading.Lock()


def offer(run_id: str) -> str:
    """Return a new secret that hands over a run, once and within MINUTES; earlier ones for this run are void.

    Raises StoreError if this browser does not control the run.
    """
    if not may_steer(run_id):
        raise StoreError("This browser no longer controls the run, so it can't hand it over.")
    secret, now = new_token(), time.monotonic()
    with _lock:
        for key, old in list(_offers.items()):
            if old.expires < now or (old.run_id == run_id and not old.taken_by):
                del _offers[key]
        _offers[token_hash(secret)] = Offer(run_id, token_hash(browser_token()), now + 60 * MINUTES)
    return secret


def take(run_id: str, secret: str) -> None:
    """Give this browser control of a run, by the secret in a link. Again in the same browser, it changes nothing.

    If the run learns from imported data, this browser's Data page lists them from then on, as the other one's does.
    Raises StoreError with a sentence for a secret that was used, has expired or is of another run; DatasetError if the
    run is handed over, but not its data.
    """
    browser, key = browser_token(), token_hash(secret)
    with _lock:
        offered = _offers.get(key)
        if offered is None or offered.run_id != run_id or offered.expires < time.monotonic():
            raise StoreError(
                f"This link can't hand over the run: links work for {MINUTES} minutes, and only the latest one does. "
                "Make another one in the browser that controls the run."
            )
        if offered.taken_by not in ("", token_hash(browser)):
            raise StoreError(
                "This link has handed the run to another browser: it works once. "
                "Make another one in the browser that controls the run."
            )
        _offers[key] = offered._replace(taken_by=token_hash(browser))
        if may_steer(run_id):
            return
        store().hand_over(run_id, browser)
        if run := engine().find(run_id):
            run.owner = token_hash(browser)  # whose turns it takes, and whose limits it counts for
        give_up(run_id)
    dataset = store().run(run_id).dataset
    if is_own(dataset) and not deleted_label(dataset):
        share(dataset, offered.giver, browser)


def hand_over_button(session: Session, closing: str) -> None:
    """Draw the button that opens the dialog, and closes the popover with the key `closing` that it is in."""
    run = session.own
    st.button(
        "Continue on another device",
        icon=":material/devices:",
        on_click=_open,
        args=(run.id if run else "", closing),
        disabled=not (run and run.id),
        help="A link, and a code to scan, that gives another browser of yours control of this run, once it has begun",
        key="hand_over",
    )


def _open(run_id: str, closing: str) -> None:
    with in_toast():
        open_dialog(_hand_over, run_id, offer(run_id))
        st.session_state[closing] = False
        st.rerun()


@st.dialog("Continue on another device", icon=":material/devices:", width="large", on_dismiss=close_dialog)
def _hand_over(run_id: str, secret: str) -> None:
    """Show the link, and its code for a phone."""
    words, code = st.columns(2, gap="medium")
    with words:
        st.markdown(
            "The first browser that opens this link controls the run from then on; here it becomes read-only. The link "
            f"works once, within {MINUTES} minutes."
        )
        pace = {"pace": st.query_params["pace"]} if "pace" in st.query_params else {}  # it is no setting of the run
        address = address_of_page({RUN: run_id, TAKE: secret} | pace)
        link_and_code(address, "Scan to continue there", code, key="hand_over_link")
