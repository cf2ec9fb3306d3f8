"""Files of images are previewed in a moment and read into one array: pictures in folders, NumPy arrays, IDX files."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mlp.datasets.dataset import REGRESSION
from mlp.datasets.errors import DamagedFile, DatasetError
from mlp.datasets.own.archives import Archive, open_archive
from mlp.datasets.own.arrays import NPY, array_parts, is_images, open_array_images
from mlp.datasets.own.class_folders import class_folders
from mlp.datasets.own.examples import Examples, ShowStage, spread
from mlp.datasets.own.idx_files import idx_members, open_idx_images
from mlp.datasets.own.image_source import ARRAYS, IDX, PICTURES, ImageSource
from mlp.datasets.own.pictures import ENDINGS, arrange, is_faint, is_ink_on_paper, is_picture, read_picture
from mlp.datasets.own.plan import ImageOptions
from mlp.datasets.roots import writing
from mlp.text import counted, quoted

TABLE_ARRAYS = "table arrays"  # arrays that hold no images, but rows of numbers
OFFICE = "[Content_Types].xml"  # is in every file of Excel, which is a ZIP
SECONDS = 1.0  # of decoding in a preview; large pictures are fewer
LARGEST_SIDE = 64  # pixels; larger images are suggested to be shrunk
MOST_SIDE = 256
REPORTS = 200  # of progress
MOST_LISTED = 10


@dataclass(frozen=True)
class ImagesPreview:
    """What a file of images holds, and how it could be read."""

    kind: str  # PICTURES, ARRAYS or IDX
    task: str
    class_names: tuple[str, ...]  # of a regression, the target's name
    counts: tuple[int, ...]  # images of each class; of a regression, of all
    examples: np.ndarray  # uint8 [k, rows, columns], not yet as `arrange` turns them
    answers: np.ndarray  # [k] their classes, or their targets
    shape: tuple[int, int] | None  # rows and columns of all images in the file; None if they may differ
    suggested: ImageOptions
    divided: bool  # whether the file itself says what is for training, validation and test
    notes: tuple[str, ...]  # sentences


def preview_images(path: Path, name: str = "", options: ImageOptions | None = None) -> ImagesPreview:
    """Look into a file or folder of images; `name` is what messages call it. Reads at most 40 of them.

    `arrange(preview.examples, options)` is what an import with these options makes of them; without options they are
    in the size that is suggested. Raises DatasetError for what can't be learned from, or is refused.
    """
    with tempfile.TemporaryDirectory() as scratch, _open_images(path, name, Path(scratch)) as source:
        suggested = ImageOptions(_suggested_size(source), transpose=source.transposed)
        size = _size_to_read(options or suggested)
        groups = _groups(source)
        examples: dict[int, np.ndarray] = {}
        skipped: list[str] = []
        enough = time.thread_time() + SECONDS
        for index in spread(groups):
            try:
                examples[index] = source.image(index, size)
            except DamagedFile as error:
                skipped.append(str(error))
            if time.thread_time() > enough and examples:
                break
        if not examples:
            raise DatasetError(f"{name or path.name} has no image that can be read. {skipped[0]}")
        notes = list(source.notes)
        if skipped:
            looked_at = counted(len(skipped) + len(examples), "image")
            listed = " ".join(skipped[:MOST_LISTED])
            notes.append(f"Of {looked_at} looked at so far, {len(skipped)} can't be read: {listed}")
        notes += _on_faint(source, sum(map(is_faint, examples.values())))
        order = sorted(examples, key=lambda index: (source.labels[index], index))
        shown = np.stack([examples[index] for index in order])
        return ImagesPreview(
            kind=source.kind,
            task=source.task,
            class_names=source.class_names,
            counts=tuple(map(len, groups)),
            examples=shown,
            answers=source.labels[order],
            shape=source.shape,
            suggested=replace(suggested, invert=is_ink_on_paper(shown)),
            divided=source.split is not None,
            notes=tuple(notes),
        )


def read_images(path: Path, options: ImageOptions, into: Path, progress: ShowStage, name: str = "") -> Examples:
    """Read all images of a file or folder, one at a time, into an array on the disk in the folder `into`.

    Those that can't be read are skipped, counted and named. Raises DatasetError for what can't be learned from, or is
    refused, and if the disk is full.
    """
    size = _size_to_read(options)
    target = into / "images.bytes"
    with tempfile.TemporaryDirectory(dir=into) as scratch, _open_images(path, name, Path(scratch)) as source:
        total = len(source.labels)
        kept, faint = np.ones(total, bool), 0
        skipped: list[str] = []
        with writing(into), open(target, "wb") as out:
            for index in range(total):
                if index % max(1, total // REPORTS) == 0:
                    progress(index / total, f"{index:,} of {counted(total, 'image')}")
                try:
                    image = source.image(index, size)
                except DamagedFile as error:
                    kept[index] = False
                    skipped += [str(error)] if len(skipped) < MOST_LISTED else []
                    continue
                faint += is_faint(image)
                out.write(arrange(image, options).tobytes())
        if not kept.any():
            raise DatasetError(f"{name or path.name} has no image that can be read. {skipped[0]}")
        notes = list(source.notes)
        if skipped:
            notes.append(f"{counted(int((~kept).sum()), 'image')} skipped: {' '.join(skipped)}")
        notes += _on_faint(source, faint)
        inputs = np.memmap(target, np.uint8, "r", shape=(int(kept.sum()), *options.size))
        split = None if source.split is None else source.split[kept]
        labels, names = source.labels[kept], source.class_names
        return Examples(inputs, labels, names, source.task, split, tuple(notes), source.pixel_range)


def _on_faint(source: ImageSource, count: int) -> list[str]:
    """Return a sentence on pictures in which there is nothing to see."""
    if source.kind != PICTURES or not count:
        return []
    return [f"{counted(count, 'image has', 'images have')} hardly more than one shade. Of 16 bits, white is 65,535."]


def kind_of(path: Path, name: str = "") -> str:
    """Return what a file or folder holds: PICTURES, ARRAYS (of images), IDX or TABLE_ARRAYS; else "", maybe a table.

    Raises DatasetError for what is refused, and for a folder or a ZIP that holds none of these.
    """
    with open_archive(path, name) as archive:
        kind = _kind(archive)
        if not kind and not _may_be_table(archive, path):
            raise DatasetError(_nothing(archive))
        if kind != ARRAYS:
            return kind
        with tempfile.TemporaryDirectory() as scratch:
            return ARRAYS if is_images(array_parts(archive, Path(scratch))) else TABLE_ARRAYS


def _may_be_table(archive: Archive, path: Path) -> bool:
    """Whether it is a single file, neither a folder nor a ZIP, or else a spreadsheet."""
    return [member.path for member in archive.members] == [path] or _is_spreadsheet(archive)


def _is_spreadsheet(archive: Archive) -> bool:
    return any(member.name == OFFICE for member in archive.members)


def _kind(archive: Archive) -> str:
    if _is_spreadsheet(archive):
        return ""  # even if it holds pictures
    if any(is_picture(member.name) for member in archive.members):
        return PICTURES
    if any(member.name.endswith(NPY) for member in archive.members):
        return ARRAYS
    return IDX if idx_members(archive) else ""


@contextmanager
def _open_images(path: Path, name: str, scratch: Path) -> Iterator[ImageSource]:
    with open_archive(path, name) as archive:
        kind = _kind(archive)
        if kind == PICTURES:
            yield _pictures(archive)
        elif kind == ARRAYS:
            yield open_array_images(array_parts(archive, scratch))
        elif kind == IDX:
            yield open_idx_images(archive, scratch)
        else:
            raise DatasetError(_nothing(archive))


def _nothing(archive: Archive) -> str:
    """Return the sentence about an archive without images."""
    there = ", ".join(quoted(member.name) for member in archive.members[:MOST_LISTED]) or "no files"
    return (
        f"{archive.name} has no images: it holds {there}. Pack PNG, JPEG, GIF, BMP, TIFF or WebP files in a folder for "
        "each class, NumPy arrays, or IDX files. Unpack a table, or another archive, and choose that."
    )


def _pictures(archive: Archive) -> ImageSource:
    pictures = [member for member in archive.members if is_picture(member.name)]
    found = class_folders([member.name for member in pictures], archive.folders)
    notes = list(found.notes)
    others = [str(member) for member in archive.members if not is_picture(member.name)]
    if others:
        listed = ", ".join(others[:MOST_LISTED])
        notes.append(f"{counted(len(others), 'file')} left out for not ending in {', '.join(ENDINGS)}: {listed}.")
    return ImageSource(
        kind=PICTURES,
        labels=found.labels,
        class_names=found.class_names,
        split=found.split,
        image=lambda index, size: read_picture(pictures[found.chosen[index]], size),
        notes=tuple(notes),
    )


def _suggested_size(source: ImageSource) -> tuple[int, int]:
    if source.shape is None or max(source.shape) > LARGEST_SIDE:
        return ImageOptions().size
    rows, columns = source.shape
    return (columns, rows) if source.transposed else (rows, columns)


def _size_to_read(options: ImageOptions) -> tuple[int, int]:
    """Return the size of images before they are transposed. Raises DatasetError for one that is not possible."""
    rows, columns = options.size
    if not 1 <= min(rows, columns) <= max(rows, columns) <= MOST_SIDE:
        raise DatasetError(f"The size is {rows} × {columns} pixels; choose from 1 × 1 to {MOST_SIDE} × {MOST_SIDE}.")
    return options.size_to_read


def _groups(source: ImageSource) -> list[np.ndarray]:
    """Return the positions of each class's images; of a regression, of all."""
    if source.task == REGRESSION:
        return [np.arange(len(source.labels))]
    return [np.flatnonzero(source.labels == label) for label in range(len(source.class_names))]
