"""A data set's files lie in one of a few folders, gzipped or plain.

First the folder that MLP_DATA_DIR names, which may be read-only: there, files lie in a subfolder named like the data
set. Then `data/` beside the program, where downloads and unpacked files land.
"""

import os
from pathlib import Path

from mlp.datasets.catalogue import DatasetInfo, dataset_info
from mlp.datasets.errors import DatasetError
from mlp.datasets.idx import IdxFile, check_idx
from mlp.datasets.unpacking import unpack

OWN_DATA = Path(__file__).resolve().parents[2] / "data"


def own_folder(info: DatasetInfo) -> Path:
    """The folder that this program writes the data set's files to."""
    return OWN_DATA / info.name


def folders(info: DatasetInfo) -> list[Path]:
    """The folders to look in, first one first.

    MNIST's and Fashion-MNIST's files have the same names and shapes. So files that lie in MLP_DATA_DIR itself, not in
    a subfolder, are taken only where their content can be told by its hash.
    """
    chosen = os.environ.get("MLP_DATA_DIR")
    if not chosen or not info.mirrors:
        return [own_folder(info)]
    elsewhere = Path(chosen).expanduser()
    told_by_hash = all(file.sha256 for file in info.files)
    return [elsewhere / info.name, *([elsewhere] if told_by_hash else []), own_folder(info)]


def find(info: DatasetInfo, file: IdxFile) -> Path | None:
    """Return the first sound plain file, else the first gzipped one, else None."""
    plain = [folder / file.name for folder in folders(info)]
    packed = [folder / file.packed_name for folder in folders(info)]
    return next(
        (path for path in plain if path.is_file() and _is_sound(path, file)),
        next((path for path in packed if path.is_file()), None),
    )


def ready(info: DatasetInfo, file: IdxFile) -> Path:
    """Return the sound plain file, unpacking it if need be.

    Raises DatasetError where there is none, DamagedFile where there is one but broken.
    """
    path = find(info, file)
    if path is None:
        for folder in folders(info):
            if (folder / file.name).is_file():
                check_idx(folder / file.name, file)  # raises: find() passed it over
        places = " or ".join(map(str, folders(info)))
        raise DatasetError(f"{info.label} is not on this computer: {file.name} is not in {places}. {remedy(info)}")
    if path.name == file.packed_name:
        packed, path = path, own_folder(info) / file.name
        unpack(packed, path, file)
    return path


def is_available(name: str) -> bool:
    """Whether load_dataset(name) needs no network: the files are on disk, or the points are drawn. Takes about 1 ms.

    Raises DatasetError for an unknown name.
    """
    info = dataset_info(name)
    return all(find(info, file) for file in info.files)


def default_dataset() -> str:
    """Return "mnist" where it is on disk already, else "digits": the first start needs no network."""
    return "mnist" if is_available("mnist") else "digits"


def size_on_disk(name: str) -> int:
    """Bytes of the files found, gzipped or plain; 0 for points. Raises DatasetError for an unknown name."""
    info = dataset_info(name)
    return sum(path.stat().st_size for file in info.files if (path := find(info, file)))


def size_to_download(name: str) -> int:
    """Bytes that download(name) would fetch: gzipped, and only what is missing. Raises DatasetError as above."""
    info = dataset_info(name)
    return sum(file.packed_size for file in info.files if find(info, file) is None)


def remedy(info: DatasetInfo) -> str:
    """Say how to get a data set that is not there."""
    if not info.mirrors:
        return f"It comes with the program: get {own_folder(info)} again from where you have the program."
    megabytes = sum(file.packed_size for file in info.files) / 1e6
    return f"Download it ({megabytes:,.0f} MB) with `python -m mlp data download {info.name}`, or {by_hand(info)}."


def by_hand(info: DatasetInfo) -> str:
    """Say where files go that a person has from elsewhere."""
    return f"put {info.files[0].packed_name} and the other {len(info.files) - 1} files into {own_folder(info)}"


def _is_sound(path: Path, file: IdxFile) -> bool:
    try:
        check_idx(path, file)
    except DatasetError:
        return False
    return True
