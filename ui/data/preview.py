"""An uploaded file is shown with all that is guessed about it, until it is imported or taken away."""

from functools import partial

import streamlit as st

from mlp.datasets import DatasetError
from mlp.datasets.own.background import ImportProcess
from mlp.datasets.own.images import ImagesPreview
from mlp.datasets.own.plan import ImagesPlan, TablePlan
from mlp.datasets.own.preview import TablePreview
from mlp.datasets.own.quota import Quota, least_size
from mlp.datasets.own.stored import LONGEST_LABEL, check_label
from ui.data import images, table
from ui.data.looking import preview_of, rows_of, table_preview
from ui.data.session import DataSession, Upload
from ui.data.split import has_test_set
from ui.parts.browser import browser_token
from ui.parts.choice import keep
from ui.parts.notices import in_sentences, plain
from ui.parts.press import press
from ui.parts.server import limits


def preview(session: DataSession, upload: Upload) -> None:
    """Draw the preview of an upload, with the button that imports it."""
    try:
        with st.spinner(f"Looking into {plain(upload.name)} …"):
            found = preview_of(upload)
    except DatasetError as error:
        session.reject(str(error))
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        size = table.described(found) if isinstance(found, TablePreview) else images.described(found)
        st.markdown(f"#### {plain(upload.name)} :small[:gray[{size}]]", width="stretch")
        buttons = st.container(horizontal=True, width="content", gap="small")
    with st.sidebar:
        first = check_label("".join(filter(str.isprintable, upload.name.partition(".")[0]))[:LONGEST_LABEL] or "Data")
        label = keep(
            st.text_input, "Name of the data set", key=upload.key("label"), first=first, max_chars=LONGEST_LABEL
        )
    plan: TablePlan | ImagesPlan | None = None
    with in_sentences():
        plan = plan_of(session, upload, found, check_label(label))
    with buttons:
        st.button("Discard", icon=":material/close:", on_click=session.clear, help="Choose another file", key="discard")
        start = partial(_start, session, upload, found, plan) if plan else None
        press("Use it", start, key=upload.key("use"), icon=":material/check:", type="primary")


def plan_of(
    session: DataSession, upload: Upload, found: TablePreview | ImagesPreview, label: str
) -> TablePlan | ImagesPlan | None:
    """Draw what was found in a file; return what is decided about it, None if nothing can be learned like that."""
    if isinstance(found, TablePreview):
        return table.table_view(session, upload, found, label)
    return images.images_view(upload, found, label)


def _start(
    session: DataSession, upload: Upload, found: TablePreview | ImagesPreview, plan: TablePlan | ImagesPlan
) -> None:
    """Begin the import, if there is room for its data set."""
    session.problem = ""
    quota, test = Quota(browser_token(), limits()), session.test if has_test_set(upload) else None
    try:
        quota.check(least_size(plan, _examples(upload, found, plan) + (rows_of(test) if test else 0)))
    except DatasetError as error:
        session.problem = str(error)
    else:
        upload.replace_columns()  # the table keeps its edits only as long as it is drawn
        token, name = browser_token(), upload.name
        session.job = ImportProcess(upload.path, plan, test=test, token=token, name=name, quota=quota)
    st.rerun()  # once `press` is over


def _examples(upload: Upload, found: TablePreview | ImagesPreview, plan: TablePlan | ImagesPlan) -> int:
    """Return how many examples a file has, about, read as planned."""
    if isinstance(found, ImagesPreview):
        return sum(found.counts)
    assert isinstance(plan, TablePlan)
    return (found if plan.dialect == found.dialect else table_preview(upload, plan.dialect)).count
