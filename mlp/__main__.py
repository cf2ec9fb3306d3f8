"""The command line: `mlp`, or `python -m mlp` in a checkout, shows what it can do."""

import argparse
import codecs
import io
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from mlp.cli.arguments import UsageError, config_from, fitting_preset, make_parser, parse, threads_from
from mlp.cli.dashboard import limits_of, serve, streamlit_options
from mlp.config import ConfigError
from mlp.datasets import DatasetError, is_file
from mlp.datasets.roots import given_data


def main(words: Sequence[str] | None = None) -> int:
    """Do what the words ask for; return the exit code.

    0: done. 1: nobody reads the output any more. 2: it cannot be done, and a sentence says why. 3: training diverged.
    130: stopped by Ctrl-C.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Each line at once, also to a pipe, and never an error for a letter that the terminal cannot show.
            stream.reconfigure(errors=_replaced.__name__, line_buffering=True)
    try:
        arguments = parse(sys.argv[1:] if words is None else words)
        if arguments.command != "dashboard":
            return _run(arguments)
        given_data()  # which pages and workers read
        options, limits = streamlit_options(arguments), limits_of(arguments)
        _use_cluster(arguments)
        if arguments.share:
            from mlp.cli.teaching import open_class

            open_class(arguments)
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
    serve(options, limits)
    return 0


def _replaced(error: UnicodeError) -> tuple[str, int]:
    """Return what is written for letters that an encoding lacks: question marks, but a space for the one before "%"."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(" " if letter == "\u202f" else "?" for letter in error.object[error.start : error.end]), error.end


codecs.register_error(_replaced.__name__, _replaced)


def _run(arguments: argparse.Namespace) -> int:
    """Carry out one command. Modules that only one command needs are imported there, so that help appears quickly."""
    if arguments.command is None:
        make_parser().print_help()
        return 0
    if arguments.command in ("train", "find-rate"):
        from mlp.cli.finding import found_rate
        from mlp.cli.train import train

        _let_ctrl_c_raise()
        if arguments.command == "train" and arguments.at == "best" and arguments.save is None:
            arguments.parser.refuse("--at is for a saved file. Name one with --save, or leave it out.")
        _import_file(arguments)
        config = config_from(arguments)
        if arguments.command == "find-rate":
            print(found_rate(config))
            return 0
        threads = threads_from(arguments)
        return train(config, threads, arguments.json, arguments.save, arguments.keep, arguments.at)
    if arguments.command == "search":
        from mlp.cli.searching import search

        _let_ctrl_c_raise()
        _import_file(arguments)
        _use_cluster(arguments)
        return search(arguments)
    _let_ctrl_c_raise()
    if arguments.command == "export":
        from mlp.cli.export import export

        print(export(arguments))
    elif arguments.command == "predict":
        from mlp.cli.predict import predict

        predict(arguments)
    elif arguments.command == "open":
        from mlp.cli.open import put_in_store

        print(put_in_store(arguments))
    elif arguments.command == "evaluate":
        from mlp.cli.evaluate import evaluation

        print(evaluation(arguments))
    elif arguments.command == "cluster":
        from mlp.cli.cluster import serve_cluster

        serve_cluster(arguments)
    else:
        from mlp.cli.data import answer

        print(answer(arguments))
    return 0


def _import_file(arguments: argparse.Namespace) -> None:
    """Import the file that was named as data, if one was, and print what own data starts from.

    Raises UsageError or DatasetError if that can't be done.
    """
    if "dataset" in arguments and is_file(arguments.dataset):
        from mlp.cli.own_data import import_data

        arguments.dataset, sentences = import_data(Path(arguments.dataset), arguments.target)
        print(sentences)
    elif arguments.target:
        arguments.parser.refuse("--target is for a file. Name one with --dataset, or leave it out.")
    if preset := fitting_preset(arguments):
        print(f"What no flag sets is as in the preset {preset}, which fits this data.")


def _use_cluster(arguments: argparse.Namespace) -> None:
    """Train on the cluster that was named, if one was. Raises ConfigError if that makes no sense, or without Dask."""
    if address := arguments.cluster or os.environ.get("MLP_CLUSTER"):
        from mlp.engine.pool import check_dask, cluster_address

        os.environ["MLP_CLUSTER"] = cluster_address(address)
        check_dask(os.environ["MLP_CLUSTER"])


def _let_ctrl_c_raise() -> None:
    """Raise KeyboardInterrupt on Ctrl-C from here on: there is something to keep. Until now it ended the program."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)


if __name__ == "__main__":
    sys.exit(main())
