"""What a teacher gets on the page: hidden controls, large letters, three keys, and the box that makes the link."""

import functools
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

import segno
import streamlit as st

from ui.classroom import HIDE, PRESENT, YES, classroom
from ui.controls import folded
from ui.keys import listen_to_keys
from ui.notices import plain

# Where a control's key is not its name.
KEYS = {
    "preset": ("preset", "back_to_preset"),
    "units": ("units",),
    "shape": ("shape", "surface"),
    "pace": ("pace", "plane_pace"),
}

SCREEN = """<style>
:root { font-size: clamp(18px, 1.45vw, 28px); } /* the panels' letters grow with the room they have */
[data-testid="stSidebar"], [data-testid="stSidebarCollapsedControl"], [data-testid="stExpandSidebarButton"],
[data-testid="stMainMenu"] { display: none; }
[data-testid="stMainBlockContainer"] { padding-inline: 2rem; }
.st-key-button_play_arrow, .st-key-button_pause { flex-basis: 9.5rem !important; }
.mlp-boundary .picture { width: min(100%, 100dvh - 15rem); }
.st-key-leave_room { position: fixed; z-index: 1000; top: 0.5rem; right: 1.5rem; width: auto; align-items: center; }
</style>"""


def set_the_room() -> None:
    """Show the page as the address says: without hidden controls, large on a projector. Draw the way back."""
    room = classroom()
    for name, value in room.parameters.items():
        if st.query_params.get(name) != value:  # another page wrote the address without them
            st.query_params[name] = value
    rules = [f"{selector} {{ display: none; }}" for name in room.hidden for selector in _selectors(name)]
    if rules:
        st.html(f"<style>{' '.join(rules)}</style>")
    for complaint in st.session_state.pop("classroom_complaints", []):
        st.toast(plain(complaint), icon=":material/link_off:", duration="long")
    if not room.presenting:
        return
    st.html(SCREEN)
    listen_to_keys()
    with st.container(horizontal=True, horizontal_alignment="right", key="leave_room"):
        st.caption("Space: play or pause · →: one step · R: restart · W: weights · Esc: exit", width="content")
        st.button("Exit", icon=":material/close_fullscreen:", type="tertiary", on_click=_leave, key="leave_presenting")


def classroom_box(controls: Mapping[str, str]) -> None:
    """Draw, at the sidebar's end, what makes the link for a class, and the way into the mode for a projector."""
    folded("For the classroom", "co_present", "classroom_box", functools.partial(_link, controls))


def _link(controls: Mapping[str, str]) -> None:
    """Draw what is in the box."""
    hidden = st.multiselect(
        "Hide from the class",
        list(controls),
        [name for name in classroom().hidden if name in controls],
        format_func=controls.__getitem__,
        placeholder="Nothing",
        key="classroom_hidden",
        persist_state="session",
        help="The link opens what is set now, without these controls.",
    )
    base = (st.context.url or "").partition("?")[0]
    query: dict[str, str | list[str]] = {
        name: st.query_params.get_all(name) for name in st.query_params if name not in (HIDE, PRESENT, "run")
    }
    if hidden:
        query[HIDE] = ".".join(hidden)
    address = f"{base}?{urlencode(query, doseq=True)}" if query else base
    st.code(address, language=None, wrap_lines=True)
    here_only = urlsplit(base).hostname in ("localhost", "127.0.0.1")
    if here_only:
        st.caption("This address works on this machine only. Start with `make class`, and open the one it prints.")
    with st.container(horizontal=True):
        st.button(
            "Present",
            icon=":material/fullscreen:",
            on_click=_present,
            help="Large letters, no sidebar. Space: play or pause; →: one step; R: restart",
            key="present",
        )
        if not here_only and st.button("QR code", icon=":material/qr_code_2:", help="The link, to scan", key="qr_code"):
            _show_code(address)


@st.dialog("Scan to join", icon=":material/qr_code_2:")
def _show_code(address: str) -> None:
    """Show an address so that a phone's or a tablet's camera can read it across the room."""
    drawing = segno.make(address, error="l", micro=False).svg_inline(light="#fff", border=3, omitsize=True)
    st.image(drawing, caption=address, width="stretch")


def _selectors(name: str) -> list[str]:
    """Return where a control is on the page: Streamlit writes its key into its class, as it is or with a number."""
    if name == "units":
        return ['[class*="st-key-units"]']
    return [rule for key in KEYS.get(name, (name,)) for rule in (f".st-key-{key}", f'[class*="st-key-{key}-"]')]


def _present() -> None:
    st.session_state.classroom = classroom()._replace(presenting=True)
    st.query_params[PRESENT] = YES
    st.rerun()


def _leave() -> None:
    st.session_state.classroom = classroom()._replace(presenting=False)
    st.query_params.pop(PRESENT, None)
