"""The places where a data set's files may be, gzipped or plain.

First the folder that MLP_DATA_DIR names: in a subfolder named after the data set, or in the one that torchvision makes.
Then the same in the program's own. Downloads and unpacked files are stored in the first of both that may be written.
"""

from collections.abc import Iterator
from pathlib import Path

from mlp.datasets import roots
from mlp.datasets.catalogue import FASHION_MNIST, dataset_info
from mlp.datasets.dataset import DatasetInfo
from mlp.datasets.errors import DatasetError
from mlp.datasets.idx import PACKED, IdxFile, cannot_read, check_idx, seems_sound, unpack
from mlp.datasets.own.stored import is_own, size_of
from mlp.files import write_whole
from mlp.installation import COMMAND, SHIPPED_DATA

RAW = "raw"  # torchvision's folder within the data set's


def home(info: DatasetInfo) -> Path:
    """The folder that this program writes the data set's files to, or that they came in with it."""
    return roots.folder_to_write(info.name) if info.mirrors else SHIPPED_DATA / info.name


def folders(info: DatasetInfo) -> list[Path]:
    """The folders to look in, in order.

    MNIST's and Fashion-MNIST's files have the same names and shapes: those in MLP_DATA_DIR itself, not in a subfolder,
    are MNIST's.
    """
    if not info.mirrors:
        return [home(info)]
    usual = [info.name, *([f"{info.torchvision}/{RAW}"] if info.torchvision else [])]
    own = [roots.PROGRAM_DATA / name for name in usual]
    elsewhere = roots.given_data()
    if elsewhere is None:
        return own
    loose = [] if info is FASHION_MNIST else [elsewhere]
    return [*(elsewhere / name for name in usual), *loose, *own]


def find(info: DatasetInfo, file: IdxFile) -> Path | None:
    """Return the first sound plain file, else the first gzipped one that seems sound, else None."""
    return next((path for path in _there(info, file) if seems_sound(path, file)), None)


def ready(info: DatasetInfo, file: IdxFile) -> Path:
    """Return the sound plain file, unpacking it if necessary.

    Raises DatasetError if there is none, DamagedFile if there is one but it is broken.
    """
    path = find(info, file) or next(_there(info, file), None)
    if path is None:
        places = " or ".join(str(folder) for folder in folders(info) if folder.name != RAW)
        raise DatasetError(f"{info.label} is not on this computer: {file.name} is not in {places}. {remedy(info)}")
    if path.suffix != PACKED:
        check_idx(path, file)
        return path
    try:
        with open(path, "rb") as source:
            packed = source.read(file.largest_packed_size)
    except OSError as error:
        raise cannot_read(path, error) from error
    return write(unpack(packed, path, file), info, file)


def write(content: bytes, info: DatasetInfo, file: IdxFile) -> Path:
    """Write the plain file, which several processes may do at once. Returns its path.

    Raises DatasetError if the disk is full or read-only.
    """
    target = home(info) / file.name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, content)
    except OSError as error:
        raise DatasetError(
            f"{target} can't be written ({error.strerror}). It needs {file.size / 1e6:,.1f} MB of free space "
            f"in a folder that this program may write to. Free some space or change the permissions, then try again."
        ) from error
    return target


def damaged(name: str) -> list[str]:
    """Return a sentence for each file that is there but useless.

    Parameters
    ----------
    name
        Of a data set in the catalog or an imported one, or a recipe for points.

    Returns
    -------
    list of str
        Empty if all is well, also if nothing is there.

    Raises
    ------
    DatasetError
        For an unknown name.

    Examples
    --------
    >>> damaged("digits")
    []
    """
    info = dataset_info(name)
    sentences = []
    for file in info.files:
        if find(info, file) is None and any(_there(info, file)):
            try:
                ready(info, file)
            except DatasetError as error:
                sentences.append(str(error))
    return sentences


def is_available(name: str) -> bool:
    """Return whether `load_dataset` needs no network: the files are on disk, or points are generated.

    It takes about 1 ms.

    Parameters
    ----------
    name
        Of a data set in the catalog or an imported one, or a recipe for points.

    Returns
    -------
    bool
        Files are looked at for their size only.

    Raises
    ------
    DatasetError
        For an unknown name.

    Examples
    --------
    >>> is_available("digits"), is_available("moons")
    (True, True)
    """
    info = dataset_info(name)
    return all(find(info, file) for file in info.files)


def default_dataset() -> str:
    """Return what to begin with: the first start needs no network.

    Returns
    -------
    str
        "mnist" if it is on disk already, else "digits".

    Examples
    --------
    >>> default_dataset() in ("mnist", "digits")
    True
    """
    return "mnist" if is_available("mnist") else "digits"


def size_on_disk(name: str) -> int:
    """Return how large a data set's files are.

    Parameters
    ----------
    name
        Of a data set in the catalog or an imported one, or a recipe for points.

    Returns
    -------
    int
        Bytes of the files found, gzipped or plain; 0 for points.

    Raises
    ------
    DatasetError
        For an unknown name.

    Examples
    --------
    >>> size_on_disk("digits"), size_on_disk("moons")
    (116853, 0)
    """
    info = dataset_info(name)
    if is_own(name):
        return size_of(name)
    return sum(path.stat().st_size for file in info.files if (path := find(info, file)))


def size_to_download(name: str) -> int:
    """Return how much `download` would fetch: gzipped, only missing files.

    Parameters
    ----------
    name
        Of a data set in the catalog or an imported one, or a recipe for points.

    Returns
    -------
    int
        Bytes.

    Raises
    ------
    DatasetError
        For an unknown name.

    Examples
    --------
    >>> size_to_download("digits")
    0
    """
    info = dataset_info(name)
    return sum(file.packed_size for file in info.files if find(info, file) is None)


def remedy(info: DatasetInfo) -> str:
    if not info.mirrors:
        return f"It comes with the program: restore {home(info)} from your copy of it."
    megabytes = sum(file.packed_size for file in info.files) / 1e6
    return f"Download it ({megabytes:,.0f} MB) with `{COMMAND} data download {info.name}`, or {by_hand(info)}."


def by_hand(info: DatasetInfo) -> str:
    """Return where to put files from elsewhere."""
    return f"put {info.files[0].packed_name} and the other {len(info.files) - 1} files into {home(info)}"


def _there(info: DatasetInfo, file: IdxFile) -> Iterator[Path]:
    """Yield the files that are there under the right name, whatever is in them: the plain ones first."""
    for suffix in ("", PACKED):
        paths = (folder / f"{name}{suffix}" for folder in folders(info) for name in file.names)
        yield from (path for path in paths if path.is_file())
