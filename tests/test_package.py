"""Installed as a package, the program works from any folder, and keeps nothing in its own."""

import os
import re
import signal
import subprocess
from importlib.metadata import distributions
from pathlib import Path
from urllib.request import urlopen

import pytest
from packaging.requirements import Requirement

from tests.browser.server import STOP_SECONDS, served
from tests.cli.calls import ROOT, lines_of
from tests.installed import DASHBOARD, Installed, install


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return install(tmp_path_factory.mktemp("package"))


def test_it_trains(installed: Installed) -> None:
    said = installed.run(installed.mlp, "train", "--dataset", "digits", "--epochs", "2")
    assert len(lines_of(said)) == 2
    assert float(re.search(r"test accuracy +([\d.]+)\s%", said)[1]) > 50  # type: ignore[index]


def test_it_is_a_library_with_types(installed: Installed) -> None:
    said = installed.run(installed.python, "-c", "import mlp; print(mlp.__file__, *mlp.__all__)")
    file, *names = said.split()
    assert Path(file) == installed.site_packages / "mlp" / "__init__.py"
    assert "advance" in names
    assert (installed.site_packages / "mlp" / "py.typed").exists()


def test_it_needs_what_the_dashboard_needs(installed: Installed) -> None:
    [package] = distributions(name="mlp", path=[str(installed.site_packages)])
    needed = {Requirement(text) for text in package.requires or []}
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    listed = {Requirement(line.partition("#")[0].strip()) for line in lines if not line.startswith("#")}
    extras = {requirement for requirement in needed if "extra" in str(requirement.marker)}
    assert needed - extras == listed
    assert {requirement.name for requirement in extras} == {"onnx", "distributed"}


def test_what_a_person_brings_is_kept_in_their_folder(installed: Installed) -> None:
    before = installed.files()
    (installed.home / "few.csv").write_text("x,class\n" + "".join(f"{n % 7 / 2},{'ab'[n % 2]}\n" for n in range(40)))
    said = installed.run(installed.mlp, "data", "import", "few.csv")
    name = re.search(r"own:(\w+)", said)
    assert name is not None
    assert [path.name for path in installed.home.rglob("*") if path.name == name[1]] == [name[1]]
    assert "`mlp data" in installed.run(installed.mlp, "data", "delete", "--help")
    assert installed.files() == before


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_while_it_starts_ends_it_silently(installed: Installed, tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGINT)")
    environment = os.environ | installed.environment | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run([installed.mlp, "train"], env=environment, capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


@pytest.mark.usefixtures("interruptible")
def test_the_dashboard_opens_from_any_folder_until_ctrl_c(installed: Installed, tmp_path: Path) -> None:
    before = installed.files()
    command = [str(installed.mlp), *DASHBOARD]
    log = tmp_path / "log.txt"
    with served(log, command, installed.home, **installed.environment) as (url, server):
        for address in ("", "learn", "app/static/icon.png", "app/static/fonts/LICENSE.txt"):
            with urlopen(f"{url}/{address}", timeout=10) as answer:
                assert answer.status == 200, address
        server.send_signal(signal.SIGINT)
        assert server.wait(STOP_SECONDS) == 0
    assert not re.search("Traceback|Abort", log.read_text())
    assert installed.files() == before
