"""An import runs in a separate process, so that a page stays quick, shows how far it is, and can stop it.

The process is this module, started with its task, a pickle, as a line on its input. It answers with lines of JSON: how
far it is, and at last the data set's name or what is wrong. It ends when its input does, as it does with its server.
"""

import base64
import json
import os
import pickle
import subprocess
import sys
import threading
from dataclasses import dataclass, replace
from pathlib import Path

from mlp.datasets.errors import DatasetError
from mlp.datasets.own.plan import ImagesPlan, TablePlan
from mlp.datasets.own.quota import Quota
from mlp.datasets.own.stored import remove_abandoned

PROGRAM = str(Path(__file__).resolve().parents[3])  # the folder in which Python finds mlp
NICENESS = 10  # so that training and the page get the CPU first
TURNS = threading.BoundedSemaphore(2)  # imports at once, each of which takes a core and some hundred megabytes
STOPPED = (
    "The import was stopped. If you did not stop it, the memory was probably full: "
    "close other programs, then import the file again."
)


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
    """An import of a file by its plan; `test`, `token` and `name` are those of `import_table`.

    Two work at the same time, the others wait. A data set that is beyond the `quota` is not kept.
    """

    def __init__(
        self,
        path: Path,
        plan: TablePlan | ImagesPlan,
        *,
        test: Path | None = None,
        token: str | None = None,
        name: str = "",
        quota: Quota | None = None,
    ) -> None:
        # Not among the arguments, which all users of the machine can see.
        task = base64.b64encode(pickle.dumps((path, plan, test, token, name))).decode()
        self.progress, self._quota = ImportProgress(), quota
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False
        self._lock = threading.Lock()  # between starting the process and ending it
        self._running = threading.Thread(target=self._run, args=(task,), daemon=True)
        self._running.start()

    def wait(self, seconds: float | None = None) -> ImportProgress:
        """Return the last progress, once the import is over or that much time has passed."""
        self._running.join(seconds)
        return self.progress

    def cancel(self) -> None:
        """Stop the import, and remove what it has made so far. One that is finished stays."""
        with self._lock:
            self._stopped = True
            if self._process is None:  # it waits for its turn, and will not start
                return
            self._process.kill()
        self._running.join()
        remove_abandoned()

    def _run(self, task: str) -> None:
        if not TURNS.acquire(blocking=False):
            self.progress = ImportProgress(sentence="Waiting for other imports")
            TURNS.acquire()
        try:
            with self._lock:
                if not self._stopped:
                    self._process = _started()
            if self._process is not None:
                self._read(self._process, task)
        except OSError as error:
            self.progress = ImportProgress(error=f"The import can't be started ({error.strerror}). Try again later.")
        finally:
            TURNS.release()
        if not self.progress.is_over:
            self.progress = replace(self.progress, error=STOPPED)

    def _read(self, process: subprocess.Popen[str], task: str) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        with process:
            try:
                process.stdin.write(f"{task}\n")
                process.stdin.flush()
            except BrokenPipeError:  # it ended at once
                pass
            for line in process.stdout:
                self.progress = self._accepted(ImportProgress(**json.loads(line)))

    def _accepted(self, progress: ImportProgress) -> ImportProgress:
        """Return the progress; of a finished data set that is not kept, the reason."""
        try:
            if self._quota and progress.name:
                self._quota.accept(progress.name)
        except DatasetError as error:
            return ImportProgress(error=str(error))
        return progress


def _started() -> subprocess.Popen[str]:
    command, pipe = [sys.executable, "-m", __name__], subprocess.PIPE
    found = os.pathsep.join(filter(None, (PROGRAM, os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": found}
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environment, text=True)  # nosec B603  # this Python


def _import(path: Path, plan: TablePlan | ImagesPlan, test: Path | None, token: str | None, name: str) -> str:
    from mlp.datasets.own.importing import import_images, import_table

    def show(share: float, sentence: str) -> None:
        _answer(share=share, sentence=sentence)

    if isinstance(plan, ImagesPlan):
        return import_images(path, plan, show, token=token, name=name)
    return import_table(path, plan, show, test=test, token=token, name=name)


def _answer(**progress: float | str) -> None:
    sys.stdout.write(json.dumps(progress) + "\n")
    sys.stdout.flush()


def _end_with_input() -> None:
    sys.stdin.read()
    os._exit(1)


def _main() -> None:
    if sys.platform != "win32":
        os.nice(NICENESS)
    task = pickle.loads(base64.b64decode(sys.stdin.readline()))  # noqa: S301  # nosec B301  # from the server
    threading.Thread(target=_end_with_input, daemon=True).start()
    try:
        _answer(share=1.0, sentence="Finished", name=_import(*task))
    except DatasetError as error:
        _answer(sentence="Failed", error=str(error))


if __name__ == "__main__":
    _main()
