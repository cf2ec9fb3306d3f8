"""What the first page would wait for is done as soon as the server runs: a whole class may open it at once."""

import gc
from contextlib import suppress
from importlib import import_module

from mlp.config import ConfigError, RunConfig
from mlp.datasets import DatasetError, default_dataset
from mlp.store import StoreError
from ui.parts.published import compress_largest
from ui.parts.server import engine


def get_ready() -> None:
    """Load what pages use, compress the largest scripts, and start the workers."""
    import_module("pandas")  # Streamlit imports it with the first page, and until then no other page is drawn either
    compress_largest()
    with suppress(ConfigError, DatasetError, StoreError, OSError):  # the first page says why
        engine().open(RunConfig(dataset=default_dataset()), keep=False)  # workers load its data
    # What was made until now stays: a collection need not look at it again. Otherwise each full one holds up all pages
    # for 0.13 s, and a class causes one every five seconds.
    gc.collect()
    gc.freeze()
