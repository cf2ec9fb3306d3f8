"""The scripts of the pages pass their own tests, in the Node.js that comes with Playwright."""

import subprocess
from pathlib import Path

import playwright

NODE = Path(playwright.__file__).parent / "driver" / "node"
TESTS = Path(__file__).with_name("js")


def test_scripts_pass_their_tests() -> None:
    files = sorted(map(str, TESTS.glob("*.test.mjs")))
    run = subprocess.run(
        [NODE, "--test", "--test-reporter=tap", *files], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "# tests 0" not in run.stdout
