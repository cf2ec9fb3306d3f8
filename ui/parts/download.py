"""The Download dialog: a run leaves as a file, which a worker writes and the browser saves."""

import secrets
import shutil
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from tempfile import mkdtemp

import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from mlp.export import FORMATS, ExportedRun
from mlp.export.progress import ProgressFile
from mlp.text import counted, file_size
from ui.parts.component import listen
from ui.parts.computed import when_computed
from ui.parts.dialogs import close_dialog, open_dialog
from ui.parts.notices import in_toast, plain
from ui.parts.routes import place
from ui.parts.server import engine, scratch
from ui.parts.state import Key


class Download:
    """A file that a tab has asked for, there until it asks for another one or is closed."""

    def __init__(self, form: str, run: ExportedRun) -> None:
        """Have a worker write a run in the format of that name."""
        folder = mkdtemp(prefix="download-", dir=scratch())
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.form, self.name = form, FORMATS[form].file_name(run)
        self.path = Path(folder) / "file"
        self.progress = ProgressFile(Path(folder) / "progress")
        self.made: Future[None] = engine().compute(FORMATS[form].save, run, self.path, self.progress)
        self.token = secrets.token_urlsafe()
        DOWNLOADS[self.token] = self


DOWNLOADS: weakref.WeakValueDictionary[str, Download] = weakref.WeakValueDictionary()  # by token


def download_route() -> Route:
    """Return the route at which a browser fetches the file that its tab has asked for."""
    return Route(place("/download/{token}"), _file)


def _file(request: Request) -> Response:
    """Answer with a file, piece by piece; 404 if it is no longer there."""
    download = DOWNLOADS.get(request.path_params["token"])
    if download is None or not download.path.exists():
        return Response(status_code=404)
    return FileResponse(download.path, filename=download.name)


def offer_formats(exported: Callable[[], ExportedRun]) -> None:
    """Open the dialog for a run as it is now. For callbacks."""
    with in_toast():
        st.session_state.pop(Key.DOWNLOAD, None)
        open_dialog(_formats, exported())


@st.dialog("Download", icon=":material/download:", width="medium", on_dismiss=close_dialog)
def _formats(run: ExportedRun) -> None:
    """List the formats, each with what it is for or why the run can't have it."""
    sizes = "–".join(map(str, run.model.sizes))
    named = plain(run.name or run.model.dataset.info.label)
    st.caption(f"**{named}** · network {sizes} after {counted(run.state.step, 'step')}")
    asked: Download | None = st.session_state.get(Key.DOWNLOAD)
    for name, form in FORMATS.items():
        reason = form.why_not(run)
        button, about = st.columns([2, 3], vertical_alignment="center", gap="xsmall")
        button.button(
            form.label,
            icon=":material/download:",
            width="stretch",
            disabled=bool(reason),
            on_click=_ask,
            args=(name, run),
            key=f"download_{name}",
        )
        with about:
            if asked is not None and asked.form == name:
                _show(asked)
            elif reason:
                st.caption(f":material/block: {plain(reason)}")
            else:
                st.caption(plain(form.purpose))


def _ask(form: str, run: ExportedRun) -> None:
    st.session_state[Key.DOWNLOAD] = Download(form, run)


def _show(download: Download) -> None:
    def save(_: None) -> None:
        size = file_size(download.path.stat().st_size)
        address = f"download/{download.token}"
        ready = f":green[:material/check:] Ready: {plain(download.name)} ({size})."
        # What the browser does with it, and whether the connection lasts, is not known here.
        st.caption(f"{ready} Your browser is saving it. [Save it again]({address})")
        listen("save", data={"address": address})

    share = (lambda: download.progress.share) if FORMATS[download.form].shows_progress else None
    when_computed("the file", lambda: download.made, save, share, st.rerun)  # nothing is typed in this dialog
