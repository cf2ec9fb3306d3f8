"""What holds for every test: where the data is, one BLAS thread, how hypothesis searches, an end; Ctrl-C for some."""

import atexit
import faulthandler
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# As in the workers. BLAS libraries look once, when numpy is first imported, and no test has imported it yet.
for library in ("OPENBLAS", "OMP", "MKL", "VECLIB"):
    variable = "VECLIB_MAXIMUM_THREADS" if library == "VECLIB" else f"{library}_NUM_THREADS"
    os.environ.setdefault(variable, "1")

# Real MNIST lies beside the checkout where a developer or CI has it.
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
if SHARED_DATA.is_dir():
    os.environ.setdefault("MLP_DATA_DIR", str(SHARED_DATA))

# What tests train is no one's to keep.
STORE = tempfile.mkdtemp(prefix="mlp-tests-")
atexit.register(shutil.rmtree, STORE, ignore_errors=True)
os.environ["MLP_STORE"] = f"sqlite:///{STORE}/runs.sqlite3"

# A slow machine is no failure. CI tries the same examples every time: a red run speaks of the change.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "local")


def pytest_unconfigure() -> None:
    """If this process does not end now, it says where each thread waits, as pytest has a test do that hangs."""
    faulthandler.dump_traceback_later(60, exit=True)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Programs started in the background of a shell ignore Ctrl-C, and their child processes inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
