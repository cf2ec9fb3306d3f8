"""Imported data on the command line: bringing a file, listing, renaming and deleting."""

from contextlib import closing
from pathlib import Path

from tqdm import tqdm

from mlp.cli.arguments import UsageError
from mlp.datasets import REGRESSION, DatasetInfo, dataset_info, dataset_label
from mlp.datasets.own.spelling import HOW_TO_MERGE, alike
from mlp.datasets.own.stored import OWN, delete, find, is_own, read_stored, rename
from mlp.datasets.own.targets import NAMES
from mlp.installation import COMMAND
from mlp.text import counted, quoted

BAR = "{desc}: {percentage:3.0f}%|{bar}| {postfix}"


def import_data(
    file: Path, target: str = "", label: str = "", test: Path | None = None, merge: bool = False
) -> tuple[str, str]:
    """Import a file, with a bar on a terminal; return the data set's name, and sentences on what was found.

    Raises DatasetError for a file that makes no data set.
    """
    from mlp.datasets.own.importing import import_file  # takes a second

    # disable=None: no bar in a file or a pipe
    with tqdm(total=1.0, desc=file.name, bar_format=BAR, disable=None, dynamic_ncols=True, leave=False) as bar:

        def move(share: float, sentence: str) -> None:
            bar.set_postfix_str(sentence, refresh=False)
            bar.update(share - bar.n)

        name = import_file(file, move, target=target, label=label, test=test, merge=merge)
    stored = read_stored(name)
    sentences = [f"{file.name} is now {name}. {described(stored.info)}", *stored.notes]
    if not merge and alike(stored.info.class_names):
        sentences.append(HOW_TO_MERGE)
    if stored.preprocessing and stored.info.target and not target:
        others = [column.name for column in stored.preprocessing.columns if column.name.lower() in NAMES]
        too = f" It could be {' or '.join(others)}, too." if others else ""
        sentences.append(f"The column to predict was guessed: name another with --target.{too}")
    return name, "\n".join(sentences)


def described(info: DatasetInfo) -> str:
    """Return what a data set is called and holds, in a sentence."""
    what = "a number" if info.task == REGRESSION else counted(info.classes, "class", "classes")
    goal = f"to predict {info.target.name}, {what}" if info.target else f"of {what}"
    sizes = f"{info.train:,} for training, {info.validation:,} for validation, {info.test:,} for testing"
    return f"{info.label}: {info.description.rstrip('.')} {goal}; {sizes}."


def rename_data(name: str, label: str) -> str:
    """Rename imported data. Raises UsageError for other data, DatasetError for an unknown name or an invalid label."""
    _check_imported(name)
    rename(name, label)
    return f"{name} is now called {dataset_info(name).label}."


def delete_data(name: str, force: bool) -> str:
    """Delete imported data. Raises UsageError for other data, and if runs need it, unless `force`.

    Raises DatasetError for an unknown name.
    """
    _check_imported(name)
    find(name)
    label = dataset_label(name)  # of a damaged one, too
    needed = [] if force else _runs_of(name)
    if needed:
        listed = ", ".join(needed[:5]) + (" …" if len(needed) > 5 else "")
        raise UsageError(
            f"{counted(len(needed), 'stored run')} can't be opened without {label}: {listed}. "
            "Add --force to delete it all the same."
        )
    delete(name)
    return f"{name} ({label}) is deleted."


def _check_imported(name: str) -> None:
    if not is_own(name):
        raise UsageError(
            f"{quoted(name)} is not imported data: only that can be renamed or deleted. "
            f"`{COMMAND} data` lists it under names that begin with {OWN}."
        )


def _runs_of(dataset: str) -> list[str]:
    from mlp.store import Store, StoreError  # takes half a second

    try:
        with closing(Store()) as store:
            return [run.name or run.id for run in store.runs() if run.dataset == dataset]
    except StoreError as error:
        raise UsageError(f"{error} Add --force to delete the data without looking for its runs.") from error
