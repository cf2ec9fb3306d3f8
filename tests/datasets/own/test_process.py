"""An import in a separate process shows its progress, can be canceled, and says why it failed."""

from pathlib import Path

import pytest

from mlp.datasets import dataset_info
from mlp.datasets.own import process
from mlp.datasets.own.plan import Dialect, ImageOptions, ImagesPlan, SplitPlan, TablePlan
from mlp.datasets.own.process import CRASHED, KILLED, ImportProcess, Request
from mlp.datasets.own.stored import own_datasets
from tests.picture_files import shade, write_zip
from tests.waiting import wait_until

PLAN = TablePlan("People", Dialect(), "kind", "classification", {"age": "number"}, split=SplitPlan(seed=3))
ROWS = "age,kind\n" + "".join(f"{row},{'ab'[row % 2]}\n" for row in range(60))


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for imported data, which the process knows, too."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("MLP_DATA_DIR", str(folder))
    return folder


def begin(path: Path, rows: str = ROWS, plan: TablePlan = PLAN) -> ImportProcess:
    path.write_text(rows)
    return ImportProcess(Request(str(path), "people.csv", plan, "me"))


def test_a_request_travels_as_json() -> None:
    images = ImagesPlan("Cats", ImageOptions((8, 9), invert=True))
    for plan in (PLAN, images):
        request = Request("/tmp/1", "a.csv", plan, "token", "/tmp/2")
        assert Request.from_json(request.to_json()) == request


def test_a_table_is_imported(tmp_path: Path) -> None:
    job = begin(tmp_path / "upload")
    job.wait()
    assert (job.problem, job.is_over) == ("", True)
    info = dataset_info(job.dataset)
    assert (info.label, info.source) == ("People", "imported from people.csv")
    assert own_datasets("you") == []
    assert [info.name for info in own_datasets("me")] == [job.dataset]
    assert 0.5 < job.share <= 1
    assert job.sentence.startswith("Writing")


def test_images_are_imported(tmp_path: Path) -> None:
    path = write_zip(
        tmp_path / "cats.zip", {f"{name}/{shade_}.png": shade(shade_) for name in "ab" for shade_ in range(9)}
    )
    job = ImportProcess(Request(str(path), "cats.zip", ImagesPlan("Cats"), "me"))
    job.wait()
    assert job.problem == ""
    assert dataset_info(job.dataset).class_names == ("a", "b")


def test_why_an_import_failed_is_a_sentence(tmp_path: Path) -> None:
    job = begin(tmp_path / "upload", rows="age,kind\n1,a\n2,a\n")
    job.wait()
    assert job.dataset == ""
    assert "1 class found; 2 to 100 can be learned" in job.problem
    assert own_datasets() == []


def test_a_crash_is_a_sentence_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "MODULE", "no.such.module")
    job = begin(tmp_path / "upload")
    job.wait()
    assert job.problem == CRASHED


def test_a_killed_import_is_a_sentence_and_leaves_nothing_listed(tmp_path: Path) -> None:
    job = begin(tmp_path / "upload", rows="age,kind\n" + "5,a\n6,b\n" * 500_000)
    wait_until(lambda: job.share > 0)
    assert job._process is not None
    job._process.kill()
    job.wait()
    assert (job.problem, job.dataset) == (KILLED, "")
    assert own_datasets() == []


def test_a_canceled_import_stores_nothing_and_complains_of_nothing(tmp_path: Path) -> None:
    job = begin(tmp_path / "upload", rows="age,kind\n" + "5,a\n6,b\n" * 500_000)
    wait_until(lambda: job.share > 0)
    job.cancel()
    assert (job.is_over, job.problem, job.dataset) == (True, "", "")
    assert own_datasets() == []


def test_at_most_two_work_at_once(tmp_path: Path) -> None:
    assert process.TURNS.acquire()
    assert process.TURNS.acquire()
    try:
        job = begin(tmp_path / "upload")
        wait_until(lambda: job.sentence == "Waiting for other imports to end")
        job.cancel()
        assert (job.is_over, job.dataset) == (True, "")
        second = begin(tmp_path / "upload")
    finally:
        process.TURNS.release()
        process.TURNS.release()
    second.wait()
    assert second.dataset
