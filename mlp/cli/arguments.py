"""The arguments that a person may write after `mlp`, or after `python -m mlp` in a checkout.

Each setting of a run is a flag made from its description in `SETTINGS`: its name, its meaning, what is allowed, its
default. Values are written as in the dashboard's links.
"""

import argparse
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from mlp.config import SETTINGS, RunConfig, Setting
from mlp.datasets import DATASETS, SPLITS, dataset_info, default_dataset
from mlp.datasets.own.stored import is_own
from mlp.installation import COMMAND
from mlp.network.layers import ACTIVATIONS
from mlp.network.optimizers import OPTIMIZERS
from mlp.presets import PRESETS, usual_preset
from mlp.run_settings import MOST_HIDDEN_LAYERS
from mlp.search.plan import PLAN_SETTINGS
from mlp.text import LONGEST, not_one_of, quoted, unknown, whole_number

EXAMPLES = f"""examples:
  {COMMAND} dashboard
  {COMMAND} train
  {COMMAND} train --dataset mnist --hidden 100 200 --learning-rate 0.1 --batch-size 32 --epochs 25 --seed 42
  {COMMAND} train --dataset path/to/iris.csv --target species
  {COMMAND} train --dataset digits --save digits.safetensors --keep
  {COMMAND} find-rate --dataset mnist --optimizer adam
  {COMMAND} search --dataset digits --trials 40 --vary learning_rate=0.001..1:log --vary hidden=32..512x1..3:log
  {COMMAND} predict digits.safetensors drawing.png
  {COMMAND} export --to onnx RUN
  {COMMAND} data download fashion-mnist
  {COMMAND} data import path/to/iris.csv --target species
"""
TARGET = "the column of a table to predict; by default, one with a name such as class or target, else the last"
STREAMLIT_OPTION = re.compile(r"--\w+\.\w+=.*", re.DOTALL)
# How the settings of a search are called as flags; what they mean is in mlp.search.plan.
PLAN_FLAGS = {
    "trials": "--trials",
    "minutes": "--minutes",
    "parallel": "--jobs",
    "measure": "--measure",
    "seconds": "--seconds",
    "sampler": "--sampler",
    "pruner": "--pruner",
    "seed": "--search-seed",
}
METAVARS = {int: "N", float: "X", str: "NAME", tuple: "UNITS"}


