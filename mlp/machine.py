"""What numbers are computed with: the processor, the library that multiplies matrices, and versions."""

import functools
import hashlib
import platform
import socket
from pathlib import Path
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_info

PACKAGE = Path(__file__).parent
TRAINS = (
    "network",
    "datasets",
    "training",
)  # the rooms of this program that decide what is learned, and how it is sent


class Machine(NamedTuple):
    """A computer that trains."""

    host: str
    processor: str
    blas: str

    def is_like(self, other: "Machine") -> bool:
        """Whether the same training gives the same results on both, to the last bit."""
        return self[1:] == other[1:]


@functools.cache
def this_machine() -> Machine:
    """Return what this process runs on."""
    return Machine(socket.gethostname(), processor(), blas())


@functools.cache
def programs() -> dict[str, str]:
    """Return the versions of all that must be the same where parts of one run are trained; mlp's is a hash."""
    files = [*PACKAGE.glob("*.py"), *(path for room in TRAINS for path in (PACKAGE / room).rglob("*.py"))]
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path.relative_to(PACKAGE).as_posix()}\n{path.read_text('utf-8')}".encode())
    return {"Python": platform.python_version(), "numpy": np.__version__, "mlp": digest.hexdigest()[:8]}


def processor() -> str:
    """Return the processor's name, as the system reports it."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def blas() -> str:
    """Return which library multiplies numpy's matrices, and which of its kernels."""
    np.ones((2, 2)) @ np.ones((2, 2))
    return ", ".join(
        f"{library['internal_api']} {library['version']}, kernel {library.get('architecture', 'unknown')}"
        for library in threadpool_info()
        if library["user_api"] == "blas"
    )


def made_with() -> dict[str, str]:
    """Return what results depend on to the last bit, besides the program: versions, BLAS and processor."""
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": blas(),
        "processor": processor(),
        "system": f"{platform.system()} {platform.release()}",
    }
