"""A PostgreSQL server for tests, where its programs are on this machine: a cluster of its own, on loopback."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

WAIT_SECONDS = "30"
USER = "mlp"


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, None where there is none: Debian keeps them off the PATH."""
    places = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists() and (place / "pg_ctl").exists()), None)


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Run a server in a new, empty folder; yield the SQLAlchemy URL of its database. Ends the server."""
    bin = programs()
    assert bin is not None
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # PostgreSQL refuses to run as root, and a socket's path must be short.
    user = "nobody" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        if user:
            shutil.chown(folder, user)
        data = Path(folder) / "data"

        def run(program: str, *arguments: str) -> None:
            command = [str(bin / program), *arguments]
            # Into nothing: the server would keep a pipe open for ever.
            subprocess.run(command, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)

        run("initdb", "--pgdata", str(data), "--auth", "trust", "--username", USER, "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
        run("pg_ctl", "--pgdata", str(data), "-o", options, "-l", f"{folder}/log", "-w", "-t", WAIT_SECONDS, "start")
        try:
            yield f"postgresql+psycopg://{USER}@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "--pgdata", str(data), "-w", "-m", "immediate", "stop")
