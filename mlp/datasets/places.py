"""The places where a data set's files may be, gzipped or plain.

First the folder that MLP_DATA_DIR names, which may be read-only: in a subfolder named after the data set, or in the one
that torchvision makes. Then the same in `data/` beside the program, where downloads and unpacked files are stored.
"""

import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from mlp.datasets.catalogue import dataset_info
from mlp.datasets.dataset import DatasetInfo
from mlp.datasets.errors import DatasetError
from mlp.datasets.idx import IdxFile, check_idx
from mlp.datasets.unpacking import seems_packed, unpack

PACKED = ".gz"
RAW = "raw"  # torchvision's folder within the data set's
OWN_DATA = Path(__file__).resolve().parents[2] / "data"


def own_folder(info: DatasetInfo) -> Path:
    """The folder that this program writes the data set's files to."""
    return OWN_DATA / info.name


def folders(info: DatasetInfo) -> list[Path]:
    """The folders to look in, in order.

    MNIST's and Fashion-MNIST's files have the same names and shapes. So files in MLP_DATA_DIR itself, not in a
    subfolder, are used only if a hash can tell what they are.
    """
    usual = [info.name, *([f"{info.torchvision}/{RAW}"] if info.torchvision else [])]
    own = [OWN_DATA / name for name in usual]
    chosen = os.environ.get("MLP_DATA_DIR")
    if not chosen or not info.mirrors:
        return own
    elsewhere = Path(chosen).expanduser()
    known_by_hash = all(file.sha256 for file in info.files)
    return [*(elsewhere / name for name in usual), *([elsewhere] if known_by_hash else []), *own]


def find(info: DatasetInfo, file: IdxFile) -> Path | None:
    """Return the first sound plain file, else the first gzipped one that seems sound, else None."""
    plain = (path for path in _there(info, file) if _is_sound(path, file))
    packed = (path for path in _there(info, file, PACKED) if seems_packed(path, file))
    return next(plain, None) or next(packed, None)


def ready(info: DatasetInfo, file: IdxFile) -> Path:
    """Return the sound plain file, unpacking it if necessary.

    Raises DatasetError if there is none, DamagedFile if there is one but it is broken.
    """
    path = find(info, file)
    if path is None:
        for broken in _there(info, file):
            check_idx(broken, file)  # raises: find() passed it over
        path = next(_there(info, file, PACKED), None)
        if path is None:
            places = " or ".join(str(folder) for folder in folders(info) if folder.name != RAW)
            raise DatasetError(f"{info.label} is not on this computer: {file.name} is not in {places}. {remedy(info)}")
    if path.suffix == PACKED:
        packed_path, path = path, own_folder(info) / file.name
        unpack(packed_path, path, file)
    return path


def damaged(name: str) -> list[str]:
    """Return a sentence for each file that is there but useless. Raises DatasetError for an unknown name."""
    info = dataset_info(name)
    sentences = []
    for file in info.files:
        if find(info, file) is None and any(chain(_there(info, file), _there(info, file, PACKED))):
            try:
                ready(info, file)
            except DatasetError as error:
                sentences.append(str(error))
    return sentences


def is_available(name: str) -> bool:
    """Whether load_dataset(name) needs no network: the files are on disk, or points are generated. Takes about 1 ms.

    Raises DatasetError for an unknown name.
    """
    info = dataset_info(name)
    return all(find(info, file) for file in info.files)


def default_dataset() -> str:
    """Return "mnist" if it is on disk already, else "digits": the first start needs no network."""
    return "mnist" if is_available("mnist") else "digits"


def size_on_disk(name: str) -> int:
    """Bytes of the files found, gzipped or plain; 0 for points. Raises DatasetError for an unknown name."""
    info = dataset_info(name)
    return sum(path.stat().st_size for file in info.files if (path := find(info, file)))


def size_to_download(name: str) -> int:
    """Bytes that download(name) would fetch: gzipped, only missing files. Raises DatasetError as above."""
    info = dataset_info(name)
    return sum(file.packed_size for file in info.files if find(info, file) is None)


def remedy(info: DatasetInfo) -> str:
    """Return how to get a data set that is missing."""
    if not info.mirrors:
        return f"It comes with the program: restore {own_folder(info)} from your copy of it."
    megabytes = sum(file.packed_size for file in info.files) / 1e6
    return f"Download it ({megabytes:,.0f} MB) with `python -m mlp data download {info.name}`, or {by_hand(info)}."


def by_hand(info: DatasetInfo) -> str:
    """Return where to put files from elsewhere."""
    return f"put {info.files[0].packed_name} and the other {len(info.files) - 1} files into {own_folder(info)}"


def _there(info: DatasetInfo, file: IdxFile, suffix: str = "") -> Iterator[Path]:
    """Yield the files that are there under the right name, whatever is in them."""
    paths = (folder / f"{name}{suffix}" for folder in folders(info) for name in file.names)
    return (path for path in paths if path.is_file())


def _is_sound(path: Path, file: IdxFile) -> bool:
    try:
        check_idx(path, file)
    except DatasetError:
        return False
    return True
