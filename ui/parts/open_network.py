"""The dialog that opens a network from a file: it becomes a run to look at, to test, to fork and to train on."""

import contextlib
import re
import shutil
from collections.abc import Mapping
from concurrent.futures import BrokenExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from mlp.config import SETTINGS
from mlp.datasets import DatasetError, dataset_info, is_available, load_dataset
from mlp.engine.pool import describe_loss
from mlp.export import OpenedNetwork, OpeningError, open_network
from mlp.text import counted
from ui.parts.browser import browser_token
from ui.parts.datasets import dataset_labels
from ui.parts.dialogs import close_dialog, in_dialog, open_dialog, show_refusal
from ui.parts.notices import offer_download, plain, show_upload_notice
from ui.parts.server import engine
from ui.parts.state import Key
from ui.parts.streamlit_internals import forget_upload

WHAT = (
    "Weights as .safetensors: a file from the Download menu, or Dense layers from another program. "
    "The network becomes a run, to look at, to test, to fork and to train on."
)
LONGEST_NAME = 80  # characters of a file's name


class Opened(NamedTuple):
    """A file that was read."""

    number: int  # of the tab's files
    name: str  # without its ending
    network: OpenedNetwork

    def key(self, widget: str) -> str:
        """Return the key of one of this file's widgets."""
        return f"opened_{widget}_{self.number}"


def open_button(closing: str = "") -> None:
    """Draw the button that opens the dialog, and closes the popover with the key `closing` that it is in."""
    st.button(
        "Open a network",
        icon=":material/upload_file:",
        on_click=_offer,
        args=(closing,),
        help="Weights from a file become a run",
        key="open_network",
    )


def _offer(closing: str) -> None:
    st.session_state.pop(Key.OPENED, None)
    if closing:
        st.session_state[closing] = False
    open_dialog(_dialog)
    st.rerun()  # the dialog is drawn by the page, also for a button in a part of it


@st.dialog("Open a network", icon=":material/upload_file:", width="medium", on_dismiss=close_dialog)
def _dialog() -> None:
    st.caption(WHAT)
    key = f"network_file_{st.session_state.get(Key.OPENED_FILES, 0)}"  # another uploader once its file was read
    show_upload_notice()
    st.file_uploader("Drop a file here, or choose one", on_change=_receive, args=(key,), key=key)
    opened: Opened | None = st.session_state.get(Key.OPENED)
    if opened is not None:
        _choices(opened)
    show_refusal()


def _receive(key: str) -> None:
    """Read an uploaded file, in a worker: a broken one can't bring the server down."""
    file: UploadedFile = st.session_state[key]
    st.session_state.pop(Key.OPENED, None)
    with in_dialog(), TemporaryDirectory(prefix="mlp-open-") as folder:
        path = Path(folder) / (re.sub(r"[^\w.() -]", "_", file.name)[-LONGEST_NAME:].lstrip(".") or "file")
        with path.open("wb") as copy:
            shutil.copyfileobj(file, copy)
        forget_upload(file)
        number = st.session_state[Key.OPENED_FILES] = st.session_state.get(Key.OPENED_FILES, 0) + 1
        try:
            network = engine().compute(open_network, path).result()
        except BrokenExecutor as error:
            raise OpeningError(f"{describe_loss(error)} while reading the file. Try again.") from error
        st.session_state[Key.OPENED] = Opened(number, path.stem, network)


def _choices(opened: Opened) -> None:
    """Say what was read, and ask for what the file does not say."""
    network, description = opened.network, opened.network.description
    sizes = "–".join(f"{size:,}" for size in network.sizes)
    origin = "from another program"
    if description is not None:
        origin = f"trained on {description.info.label} for {counted(description.trained['step'], 'step')}"
    st.markdown(f":green[:material/check:] **{plain(opened.name)}**: network {sizes}, {plain(origin)}")
    if network.notes:
        st.caption(f":material/info: {plain(' '.join(network.notes))}")
    labels = _fitting(network)
    if not labels:
        st.warning(
            f"It has {counted(network.sizes[0], 'input')} and {counted(network.sizes[-1], 'output')}, and no data set "
            "here has as many. Bring its data on the Data page, then open the file again.",
            icon=":material/warning:",
        )
        return
    left, right = st.columns(2)
    dataset = left.selectbox("Data set", list(labels), format_func=labels.__getitem__, key=opened.key("dataset"))
    right.text_input("Name of the run", opened.name, key=opened.key("name"))
    if description is None and len(network.sizes) > 2:
        choices = SETTINGS["activation"].choices
        left.selectbox(
            "Activation", list(choices), format_func=lambda name: choices[name].label, key=opened.key("activation")
        )
    if not is_available(dataset):
        offer_download(dataset)
        return
    st.button("Open", type="primary", icon=":material/play_circle:", on_click=_open, args=(opened, dataset))


def _fitting(network: OpenedNetwork) -> Mapping[str, str]:
    """Return the labels of the data sets with as many inputs and outputs, by name; that of the file itself is first."""
    labels = dataset_labels()
    if network.description is not None:
        name = network.description.info.name
        with contextlib.suppress(DatasetError):  # it is not here
            labels = {name: labels.get(name, dataset_info(name).label)} | labels
    infos = ((name, label, dataset_info(name)) for name, label in labels.items())
    ends = network.sizes[0], network.sizes[-1]
    return {name: label for name, label, info in infos if (info.inputs, info.classes) == ends}


def _open(opened: Opened, dataset: str) -> None:
    """Make a run of the network, and show it on the Train page."""
    chosen = st.session_state
    with in_dialog():
        model = opened.network.on(load_dataset(dataset), chosen.get(opened.key("activation"), ""))
        run_id = engine().keep_opened(model, chosen[opened.key("name")], browser_token())
        close_dialog()
        del chosen[Key.OPENED]
        chosen[Key.OPENS_ADDRESS] = True
        st.switch_page("pages/train.py", query_params={"run": run_id})
