"""The command line lists data sets, and downloads them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tqdm import tqdm

from mlp.cli import data
from mlp.datasets import DATASETS, places
from tests.cli.calls import Say, is_one_sentence
from tests.mirrors import Mirror, serve
from tests.tiny_dataset import packed_files, plain_files, write


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch, tiny: Path) -> Iterator[Mirror]:
    """A server on this machine with the tiny data set's files."""
    with serve() as server:
        monkeypatch.setenv("MLP_MIRROR", server.url)
        yield server


def row_of(name: str, table: str) -> list[str]:
    """One data set's line: name, examples, on disk, size, to download, license."""
    (line,) = (line for line in table.splitlines() if line.split()[0] == name)
    return re.split(r"  +", line)


def test_the_list_tells_what_is_here(say: Say, tiny: Path) -> None:
    said = say("data")
    assert (said.code, said.err) == (0, "")
    header, *lines = said.out.splitlines()
    assert re.split(r"  +", header) == ["name", "examples", "on disk", "size", "to download", "license"]
    assert [line.split()[0] for line in lines] == list(DATASETS)
    assert row_of("mnist", said.out) == ["mnist", "70,000", "no", "-", "11.6 MB", "CC BY-SA 3.0"]
    assert row_of("xor", said.out) == ["xor", "1,000", "drawn", "-", "-", "none needed"]
    assert row_of("tiny", said.out)[1:3] == ["62", "no"]


def test_the_list_tells_what_is_here_in_part(say: Say, tiny: Path) -> None:
    files = plain_files()
    write(tiny, dict(list(files.items())[:3]))
    assert row_of("tiny", say("data").out)[2] == "partly"
    write(tiny, files)
    assert row_of("tiny", say("data").out)[2] == "yes"


def test_the_list_tells_sizes(say: Say) -> None:
    assert row_of("digits", say("data").out) == ["digits", "1,797", "yes", "0.1 MB", "-", "CC BY 4.0"]


def test_a_folder_of_the_environment_that_is_none_is_named(
    say: Say, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tmp_path / "given"
    monkeypatch.setenv("MLP_DATA_DIR", str(given))
    assert say("data").out.endswith(f"MLP_DATA_DIR is {given}, a folder that is made when something is stored.\n")
    monkeypatch.setenv("MLP_DATA_DIR", "~nobody-here/data")
    assert "MLP_DATA_DIR is ~nobody-here/data, a folder that is made" in say("data").out
    monkeypatch.setenv("MLP_DATA_DIR", str(given))
    given.write_text("")
    assert say("data").out.endswith(f"MLP_DATA_DIR is {given}, which is a file. Name a folder.\n")


@pytest.mark.parametrize("words", ["data", "train", "dashboard"])
def test_a_folder_of_the_environment_that_no_one_can_look_into_is_a_sentence(
    say: Say, tiny: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.setenv("MLP_DATA_DIR", f"/{'x' * 300}")  # too long a name, as an administrator may read everything
    said = say(*words.split())
    assert (said.code, said.out, is_one_sentence(said.err)) == (2, "", True)
    assert "xxx, which MLP_DATA_DIR names, can't be read (File name too long). Change its permissions, or" in said.err


def test_a_web_page_in_place_of_a_file_is_named(say: Say, tiny: Path) -> None:
    write(tiny, plain_files())
    name = next(iter(plain_files()))
    (tiny / name).write_text("<!DOCTYPE html><title>Sign in</title>")
    said = say("data")
    assert row_of("tiny", said.out)[2] == "partly"
    assert (
        said.out.splitlines()[-1]
        == f"{tiny / name} is a web page, not an IDX file. Remove it and get the data set again."
    )


def test_a_download_lands_and_moves_its_bar(
    say: Say, tiny: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    bars = []

    def shown(**options: Any) -> Any:
        bars.append(tqdm(**options | {"disable": False}))
        return bars[-1]

    monkeypatch.setattr(data, "tqdm", shown)
    said = say("data", "download", "tiny")
    assert (said.code, said.out.startswith("tiny is now on disk")) == (0, True)
    assert {path.name for path in tiny.iterdir()} >= set(plain_files())
    total = sum(map(len, packed_files().values()))
    assert [(bar.n, bar.total) for bar in bars] == [(total, total)]
    assert "100%" in said.err

    again = say("data", "download", "tiny")
    assert (again.code, again.out.startswith("tiny was already on disk")) == (0, True)


@pytest.mark.parametrize(("name", "answer"), [("digits", "was already on disk: 0.1 MB"), ("xor", "needs no download")])
def test_what_is_here_needs_no_download(say: Say, name: str, answer: str) -> None:
    said = say("data", "download", name)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"{name} {answer}")


def test_a_damaged_download_is_a_sentence(say: Say, mirror: Mirror) -> None:
    mirror.behaviors = [lambda request, content: request.answer(200, 8, b"nonsense")]
    said = say("data", "download", "tiny")
    assert (said.code, said.out, is_one_sentence(said.err)) == (2, "", True)
    assert "the wrong content" in said.err


def test_embedded_files_that_are_missing_are_a_sentence(say: Say, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "SHIPPED_DATA", tiny)  # the folder is empty, and no mirror has them
    said = say("data", "download", "digits")
    assert (said.code, said.out, is_one_sentence(said.err)) == (2, "", True)


def test_ctrl_c_while_downloading(say: Say, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(data, "download", interrupted)
    said = say("data", "download", "tiny")
    assert (said.code, said.out) == (130, "")
    assert "is kept" in said.err
