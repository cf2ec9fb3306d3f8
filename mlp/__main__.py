"""The command line: `python -m mlp` shows what it can do."""

import io
import sys
from collections.abc import Sequence

from mlp.cli.arguments import UsageError, config_from, make_parser, parse, threads_from
from mlp.config import ConfigError
from mlp.datasets import DatasetError


def main(words: Sequence[str] | None = None) -> int:
    """Do what the words ask for; return the exit code.

    0: done. 1: training diverged, or nobody reads the output any more. 2: it can't be done, a sentence says why.
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
    """Carry out one command. What only training or downloading needs is imported there, so that help comes quickly."""
    arguments = parse(words)
    if arguments.command == "train":
        from mlp.cli.train import train

        return train(config_from(arguments), threads_from(arguments), arguments.json)
    if arguments.command == "data":
        from mlp.cli.data import get_dataset, table_of_datasets

        print(get_dataset(arguments.name) if arguments.data_command == "download" else table_of_datasets())
    else:
        make_parser().print_help()
    return 0


def _settle_output() -> None:
    """Show each line at once, also in a pipe, and a question mark for a letter that the terminal can't show."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace", line_buffering=True)


if __name__ == "__main__":
    sys.exit(main())
