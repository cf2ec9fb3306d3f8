"""The command line: `python -m mlp` shows what it can do."""

import io
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from mlp.cli.arguments import UsageError, config_from, make_parser, parse, threads_from
from mlp.config import ConfigError
from mlp.datasets import DatasetError


def main(words: Sequence[str] | None = None) -> int:
    """Do what the words ask for; return the exit code.

    0: done. 1: nobody reads the output any more. 2: it cannot be done, and a sentence says why. 3: training diverged.
    130: stopped by Ctrl-C.
    """
    _settle_output()
    try:
        return _run(sys.argv[1:] if words is None else words)
    except (UsageError, ConfigError, DatasetError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped by Ctrl-C.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # as in `python -m mlp train | head`
        return 1
    except OSError as error:  # as in `python -m mlp train > figures.txt` on a full disk
        print(f"The output can't be written: {error.strerror}.", file=sys.stderr)
        return 2


def _run(words: Sequence[str]) -> int:
    """Carry out one command. Modules that only one command needs are imported there, so that help appears quickly."""
    arguments = parse(words)
    if arguments.command == "train":
        from mlp.cli.train import train

        with _ctrl_c_raises():
            return train(config_from(arguments), threads_from(arguments), arguments.json)
    if arguments.command == "data":
        from mlp.cli.data import get_dataset, table_of_datasets

        with _ctrl_c_raises():
            print(get_dataset(arguments.name) if arguments.data_command == "download" else table_of_datasets())
    else:
        make_parser().print_help()
    return 0


@contextmanager
def _ctrl_c_raises() -> Iterator[None]:
    """Raise KeyboardInterrupt on Ctrl-C here, where there is something to keep; elsewhere it just ends the program."""
    silent = signal.getsignal(signal.SIGINT) is signal.SIG_DFL
    if silent:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        if silent:
            signal.signal(signal.SIGINT, signal.SIG_DFL)


def _settle_output() -> None:
    """Write each line at once, also to a pipe, and a question mark for a letter that the terminal cannot show."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace", line_buffering=True)


if __name__ == "__main__":
    sys.exit(main())
