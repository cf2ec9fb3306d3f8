"""Scripts reach the browser, with all that they import."""

import re
from pathlib import Path

import pytest

from ui.parts import component


def test_a_script_is_published_with_all_that_it_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(component, "UI", tmp_path)
    monkeypatch.setattr(component, "STATIC", tmp_path / "static")
    (tmp_path / "top.js").write_text('import { a } from "./middle.js";\nimport { b } from "./leaf.js";\n')
    (tmp_path / "middle.js").write_text('import { b } from "./leaf.js";\n')
    leaf = tmp_path / "leaf.js"
    leaf.write_text("export const b = 1;\n")

    def imports(name: str) -> list[str]:
        return re.findall(r'"\./(.*?)"', (tmp_path / "static" / name).read_text())

    before = component._published_script(tmp_path / "top.js")
    middle, leaf_in_top = imports("top.js")
    assert [leaf_in_top] == imports("middle.js"), "one address each, so that the browser loads it once"
    assert middle.startswith("middle.js?")
    leaf.write_text("export const b = 2;\n")
    assert component._published_script(tmp_path / "top.js") != before, "what changed deep down is fetched again"


def test_a_component_has_a_style_only_if_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(component, "UI", tmp_path)
    monkeypatch.setattr(component, "STATIC", tmp_path / "static")
    assert component._published_style(tmp_path / "plain.css") == ""
    (tmp_path / "styled.css").write_text(".mine { color: red; }")
    assert component._published_style(tmp_path / "styled.css").startswith("styled.css?")
    published = tmp_path / "static" / "styled.css"
    text = published.read_text()
    assert text == component.SHARED.read_text() + ".mine { color: red; }", "after what all share, so that it wins"
    written = published.stat().st_ino
    component._published_style(tmp_path / "styled.css")
    assert published.stat().st_ino == written, "an unchanged file is not written again"
    assert published.stat().st_mtime == 0, "browsers keep an old file longer"
