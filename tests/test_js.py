"""The scripts of the pages pass their own tests, in the Node.js that comes with Playwright, and run in Safari, too."""

import re
import subprocess
from pathlib import Path

import playwright

ROOT = Path(__file__).resolve().parents[1]
NODE = Path(playwright.__file__).parent / "driver" / "node"
TESTS = Path(__file__).with_name("js")


def test_scripts_pass_their_tests() -> None:
    files = sorted(map(str, TESTS.glob("*.test.mjs")))
    run = subprocess.run(
        [NODE, "--test", "--test-reporter=tap", *files], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "# tests 0" not in run.stdout


def test_scripts_use_no_iterator_helpers_which_safari_17_lacks() -> None:
    files = [file for folder in ("mlp", "ui") for file in (ROOT / folder).glob("**/*.js")]
    iterator_helpers = re.compile(r"\.(keys|values|entries)\(\)\.|\.(take|drop|toArray)\(")
    assert len(files) > 40
    assert [file.name for file in files if iterator_helpers.search(file.read_text(encoding="utf-8"))] == []
