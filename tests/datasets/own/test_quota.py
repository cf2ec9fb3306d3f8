"""How much data a browser may bring: each limit is reached, its sentence read, and deleting makes room."""

from pathlib import Path

import pytest

from mlp.datasets import DatasetError
from mlp.datasets.own.background import ImportProcess
from mlp.datasets.own.importing import import_table
from mlp.datasets.own.plan import Dialect, TablePlan
from mlp.datasets.own.quota import Quota
from mlp.datasets.own.stored import delete, own_datasets, size_of
from mlp.limits import MB, Limits

PLAN = TablePlan("Rows", Dialect(), "kind", "classification", {"x": "number"})


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder for imported data, for all processes."""
    monkeypatch.setenv("MLP_DATA_DIR", str(tmp_path / "given"))


def table(folder: Path, first: int) -> Path:
    """Write a table of 40 rows."""
    path = folder / f"{first}.csv"
    path.write_text("x,kind\n" + "".join(f"{first + row},{'AB'[row % 2]}\n" for row in range(40)))
    return path


def test_a_browser_keeps_so_many_data_sets(tmp_path: Path) -> None:
    limits = Limits(sets=1)
    Quota("me", limits).check()
    first = import_table(table(tmp_path, 1), PLAN, token="me")
    with pytest.raises(DatasetError) as refused:
        Quota("me", limits).check()
    assert str(refused.value) == "This browser has 1 data set; 1 can be kept. Delete one below, then try again."
    Quota("you", limits).check()
    delete(first, "me")
    Quota("me", limits).check()


@pytest.mark.parametrize(
    ("limit", "token", "whose"),
    [("data", "me", "This browser's data sets"), ("all_data", "you", "All imported data sets together")],
)
def test_data_sets_take_so_many_bytes_and_what_is_beyond_is_not_kept(
    tmp_path: Path, limit: str, token: str, whose: str
) -> None:
    first = import_table(table(tmp_path, 1), PLAN, token=token)
    quota = Quota("me", Limits(**{limit: 1.5 * size_of(first) / MB}))
    quota.check()
    second = import_table(table(tmp_path, 2), PLAN, token="me")
    with pytest.raises(DatasetError) as refused:
        quota.accept(second)
    assert str(refused.value) == (
        f"{whose} take 0.0 MB; 0 MB are allowed. Delete another one, or leave out columns or rows."
    )
    assert [info.name for info in own_datasets()] == [first]
    tight = Quota("me", Limits(**{limit: 0.5 * size_of(first) / MB}))
    with pytest.raises(DatasetError, match=f"{whose} take .* Delete one below, then try again"):
        tight.check()
    if token == "me":
        tight.accept(first)  # brought again, it is no new data


def test_an_import_beyond_the_quota_ends_with_the_reason(tmp_path: Path) -> None:
    progress = ImportProcess(table(tmp_path, 1), PLAN, token="me", quota=Quota("me", Limits(data=0))).wait()
    assert progress.is_over
    assert progress.error.startswith("This browser's data sets take 0.0 MB; 0 MB are allowed.")
    assert own_datasets() == []
