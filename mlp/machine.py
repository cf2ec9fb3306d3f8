"""What numbers are computed with: the processor, the library that multiplies matrices, and versions."""

import functools
import hashlib
import platform
import socket
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

PACKAGE = Path(__file__).parent
# The rooms of this program that decide what is learned, and how it is sent.
TRAINS = ("network", "datasets", "training")


class Machine(NamedTuple):
    """A computer that trains."""

    host: str
    processor: str
    kernels: tuple[str, ...]  # with which BLAS multiplies matrices

    def is_like(self, other: "Machine") -> bool:
        """Whether the same training gives the same results on both, to the last bit."""
        return self[1:] == other[1:]


class Moves:
    """Where a run trains on a cluster."""

    def __init__(self) -> None:
        self.latest: Machine | None = None
        self._said = False

    def to(self, machine: Machine | None) -> bool:
        """Note where it trains now. Return whether that is its first move to another kind of processor."""
        before, self.latest = self.latest, machine
        if self._said or before is None or machine is None or machine.is_like(before):
            return False
        self._said = True
        return True


@functools.cache
def this_machine() -> Machine:
    """Return what this process runs on."""
    # Not the versions: other packages may bring a BLAS beside numpy's, and may be imported or not.
    kernels = {f"{library['internal_api']} {library.get('architecture', 'unknown')}" for library in _blas_libraries()}
    return Machine(socket.gethostname(), processor(), tuple(sorted(kernels)))


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
    return ", ".join(
        f"{library['internal_api']} {library['version']}, kernel {library.get('architecture', 'unknown')}"
        for library in _blas_libraries()
    )


def _blas_libraries() -> list[dict[str, Any]]:
    from threadpoolctl import threadpool_info  # here: the command line's help does without it

    np.ones((2, 2)) @ np.ones((2, 2))
    return [library for library in threadpool_info() if library["user_api"] == "blas"]


def made_with() -> dict[str, str]:
    """Return what results depend on to the last bit, besides the program: versions, BLAS and processor."""
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": blas(),
        "processor": processor(),
        "system": f"{platform.system()} {platform.release()}",
    }
