"""Data sets on the command line: which there are, which are on disk, and how to get the others."""

import sys
from argparse import Namespace

from tqdm import tqdm

from mlp.cli.own_data import delete_data, described, import_data, rename_data
from mlp.datasets import (
    DATASETS,
    damaged,
    dataset_info,
    download,
    is_available,
    load_dataset,
    size_on_disk,
    size_to_download,
)
from mlp.datasets.own.stored import own_datasets
from mlp.datasets.roots import given_data


def answer(arguments: Namespace) -> str:
    """Carry out a command about data sets; return what to print. Raises DatasetError and UsageError."""
    match arguments.data_command:
        case "download":
            return get_dataset(arguments.name)
        case "import":
            file, merge = arguments.file, arguments.merge_classes
            return import_data(file, arguments.target, arguments.label, arguments.test, merge)[1]
        case "rename":
            return rename_data(arguments.name, arguments.label)
        case "delete":
            return delete_data(arguments.name, arguments.force)
    return table_of_datasets()


def table_of_datasets() -> str:
    """Return a heading, a line for each data set and each imported one, and sentences on what is damaged or missing."""
    lines = [_line("name", "examples", "on disk", "size", "to download", "license")]
    for name, info in DATASETS.items():
        examples = f"{info.train + info.validation + info.test:,}"
        sizes = _megabytes(size_on_disk(name)), _megabytes(size_to_download(name))
        lines.append(_line(name, examples, _presence(name), *sizes, info.license))
    lines += [f"{info.name}  {_megabytes(size_on_disk(info.name)):>8}  {described(info)}" for info in own_datasets()]
    lines += [sentence for name in DATASETS for sentence in damaged(name)]
    given = given_data()
    if given and not given.is_dir():
        made = "a folder that is made when something is stored."
        lines.append(f"MLP_DATA_DIR is {given}, {'which is a file. Name a folder.' if given.exists() else made}")
    return "\n".join(lines)


def get_dataset(name: str) -> str:
    """Download the missing files of a data set, with a bar on a terminal; return a sentence on the result.

    Raises DatasetError for an unknown name, and if the download fails.
    """
    if not dataset_info(name).files:
        return f"{name} needs no download: its points are generated when needed."
    # disable=None: no bar in a file or a pipe
    with tqdm(unit="B", unit_scale=True, desc=name, disable=None, dynamic_ncols=True) as bar:

        def move(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        was_here = is_available(name)
        try:
            download(name, progress=move)
        except KeyboardInterrupt:
            tqdm.write(f"What is complete of {name} is kept: the next download fetches the rest.", file=sys.stderr)
            raise
    load_dataset(name)  # raises if a file is still damaged
    return f"{name} {'was already' if was_here else 'is now'} on disk: {_megabytes(size_on_disk(name))}."


def _line(name: str, examples: str, presence: str, size: str, missing: str, license: str) -> str:
    return f"{name:<{max(map(len, DATASETS))}}  {examples:>8}  {presence:<7}  {size:>8}  {missing:>11}  {license}"


def _presence(name: str) -> str:
    if not DATASETS[name].files:
        return "drawn"
    if is_available(name):
        return "yes"
    return "partly" if size_on_disk(name) else "no"


def _megabytes(size: int) -> str:
    if not size:
        return "-"
    return f"{size / 1e6:,.1f} MB" if size >= 50_000 else "< 0.1 MB"
