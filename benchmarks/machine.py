"""What the numbers were measured on: processor, cores, BLAS, versions, and how busy the machine was."""

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version

import psutil

from benchmarks.contenders import CONTENDERS
from benchmarks.tables import table
from mlp.machine import blas, processor


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
