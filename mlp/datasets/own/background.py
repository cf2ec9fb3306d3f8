"""An import runs in a separate process, so that a page stays quick, shows how far it is, and can stop it.

The process is this module, started with its task as a line of JSON on its input. It answers with lines of JSON: how far
it is, and at last the data set's name or what is wrong. It ends when its input does, as it does with its server.
"""

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlp.datasets.errors import DatasetError
from mlp.datasets.own.plan import ImagesPlan, TablePlan
from mlp.datasets.own.stored import remove_abandoned

PROGRAM = str(Path(__file__).resolve().parents[3])  # the folder in which Python finds mlp
NICENESS = 10  # so that training and the page get the CPU first


@dataclass(frozen=True)
class ImportProgress:
    """How far an import is. It is over when there is a name or an error."""

    share: float = 0.0
    sentence: str = "Starting"
    name: str = ""  # of the finished data set
    error: str = ""  # what is wrong, in a sentence

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return bool(self.name or self.error)


class ImportProcess:
    """A running import of a file by its plan; `test`, `token` and `name` are those of `import_table`."""

    def __init__(
        self,
        path: Path,
        plan: TablePlan | ImagesPlan,
        *,
        test: Path | None = None,
        token: str | None = None,
        name: str = "",
    ) -> None:
        task = {
            "path": str(path),
            "plan": plan.to_json(),
            "is_table": isinstance(plan, TablePlan),
            "test": None if test is None else str(test),
            "token": token,  # not among the arguments, which all users of the machine can see
            "name": name,
        }
        self.progress = ImportProgress()
        command, pipe = [sys.executable, "-m", __name__], subprocess.PIPE
        found = os.pathsep.join(filter(None, (PROGRAM, os.environ.get("PYTHONPATH"))))
        environment = {**os.environ, "PYTHONPATH": found}
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environment, text=True)
        self._reading = threading.Thread(target=self._read, args=(json.dumps(task),), daemon=True)
        self._reading.start()

    def wait(self) -> ImportProgress:
        """Return the last progress, once the import is over."""
        self._reading.join()
        return self.progress

    def cancel(self) -> None:
        """Stop the import, and remove what it has made so far. One that is finished stays."""
        self._process.kill()
        self._reading.join()
        remove_abandoned()

    def _read(self, task: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._process:
            try:
                self._process.stdin.write(f"{task}\n")
                self._process.stdin.flush()
            except BrokenPipeError:  # it ended at once
                pass
            for line in self._process.stdout:
                self.progress = ImportProgress(**json.loads(line))
        if not self.progress.is_over:
            self.progress = ImportProgress(
                self.progress.share,
                self.progress.sentence,
                error="The import was stopped. If you did not stop it, the memory was probably full: "
                "close other programs, then import the file again.",
            )


def _import(task: dict[str, Any]) -> str:
    from mlp.datasets.own.importing import import_images, import_table

    def show(share: float, sentence: str) -> None:
        _answer(share=share, sentence=sentence)

    path, token, name = Path(task["path"]), task["token"], task["name"]
    if not task["is_table"]:
        return import_images(path, ImagesPlan.from_json(task["plan"]), show, token=token, name=name)
    test = None if task["test"] is None else Path(task["test"])
    return import_table(path, TablePlan.from_json(task["plan"]), show, test=test, token=token, name=name)


def _answer(**progress: float | str) -> None:
    sys.stdout.write(json.dumps(progress) + "\n")
    sys.stdout.flush()


def _end_with_input() -> None:
    sys.stdin.read()
    os._exit(1)


def _main() -> None:
    if sys.platform != "win32":
        os.nice(NICENESS)
    task = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_input, daemon=True).start()
    try:
        _answer(share=1.0, sentence="Finished", name=_import(task))
    except DatasetError as error:
        _answer(sentence="Failed", error=str(error))


if __name__ == "__main__":
    _main()
