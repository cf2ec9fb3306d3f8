"""Scripts and styles reach the browser, with all that they import, and stay there."""

import gzip
import re
from pathlib import Path

import pytest

from tests.ui.asking import ask
from ui.parts import published
from ui.parts.streamlit_internals import static_files


@pytest.fixture
def ui(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder instead of ui/, of which nothing is published."""
    monkeypatch.setattr(published, "UI", tmp_path)
    monkeypatch.setattr(published, "_texts", {})
    return tmp_path


def test_a_script_is_published_with_all_that_it_imports(ui: Path) -> None:
    (ui / "top.js").write_text('import { a } from "./middle.js";\nimport { b } from "./parts/leaf.js";\n')
    (ui / "middle.js").write_text('import { b } from "./parts/leaf.js";\n')
    (ui / "parts").mkdir()
    leaf = ui / "parts" / "leaf.js"
    leaf.write_text("export const b = 'Ünïcode';\n", encoding="utf-8")

    def imports(name: str) -> list[str]:
        return re.findall(r'"\./(.*?)"', ask(f"published/{name}").body.decode())

    before = published.published_script(ui / "top.js")
    middle, leaf_in_top = imports(before)
    assert [leaf_in_top] == imports(middle), "one address each, so that the browser loads it once"
    assert middle.startswith("middle.js?")
    assert ask(f"published/{leaf_in_top}").body.decode() == "export const b = 'Ünïcode';\n"
    leaf.write_text("export const b = 2;\n")
    assert published.published_script(ui / "top.js") != before, "what changed deep down is fetched again"


def test_a_component_has_a_style_only_if_there_is_one(ui: Path) -> None:
    assert published.published_style(ui / "plain.css") == ""
    (ui / "styled.css").write_text(".mine { color: red; }")
    name = published.published_style(ui / "styled.css")
    assert name.startswith("styled.css?")
    answer = ask(f"published/{name}")
    shared = published.SHARED.read_text()
    assert answer.body.decode() == f"{shared}.mine {{ color: red; }}", "after what all share, so that it wins"
    assert answer.headers["content-type"].startswith("text/css")


def test_browsers_keep_what_is_published() -> None:
    answer = ask(f"published/{published.published_plotly()}")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "plotly.js v" in answer.body.decode()[:200]


def test_what_is_published_is_compressed_once_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    compressed: list[bytes] = []

    def compress(text: bytes, level: int = 9) -> bytes:
        compressed.append(text)
        return b"packed"

    monkeypatch.setattr(gzip, "compress", compress)
    published._compressed.cache_clear()
    name = published.published_plotly()
    answers = [ask(f"published/{name}", packed=True) for _ in range(3)]
    assert compressed == [ask(f"published/{name}").body], "once for all"
    published._compressed.cache_clear()
    assert {answer.headers["content-encoding"] for answer in answers} == {"gzip"}
    assert {answer.headers["vary"] for answer in answers} == {"Accept-Encoding"}


@pytest.mark.parametrize(("kind", "media"), [("js", "text/javascript"), ("css", "text/css")])
def test_streamlits_own_scripts_and_styles_come_from_memory(
    kind: str, media: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = next((static_files() / "static" / kind).iterdir())
    plain = ask(f"static/{kind}/{file.name}")
    assert plain.body == file.read_bytes()
    assert plain.headers["content-type"].startswith(media)
    assert plain.headers["cache-control"] == published.FOREVER
    monkeypatch.setattr(Path, "read_bytes", pytest.fail)
    packed = ask(f"static/{kind}/{file.name}", packed=True)
    assert gzip.decompress(packed.body) == plain.body
    assert ask(f"static/{kind}/../../index.html").status == 404, "only what is in the table"


@pytest.mark.parametrize("name", ["component.py", "..%2Fcomponent.py", "..%2F..%2Fapp.py"])
def test_nothing_else_is_served(name: str) -> None:
    assert ask(f"published/{name}").status == 404
