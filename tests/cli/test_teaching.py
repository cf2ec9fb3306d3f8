"""The teacher's secret and the two links that a class's server prints."""

import io
import os
import stat
import sys
from pathlib import Path

import pytest

from mlp.cli.arguments import UsageError, parse
from mlp.cli.teaching import invitation, open_class, served_at, teachers_secret
from mlp.tokens import CODE_LETTERS, TEACHER, class_code, new_token

SECRET = "s" * 32


@pytest.fixture(autouse=True)
def no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TEACHER, raising=False)


def test_the_secret_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    place = tmp_path / "data" / "teacher"
    first = teachers_secret(place)
    assert teachers_secret(place) == first != teachers_secret(tmp_path / "other")
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_the_environment_may_give_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TEACHER, SECRET)
    assert teachers_secret(tmp_path / "teacher") == SECRET
    assert not list(tmp_path.iterdir())
    monkeypatch.setenv(TEACHER, "guess me")
    with pytest.raises(UsageError, match="at least 24"):
        teachers_secret(tmp_path / "teacher")


def test_a_secret_that_cannot_be_kept_or_is_damaged_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="can't be kept"):
        teachers_secret(tmp_path / "file" / "teacher")
    with pytest.raises(UsageError, match=r"is damaged\. Delete this file"):
        teachers_secret(tmp_path / "file")


def test_a_code_is_four_letters_and_follows_from_the_secret() -> None:
    codes = {class_code(new_token()) for _ in range(50)}
    assert len(codes) > 40
    assert all(len(code) == 4 and set(code) <= set(CODE_LETTERS) for code in codes)
    assert class_code(SECRET) == class_code(SECRET)


def test_the_server_gets_the_secret(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(TEACHER, "")
    monkeypatch.setattr("mlp.cli.teaching.teachers_secret", lambda: SECRET)
    open_class(parse(["dashboard", "--share", "--port=8502", "--server.baseUrlPath=mlp"]))
    assert os.environ[TEACHER] == SECRET
    assert f":8502/mlp/teach/{SECRET}" in capsys.readouterr().out


def test_the_class_gets_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    lines = invitation("http://10.0.0.7:8501/", SECRET).splitlines()
    (students,) = (line for line in lines if "class:" in line)
    (teachers,) = (line for line in lines if "teacher:" in line)
    assert students.split()[-1] == f"http://10.0.0.7:8501/{class_code(SECRET)}"
    assert teachers.split()[-1] == f"http://10.0.0.7:8501/teach/{SECRET}"


def test_a_terminal_shows_a_code_to_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stdout", terminal)
    picture = invitation("http://10.0.0.7:8501/", SECRET).partition("For the class")[0]
    assert sum("█" in line for line in picture.splitlines()) > 10


@pytest.mark.parametrize(
    ("options", "address"),
    [
        ([], "http://10.0.0.7:8501/"),
        (["--server.baseUrlPath=mlp/"], "http://10.0.0.7:8501/mlp/"),
        (["--theme.base=dark", "--server.baseUrlPath="], "http://10.0.0.7:8501/"),
    ],
)
def test_links_lead_to_where_it_is_served(options: list[str], address: str) -> None:
    assert served_at("10.0.0.7", "8501", options) == address
