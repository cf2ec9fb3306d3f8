"""Data sets on the command line: which there are, which are here, and how the others get here."""

import sys

from tqdm import tqdm

from mlp.datasets import (
    DATASETS,
    dataset_info,
    download,
    is_available,
    load_dataset,
    size_on_disk,
    size_to_download,
)


def table_of_datasets() -> str:
    """Return a heading, and a line for each data set."""
    lines = [_line("name", "examples", "on disk", "size", "to download", "licence")]
    for name, info in DATASETS.items():
        examples = f"{info.train + info.validation + info.test:,}"
        sizes = _megabytes(size_on_disk(name)), _megabytes(size_to_download(name))
        lines.append(_line(name, examples, _presence(name), *sizes, info.licence))
    return "\n".join(lines)


def get_dataset(name: str) -> str:
    """Download what is missing of a data set, with a bar on a terminal; return what became of it.

    Raises DatasetError for an unknown name, and where the data can't be had.
    """
    info = dataset_info(name)
    if info.kind == "points":
        return f"{name} needs no download: its points are drawn when they are asked for."
    # disable=None: no bar in a file or a pipe
    with tqdm(unit="B", unit_scale=True, desc=name, disable=None, dynamic_ncols=True) as bar:

        def move(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        was_here = is_available(name)
        try:
            download(name, progress=move)
        except KeyboardInterrupt:
            tqdm.write(f"What has arrived of {name} is kept: the next download goes on from there.", file=sys.stderr)
            raise
    load_dataset(name)  # raises where it is still not whole
    return f"{name} {'was already' if was_here else 'is now'} on disk: {_megabytes(size_on_disk(name))}."


def _line(name: str, examples: str, presence: str, size: str, missing: str, licence: str) -> str:
    return f"{name:<{max(map(len, DATASETS))}}  {examples:>8}  {presence:<7}  {size:>8}  {missing:>11}  {licence}"


def _presence(name: str) -> str:
    """Say whether a data set's files are here."""
    if DATASETS[name].kind == "points":
        return "drawn"  # no files are needed
    if is_available(name):
        return "yes"
    return "in part" if size_on_disk(name) else "no"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size else "-"
