"""The Train page: choose a network on the left, press Train, and watch it learn."""

import streamlit as st

from ui.parts.controls import controls_of
from ui.parts.imported import show_import_notes
from ui.parts.notices import in_sentences, offer_download, show_complaints, show_store_notice
from ui.parts.session import own_session
from ui.parts.settings import TRAIN_PAGE, config_of, train_controls
from ui.train.controls import settings_view
from ui.train.session import TrainSession
from ui.train.settings import adopt, open_address
from ui.train.training_view import training_view

with in_sentences():
    open_address()
    config, session = config_of(train_controls().values()), own_session(TrainSession)
    if session.is_changed_elsewhere(config) and session.run is not None:
        adopt(session.run.view().config, keep_preset=True)
        st.rerun()
    # In a separate container, so that what follows stays the same element with or without a notice.
    with st.container():
        show_complaints(session.complaints, session.complaints.clear, run_not_found=session.run_not_found)
        show_store_notice(beside_panel=True)
        show_import_notes(config.dataset)
        if session.has_data(config.dataset):
            session.follow(config)
        else:
            offer_download(config.dataset)
# Each part is drawn even if something above was not available.
if controls_of(TRAIN_PAGE):
    training_view()
    settings_view()  # last, since it shows what was set already: the page answers sooner
