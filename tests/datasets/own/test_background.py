"""An import in a separate process shows how far it is, can be stopped, and ends with its server."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mlp.datasets import dataset_info
from mlp.datasets.own.background import TURNS, ImportProcess
from mlp.datasets.own.plan import Dialect, ImagesPlan, TablePlan
from mlp.datasets.own.stored import may_change, own_datasets, read_stored
from tests.picture_files import shade, write_zip
from tests.waiting import wait_until

PLAN = TablePlan("Rows", Dialect(), "kind", "classification", {"x": "number"})


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, own: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for imported data, for all processes."""
    monkeypatch.setenv("MLP_DATA_DIR", str(tmp_path / "given"))
    return tmp_path / "given" / "own"


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text("x,kind\n" + "".join(f"{row},{'AB'[row % 2]}\n" for row in range(40)))
    return path


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """A file whose end never comes."""
    path = tmp_path / "endless.csv"
    os.mkfifo(path)
    return path


def test_a_table_is_imported(rows: Path) -> None:
    process = ImportProcess(rows, PLAN, token="me", name="Rows of mine.csv")
    progress = process.wait()
    assert (progress.share, progress.sentence, progress.error, progress.is_over) == (1, "Finished", "", True)
    assert read_stored(progress.name, "me").info.source == "imported from Rows of mine.csv"
    assert may_change(progress.name, "me")
    process.cancel()  # too late
    assert [info.name for info in own_datasets("me")] == [progress.name]


def test_files_are_found_from_any_folder(rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path(rows.name)
    assert dataset_info(ImportProcess(file, PLAN, test=file).wait().name).test == 40


def test_images_are_imported(tmp_path: Path) -> None:
    pictures = {f"{kind}/{index}.png": shade(index) for kind in "ab" for index in range(9)}
    progress = ImportProcess(write_zip(tmp_path / "pictures.zip", pictures), ImagesPlan("Shades")).wait()
    assert dataset_info(progress.name).image_shape == (28, 28)


def test_what_is_wrong_is_a_sentence(rows: Path) -> None:
    rows.write_text("x,kind\n1,A\n2,A\n")
    progress = ImportProcess(rows, PLAN).wait()
    assert progress.is_over
    assert progress.error.startswith("Column 'kind': 1 class found")


def test_it_is_stopped_and_leaves_nothing(endless: Path, folder: Path) -> None:
    process = ImportProcess(endless, PLAN)
    wait_until(lambda: process.progress.sentence == "Reading endless.csv")
    assert not process.progress.is_over
    assert list(folder.iterdir())
    process.cancel()
    assert process.progress.error.startswith("The import was stopped.")
    assert not list(folder.iterdir())


def test_a_process_that_is_killed_is_a_sentence(endless: Path) -> None:
    process = ImportProcess(endless, PLAN)
    wait_until(lambda: process.progress.sentence == "Reading endless.csv")
    assert process._process is not None
    os.kill(process._process.pid, signal.SIGKILL)
    assert "the memory was probably full" in process.wait().error


def test_two_work_at_the_same_time_and_others_wait(rows: Path) -> None:
    with TURNS, TURNS:
        waiting, hopeless = ImportProcess(rows, PLAN), ImportProcess(rows, PLAN)
        wait_until(lambda: waiting.progress.sentence == hopeless.progress.sentence == "Waiting for other imports")
        hopeless.cancel()
    assert waiting.wait().name
    assert hopeless.wait().error.startswith("The import was stopped.")


SERVER = """
import os, sys
from pathlib import Path
from mlp.datasets.own.background import ImportProcess
from tests.datasets.own.test_background import PLAN
from tests.waiting import wait_until
process = ImportProcess(Path(sys.argv[1]), PLAN)
wait_until(lambda: process.progress.sentence != "Starting")
print(process._process.pid, flush=True)
sys.stdin.read()
"""


def test_it_ends_with_its_server(endless: Path) -> None:
    command = [sys.executable, "-c", SERVER, str(endless)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[3], stdin=-1, stdout=-1, text=True) as server:
        assert server.stdout is not None
        process = Path(f"/proc/{int(server.stdout.readline())}")
        assert process.exists()
        server.kill()
    wait_until(lambda: not process.exists())
