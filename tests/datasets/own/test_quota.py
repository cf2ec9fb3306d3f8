"""How much data a browser may bring: each limit is reached, its sentence read, and deleting makes room."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mlp.datasets import DatasetError
from mlp.datasets.own.background import ImportProcess
from mlp.datasets.own.importing import import_images, import_table
from mlp.datasets.own.plan import Dialect, ImageOptions, ImagesPlan, TablePlan
from mlp.datasets.own.quota import Quota, least_size
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


@pytest.mark.parametrize(
    ("limits", "whose"),
    [(Limits(data=320), "This browser's data sets"), (Limits(all_data=320), "All imported data sets together")],
)
def test_more_rows_than_there_is_room_for_are_refused_before_they_are_read(limits: Limits, whose: str) -> None:
    kinds = {"a": "number", "b": "number", "city": "category", "id": "left out"}
    plan = replace(PLAN, kinds=kinds)
    Quota("me", limits).check(least_size(plan, examples=16_000_000))  # each has five numbers
    with pytest.raises(DatasetError) as refused:
        Quota("me", limits).check(least_size(plan, examples=16_100_000))
    assert str(refused.value) == (
        f"{whose} would take 322.0 MB; 320 MB are allowed. Delete another one, or leave out columns or rows."
    )
    Quota("me", Limits()).check(least_size(plan, examples=10**12))  # alone on a server, nobody is in the way


def test_a_data_set_is_at_least_as_large_as_was_said(tmp_path: Path) -> None:
    shades = np.zeros((40, 8, 8), np.uint8)
    np.savez(tmp_path / "images.npz", x=shades + np.arange(40, dtype=np.uint8)[:, None, None], y=np.arange(40) % 2)
    images = ImagesPlan("Images", ImageOptions((8, 8)))
    pixels = replace(PLAN, images=ImageOptions((1, 1)))
    for name, plan, least in (
        (import_images(tmp_path / "images.npz", images), images, 40 * 64),
        (import_table(table(tmp_path, 1), pixels), pixels, 40),
        (import_table(table(tmp_path, 1), PLAN), PLAN, 40 * 8),
    ):
        assert least_size(plan, examples=40) == least < size_of(name)


def test_an_import_beyond_the_quota_ends_with_the_reason(tmp_path: Path) -> None:
    progress = ImportProcess(table(tmp_path, 1), PLAN, token="me", quota=Quota("me", Limits(data=0))).wait()
    assert progress.is_over
    assert progress.error.startswith("This browser's data sets take 0.0 MB; 0 MB are allowed.")
    assert own_datasets() == []
