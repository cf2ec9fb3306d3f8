"""A format writes a whole file or none, under a name that every system accepts."""

import os
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest

from mlp import RunConfig
from mlp.export import FORMATS, ExportedRun, ExportError, Format
from mlp.export.progress import ProgressFile, ShowShare
from tests.stories import story
from tests.tables import mixed

RUN = story(RunConfig(hidden=(8,), batch_size=16), mixed().dataset, kept=[2, 5])


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_writes_a_file(name: str, tmp_path: Path) -> None:
    form = FORMATS[name]
    path = tmp_path / form.file_name(RUN)
    form.save(RUN, path)
    assert path.name.endswith(form.suffix)
    assert path.stat().st_size > 0
    assert os.listdir(tmp_path) == [path.name]


def test_a_file_that_fails_halfway_leaves_the_old_one(tmp_path: Path) -> None:
    def fail(run: ExportedRun, out: IO[bytes]) -> None:
        out.write(b"half")
        raise OSError("the disk is full")

    path = tmp_path / "network.txt"
    path.write_text("before")
    with pytest.raises(OSError, match="disk is full"):
        Format("Text", "To read.", ".txt", fail).save(RUN, path)
    assert path.read_text() == "before"
    assert os.listdir(tmp_path) == [path.name]


def test_only_a_format_that_tells_is_asked_how_far_it_is(tmp_path: Path) -> None:
    progress = ProgressFile(tmp_path / "progress")
    assert progress.share == 0
    Format("Text", "To read.", ".txt", lambda run, out: None).save(RUN, tmp_path / "short.txt", progress)
    assert progress.share == 0
    shares: list[float] = []

    def write(run: ExportedRun, out: IO[bytes], show: ShowShare) -> None:
        for share in (0.5, 1.0):
            show(share)
            shares.append(progress.share)

    Format("Text", "To read.", ".txt", write, shows_progress=True).save(RUN, tmp_path / "long.txt", progress)
    assert shares == [0.5, 1]


def test_a_format_that_makes_no_sense_says_why_and_writes_nothing(tmp_path: Path) -> None:
    form = Format("Text", "To read.", ".txt", lambda run, out: None, why_not=lambda run: "A table can't be sung.")
    with pytest.raises(ExportError, match=r"A table can't be sung\."):
        form.save(RUN, tmp_path / "network.txt")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a/b\\c:d*e?f", "a-b-c-d-e-f-step-5.txt"),
        ("日本", "network-step-5.txt"),
        ("con", "con-step-5.txt"),
        ("x" * 500, "x" * 60 + "-step-5.txt"),
        ("..", "network-step-5.txt"),
        ("", "own-data-step-5.txt"),
    ],
)
def test_a_name_is_accepted_everywhere(name: str, expected: str) -> None:
    assert Format("Text", "To read.", ".txt", lambda run, out: None).file_name(replace(RUN, name=name)) == expected
