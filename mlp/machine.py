"""What numbers are computed with: the processor, the library that multiplies matrices, and versions."""

import platform
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info


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
