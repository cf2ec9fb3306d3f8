"""Sentences beside the work: what in a link made no sense, what waits for a restart, what must be downloaded first."""

import streamlit as st

from mlp.config import SETTINGS
from mlp.datasets import DATASETS, DatasetError, download, is_available, size_to_download
from ui.parts.notices import LONGEST, MOST, in_toast, plain
from ui.parts.session import own_session
from ui.train.session import TrainSession
from ui.train.sheet import Part, adopt, settle, sheet


def complain_of_address() -> None:
    """Say which parts of the address were ignored, until that is dismissed."""
    complaints = st.session_state.get("complaints")
    if not complaints:
        return
    shown = [f"{complaint[:LONGEST]} …" if len(complaint) > LONGEST else complaint for complaint in complaints[:MOST]]
    if len(complaints) > MOST:
        shown.append(f"And {len(complaints) - MOST:,} more.")
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="complaints"):
        st.markdown(":orange[:material/link_off:] **Part of the link was ignored**", width="content")
        # As plain text: what a link contains must not become a picture or another link.
        st.text("\n".join(shown))
        if st.session_state.get("run_not_found"):
            st.page_link("pages/runs.py", label="See all runs", icon=":material/compare_arrows:")
        st.button("Dismiss", on_click=lambda: st.session_state.pop("complaints"), width="content")


def say_what_waits() -> None:
    """Say which settings are not those of the network that is shown; offer to train with them, or to take them back."""
    session, wanted = own_session(TrainSession), sheet().fields()
    if not session.waiting or session.run is None or not is_available(wanted["dataset"]):
        st.empty()  # replaces the sentence at once, before everything else is drawn
        return
    running = session.run.view().config

    changes = ", ".join(
        f"{setting.label_in_text} {setting.show(getattr(running, name))} → **{setting.show(wanted[name])}**"
        for name, setting in SETTINGS.items()
        if name in session.waiting
    )
    with st.container(key="waiting", gap="xsmall"):
        st.markdown(f"Press **Restart** to apply: {changes}.")
        with st.container(horizontal=True, gap="xsmall"):
            help = "Restart with these settings and train. This run stays in Runs, and Undo restart brings it back"
            st.button("Start this", type="primary", icon=":material/play_arrow:", on_click=_start_this, help=help)
            help = "Restore this network's settings"
            st.button("Undo", icon=":material/undo:", on_click=_undo, help=help, key="undo_settings")


def start_chosen() -> None:
    """Train a network with the chosen settings, from its initial weights."""
    with in_toast():
        settings = sheet().settings()
        own_session(TrainSession).start(settings.config, settings.pace)


def _start_this() -> None:
    start_chosen()
    st.rerun([Part.NOTICE, Part.RUN])


def _undo() -> None:
    run = own_session(TrainSession).run
    if run is not None:
        adopt(run.view().config)
    settle("preset")


def offer_download(name: str) -> None:
    """Describe a data set that is not on this machine, and download it on request."""
    info = DATASETS[name]
    with st.container(border=True, key="offer_download"):
        st.subheader(f"{info.label} is not on this machine yet")
        st.markdown(f"{info.description}  \nSource: {info.source}. License: {info.license}.")
        size = size_to_download(name) / 1e6
        if st.button(f"Download {size:.0f} MB", icon=":material/download:", type="primary"):
            bar = st.progress(0.0, "Contacting the server …")

            def show(done: int, total: int) -> None:
                bar.progress(done / total, f"{done / 1e6:.1f} of {total / 1e6:.1f} MB")

            try:
                download(name, show)
            except DatasetError as error:  # caught here, so that the run on the page stays there
                bar.empty()
                st.error(plain(str(error)), icon=":material/error:")
            else:
                st.rerun()
        st.caption("Or choose another data set on the left: the 8 × 8 digits and the points need no download.")
