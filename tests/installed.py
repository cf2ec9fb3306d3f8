"""The program as people install it: a wheel built from this checkout, in an environment of its own."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NamedTuple

from tests.cli.calls import ROOT

OF_THESE_TESTS = ("MLP_DATA_DIR", "MLP_STORE", "PYTHONPATH")
DASHBOARD = ["dashboard", "--port={port}", "--address=127.0.0.1"]
# The folder of a person's data is below one of these, depending on the system.
HOMES = ("HOME", "LOCALAPPDATA", "XDG_DATA_HOME")


class Installed(NamedTuple):
    """Where the program was installed, and the home of the person who uses it."""

    site_packages: Path
    python: Path
    mlp: Path  # the command
    home: Path
    environment: dict[str, str]  # what differs from that of these tests

    def run(self, program: Path, *words: str) -> str:
        """Run a program of the environment in the person's home; return what it prints. It must succeed."""
        done = subprocess.run(
            [program, *words], cwd=self.home, env=os.environ | self.environment, capture_output=True, encoding="utf-8"
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def files(self) -> dict[Path, bytes]:
        """Return the package's files, but not what Python compiles."""
        files = (path for path in (self.site_packages / "mlp").rglob("*") if path.is_file())
        return {path: path.read_bytes() for path in files if path.suffix != ".pyc"}


def install(folder: Path) -> Installed:
    """Build the package, and install it in a new environment, which has what it needs from that of these tests."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    environment = folder / "environment"
    base = {"base": str(environment), "platbase": str(environment)}
    site_packages, scripts = (Path(sysconfig.get_path(name, vars=base)) for name in ("purelib", "scripts"))
    subprocess.run([*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", folder, ROOT], check=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    (site_packages / "these.pth").write_text(sysconfig.get_path("purelib"))
    [wheel] = folder.glob("*.whl")
    subprocess.run([*pip, "--python", environment, "install", "--no-deps", wheel], check=True)
    home = folder / "home"
    home.mkdir()
    variables = dict.fromkeys(OF_THESE_TESTS, "") | dict.fromkeys(HOMES, str(home))
    return Installed(site_packages, scripts / "python", scripts / "mlp", home, variables)
