"""The app's server, started for tests."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVER = [sys.executable, "-m", "streamlit", "run", "app.py"]
SERVER += ["--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true"]
START_SECONDS = 60
STOP_SECONDS = 10

running: list[tuple[subprocess.Popen[bytes], Path]] = []  # the servers of a test, and their logs
ports: list[int] = []  # that servers had which ended


@contextlib.contextmanager
def served(
    log: Path, command: Sequence[str] = SERVER, folder: Path = ROOT, base: str = "", **environment: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run the app on a free port, below the path `base`; yield its address and process.

    Ends it with everything it started.
    """
    port = _free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [word.format(port=port) for word in command],
            cwd=folder,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    running.append((process, log))
    try:
        url = f"http://127.0.0.1:{port}{base}"
        _wait_until_healthy(process, url, log)
        yield url, process
    finally:
        _end(process)
        ports.append(port)


def _free_port() -> int:
    """A port that a server had before, for which a browser has the app's scripts; else any that is free."""
    with contextlib.suppress(IndexError, OSError), socket.create_server(("127.0.0.1", ports.pop())) as free:
        return int(free.getsockname()[1])
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _wait_until_healthy(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"The app ended at once:\n{log.read_text(errors='replace')}", pytrace=False)
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"The app was not ready after {START_SECONDS} s:\n{log.read_text(errors='replace')}", pytrace=False)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End this process and what it started, nothing else: its family for certain."""
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _, alive = psutil.wait_procs(family, timeout=1)
    for child in alive:
        with contextlib.suppress(psutil.NoSuchProcess):  # it ended by itself
            child.kill()
