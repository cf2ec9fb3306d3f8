"""What the numbers were measured on: processor, cores, BLAS, versions, and how busy the machine was."""

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import psutil
from threadpoolctl import threadpool_info

from benchmarks.contenders import CONTENDERS
from benchmarks.tables import table


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


def version_of(package: str) -> str:
    """Return an installed package's version."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def load() -> str:
    """Return how many processes wanted a core, on average over the last minute."""
    return f"{os.getloadavg()[0]:.1f}"


def main(load_before: str) -> str:
    """Return the table; `load_before` is the load before anything was measured."""
    packages = dict.fromkeys(contender.package for contender in CONTENDERS.values())
    forced = {name: value for name, value in os.environ.items() if name.startswith("OPENBLAS_CORETYPE")}
    rows = [
        ["processor", processor()],
        ["cores for this process", str(len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count())],
        ["memory", f"{psutil.virtual_memory().total / 2**30:.0f} GiB"],
        ["system", f"{platform.system()} {platform.release()}"],
        ["BLAS", blas() + (f", forced by {forced}" if forced else "")],
        ["Python", platform.python_version()],
        *([package, version_of(package)] for package in packages),
        ["others' load before the start", load_before],
    ]
    return table(["", "this machine"], rows)
