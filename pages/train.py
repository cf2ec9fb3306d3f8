"""The Train page: choose a network on the left, press Train, and watch it learn."""

import streamlit as st

from mlp import ConfigError, DatasetError
from mlp.datasets import is_available
from ui import PAGE_STYLE
from ui.controls import remember, settings_from_sidebar
from ui.notices import complain_of_address, offer_download, plain, say_what_waits
from ui.session import follow, own_run
from ui.training_view import training_view

st.html(PAGE_STYLE)
try:
    settings = settings_from_sidebar()
    remember(settings)
    complain_of_address()
    if is_available(settings.config.dataset):
        run = own_run(settings.config)
        waiting = follow(run, settings.config)
        say_what_waits(run.view().config, settings.config, waiting)
        training_view(run, settings, waiting)
    else:
        offer_download(settings.config.dataset)
except (ConfigError, DatasetError) as error:
    st.error(plain(str(error)), icon=":material/error:")