class UsageError(Exception):
    """The command line cannot be carried out. The message is a sentence for the person at the keyboard."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are sentences that suggest the closest known name."""

    def __init__(self, **options: Any) -> None:
        # Python 3.11 forgets to count how far commands are indented: by 2, the longest ones would not fit their column.
        formatter = partial(argparse.RawDescriptionHelpFormatter, indent_increment=1)
        super().__init__(allow_abbrev=False, formatter_class=formatter, **options)
        self.set_defaults(parser=self)

    def error(self, message: str) -> NoReturn:
        """Raise UsageError instead of ending the program."""
        command = re.fullmatch(r"argument COMMAND: invalid choice: (.*) \(choose from (.*)\)", message)
        if command:
            self.refuse(unknown("command", command[1].strip("'"), re.findall(r"[\w-]+", command[2])))
        short = re.sub(rf"'([^']{{{LONGEST},}})'", lambda match: quoted(match[1]), message)
        self.refuse(f"{short.removeprefix('argument ')}.")

    def refuse(self, sentence: str) -> NoReturn:
        """Raise UsageError with a sentence and where to read more."""
        raise UsageError(f"{sentence} `{self.prog} --help` lists the options.")


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Return what was asked for. Raises UsageError for anything unknown."""
    arguments, rest = make_parser().parse_known_args(words)
    if arguments.command == "dashboard":
        arguments.options = [word for word in rest if STREAMLIT_OPTION.fullmatch(word)]
        rest = [word for word in rest if word not in arguments.options]
    if rest and not rest[0].startswith("-"):
        arguments.parser.refuse(f"{quoted(rest[0])} is a word too many.")
    if rest:
        flags = re.findall(r"--[a-z0-9-]+", arguments.parser.format_usage())
        arguments.parser.refuse(unknown("flag", rest[0].partition("=")[0], flags))
    return arguments


def make_parser() -> Parser:
    parser = Parser(
        prog=COMMAND,
        description="Train a multilayer perceptron written from scratch in numpy, and watch it learn.",
        epilog=EXAMPLES,
    )
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND")
    _add_dashboard_flags(_add_command(commands, "dashboard", "serve the dashboard, and print its address"))
    _add_own_cluster_flags(_add_command(commands, "cluster", "start a small cluster on this machine, to try one"))
    _add_train_flags(_add_command(commands, "train", "train a network and show its progress"))
    _add_setting_flags(_add_command(commands, "find-rate", "show the loss at each learning rate, and suggest one"))
    _add_search_flags(_add_command(commands, "search", "try settings within ranges, and find the best"))
    _add_export_flags(_add_command(commands, "export", "write a run's network to a file, or list the formats"))
    _add_network_flags(
        _add_command(commands, "predict", "write what a saved network predicts for examples in files, as CSV"),
        _add_command(commands, "evaluate", "measure saved networks on a data set, several of them also together"),
        _add_command(commands, "open", "put a saved network into the store, as a run that the dashboard finds"),
    )
    _add_data_commands(_add_command(commands, "data", "list the data sets, download one, or import your own"))
    return parser


def config_from(arguments: argparse.Namespace) -> RunConfig:
    """Return the run that was asked for: for each setting the flag's value, else the preset's, else the default.

    Imported data has a preset that fits it, as in the dashboard.
    Raises ConfigError for an invalid value, DatasetError for unknown data, UsageError for an unknown preset.
    """
    given = {name: _read(setting, arguments) for name, setting in SETTINGS.items() if name in arguments}
    dataset = given.pop("dataset", default_dataset())
    info = dataset_info(dataset)
    start = RunConfig(dataset=dataset)
    preset = arguments.preset or fitting_preset(arguments)
    if preset is not None:
        if preset not in PRESETS:
            raise UsageError(not_one_of("preset", preset, PRESETS))
        start = PRESETS[preset].config(dataset)
    if arguments.preset is None and "optimizer" in given:
        given.setdefault("learning_rate", OPTIMIZERS[given["optimizer"]].learning_rate)
    config = replace(start, **given)
    config.check(info)
    return config


def fitting_preset(arguments: argparse.Namespace) -> str | None:
    """Return the preset that imported data starts from if none is named; None for other data."""
    dataset = getattr(arguments, "dataset", "")
    return usual_preset(dataset) if is_own(dataset) and arguments.preset is None else None


def threads_from(arguments: argparse.Namespace) -> int:
    """Return how many BLAS threads to use. Raises UsageError unless it is a number from one to all cores."""
    hint = "That is one for each core of this machine."
    return whole("threads", arguments.threads, 1, os.cpu_count() or 1, hint)


def whole(name: str, text: str, low: int, high: int, hint: str = "") -> int:
    """Return a whole number. Raises UsageError unless it is one within bounds, with a hint on what else to do."""
    try:
        return whole_number(name, text, low, high)
    except ValueError as error:
        raise UsageError(f"{error} {hint}".rstrip()) from None


def _add_command(commands: "argparse._SubParsersAction[Parser]", name: str, meaning: str) -> Parser:
    return commands.add_parser(name, help=meaning, description=f"{meaning[0].upper()}{meaning[1:]}.")


def _add_dashboard_flags(parser: Parser) -> None:
    parser.epilog = "Options of `streamlit run` can be added, each with its value, as in --theme.base=dark."
    parser.add_argument("--port", default="8501", metavar="N", help="where it is served; by default 8501")
    place = parser.add_mutually_exclusive_group()
    place.add_argument(
        "--address", default="localhost", help="to serve it at; by default, only this machine can open it"
    )
    place.add_argument("--share", action="store_true", help="let everyone on this network open it, as in a class")
    parser.add_argument(
        "--limits",
        metavar="TABLE",
        help="what one browser may use of this machine: alone, class, or what differs, as in class,runs=20; by default "
        "what MLP_LIMITS says, else class with --share",
    )
    _add_cluster_flag(parser)


def _add_cluster_flag(parser: Any) -> None:
    parser.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="train on the cluster of this scheduler, such as tcp://scheduler:8786; by default, what the variable "
        "MLP_CLUSTER says, else on this machine",
    )


def _add_own_cluster_flags(parser: Parser) -> None:
    parser.add_argument("--port", default="8786", metavar="N", help="of the scheduler; by default 8786")
    parser.add_argument("--workers", default="2", metavar="N", help="one process each; by default 2")
    parser.add_argument(
        "--address", default="127.0.0.1", help="of the scheduler; by default, only this machine can reach it"
    )


def _add_export_flags(parser: Parser) -> None:
    parser.add_argument(
        "run",
        nargs="?",
        metavar="RUN",
        help="a stored run, by id or name, or a .safetensors file; none: list formats",
    )
    _add_place_flag(parser)
    parser.add_argument("--to", metavar="FORMAT", help="by default what FILE's ending says, else safetensors")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="by default named after the run and its step")


def _add_place_flag(parser: Parser) -> None:
    parser.add_argument(
        "--at",
        default="final",
        metavar="PLACE",
        help="best: a stored run as it was after its best epoch; or the number of a step; by default, its final state",
    )


def _add_network_flags(predict: Parser, evaluate: Parser, opening: Parser) -> None:
    for parser in (predict, opening):
        parser.add_argument("file", type=Path, metavar="FILE", help="a .safetensors file, from here or elsewhere")
    evaluate.add_argument(
        "networks",
        nargs="+",
        metavar="NETWORK",
        help="a .safetensors file, or a stored run, by id or name; several answer together, too",
    )
    _add_place_flag(evaluate)
    predict.add_argument(
        "inputs", type=Path, nargs="+", metavar="INPUT", help="a table such as input.csv, pictures, or arrays as .npz"
    )
    predict.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to write; by default, it is printed")
    evaluate.add_argument("--split", choices=SPLITS, default="test", help="the examples to measure; by default, test")
    opening.add_argument("--name", default="", metavar="TEXT", help="of the run; by default, the file's name")
    for parser in (predict, evaluate, opening):
        parser.add_argument("--dataset", default="", metavar="NAME", help="by default, what the file says")
        parser.add_argument(
            "--activation", default="", choices=ACTIVATIONS, help="of a file that doesn't say it; by default, relu"
        )


def _add_data_commands(parser: Parser) -> None:
    commands = parser.add_subparsers(title="commands", dest="data_command", metavar="COMMAND")
    _add_command(commands, "list", "list the data sets, as without a command")
    download = _add_command(commands, "download", "download a data set, or the rest of it")
    download.add_argument("name", metavar="NAME", help=f"one of: {', '.join(DATASETS)}")
    bring = _add_command(commands, "import", "import a file as a data set")
    bring.add_argument("file", type=Path, metavar="FILE", help="a table, or images: CSV, Excel, Parquet, ZIP, NPZ, IDX")
    bring.add_argument("--target", default="", metavar="COLUMN", help=TARGET)
    bring.add_argument("--label", default="", metavar="TEXT", help="what to call it; by default, the file's name")
    bring.add_argument("--test", type=Path, metavar="FILE", help="a second file of a table: the test set")
    merging = "make classes one that differ only in capital letters or spaces"
    bring.add_argument("--merge-classes", action="store_true", help=merging)
    rename = _add_command(commands, "rename", "give imported data another label")
    delete = _add_command(commands, "delete", "delete imported data")
    for command in (rename, delete):
        command.add_argument("name", metavar="NAME", help=f"own: and 12 digits, as `{COMMAND} data` lists it")
    rename.add_argument("label", metavar="TEXT", help="what to call it")
    delete.add_argument("--force", action="store_true", help="also if stored runs need it")


def _add_train_flags(parser: Parser) -> None:
    output = parser.add_argument_group("output and machine")
    output.add_argument(
        "--json", type=Path, metavar="FILE", help="also write the configuration and all results to this file"
    )
    output.add_argument(
        "--save", type=Path, metavar="FILE", help="also save the network: as .safetensors, or another format of export"
    )
    output.add_argument(
        "--at",
        choices=("best", "final"),
        default="final",
        help="which state --save saves: that after the best epoch, or the final one, the default",
    )
    output.add_argument(
        "--keep",
        nargs="?",
        const="",
        metavar="NAME",
        help="also keep the run in the store, where the dashboard finds it, under this name if there is one",
    )
    output.add_argument(
        "--threads",
        default="1",
        metavar="N",
        help="threads for matrix products; with 1, the default, results are bit for bit those of the dashboard",
    )
    _add_setting_flags(parser)


def _add_search_flags(parser: Parser) -> None:
    search = parser.add_argument_group("search")
    search.add_argument(
        "--vary",
        action="append",
        default=[],
        metavar="NAME=RANGE",
        help="a setting and its range, as learning_rate=0.001..1:log, hidden=32..512x1..3 (units x layers), or its "
        "values, as optimizer=sgd,adam; may be given several times",
    )
    for name, flag in PLAN_FLAGS.items():
        setting = PLAN_SETTINGS[name]
        help = f"{setting.help} {_allowed(setting)}Default: {_default(setting)}."
        search.add_argument(flag, dest=f"plan_{name}", default="", metavar=METAVARS[type(setting.default)], help=help)
    search.add_argument("--check", metavar="SEEDS", help="then train the three best again with this many fresh seeds")
    search.add_argument(
        "--resume",
        default="",
        metavar="SEARCH",
        help="go on with a search, by its id; --trials and --minutes are added to it, and --vary widens its ranges",
    )
    search.add_argument("--json", type=Path, metavar="FILE", help="also write the plan and all trials to this file")
    _add_cluster_flag(search)
    _add_setting_flags(parser)


def _add_setting_flags(parser: Parser) -> None:
    about = "The defaults are those of a run without a preset. Your own data starts from one: see --preset."
    settings = parser.add_argument_group("settings of the run", about)
    settings.add_argument("--target", default="", metavar="COLUMN", help=f"With a file for --dataset: {TARGET}.")
    presets = "; ".join(f"{name}: {preset.label}" for name, preset in PRESETS.items())
    settings.add_argument(
        "--preset",
        metavar="NAME",
        help=f"Settings to start from; the flags below change them. {presets}. Default: none; for your own data, one "
        "that fits it: table for a table, tutorial for images.",
    )
    table = PRESETS["table"]
    for name, setting in SETTINGS.items():
        kind = type(setting.default)
        options: dict[str, Any] = {"metavar": METAVARS.get(kind), "nargs": _how_many(setting)}
        if kind is bool:
            options = {"action": argparse.BooleanOptionalAction}
        own = "; for a table of your own, see --preset" if name in table.settings | table.small else ""
        help = f"{setting.help} {_allowed(setting)}Default: {_default(setting)}{own}.".replace("%", "%%")
        # Flags that are not given are left out of the namespace.
        settings.add_argument(f"--{name.replace('_', '-')}", help=help, default=argparse.SUPPRESS, **options)


def _allowed(setting: Setting) -> str:
    """Return which values are allowed; nothing for yes and no."""
    if setting.choices:
        file = "Or a file: a table, or images. " if setting.name == "dataset" else ""
        return f"One of: {', '.join(setting.choices)}. {file}"
    if isinstance(setting.default, bool):
        return ""
    numbers = f"from {setting.low:,} to {setting.high:,}{setting.most_in_percent}"
    if isinstance(setting.default, tuple):
        return f"Up to {MOST_HIDDEN_LAYERS} numbers {numbers}, as in 100 200 or 100-200; none for no hidden layer. "
    several = ", or one for each hidden layer, as in 0.2 0.5" if _how_many(setting) else ""
    return f"A {'whole ' if isinstance(setting.default, int) else ''}number {numbers}{several}. "


def _how_many(setting: Setting) -> str | None:
    """Return how many words may give its value, as argparse writes it: one, some, or none for an empty tuple."""
    if isinstance(setting.default, tuple):
        return "*"
    return "+" if setting.a_layer and setting.is_number else None


def _default(setting: Setting) -> str:
    if setting.name == "dataset":
        return f"{setting.default} if it is on disk, else digits; here that is {default_dataset()}"
    if isinstance(setting.default, tuple):
        return " ".join(map(str, setting.default))
    return setting.write(setting.default)


def _read(setting: Setting, arguments: argparse.Namespace) -> Any:
    """Return the value of a setting that was given: as text, as yes or no, or as words: one for each layer."""
    value = getattr(arguments, setting.name)
    if isinstance(value, bool):
        return value
    return setting.read(value if isinstance(value, str) else "-".join(value) or "none")
