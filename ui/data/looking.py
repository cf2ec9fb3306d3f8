"""What a file holds is looked up by a process apart from the server, which a broken file could not bring down."""

import functools
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from mlp.datasets import DatasetError
from mlp.datasets.own.images import TABLE_ARRAYS, ImagesPreview, kind_of, preview_images
from mlp.datasets.own.plan import Dialect, ImageOptions
from mlp.datasets.own.preview import TablePreview, preview_table
from mlp.datasets.own.table_arrays import write_table
from mlp.engine.pool import describe_loss, is_lost_worker
from ui.data.session import Upload
from ui.parts.server import engine

T = TypeVar("T")
MOST_REMEMBERED = 16
NOTHING: Mapping[str, tuple[str, ...]] = {}

log = logging.getLogger(__name__)


def preview_of(upload: Upload) -> TablePreview | ImagesPreview:
    """Return what a file holds, with everything guessed. Raises DatasetError if nothing can be learned from it."""
    kind = _kind(upload.path, upload.name)
    if kind in ("", TABLE_ARRAYS):
        return table_preview(upload)
    return images_preview(upload)


def images_preview(upload: Upload, options: ImageOptions | None = None) -> ImagesPreview:
    """Return what a file of images holds, with examples of the size in `options`."""
    return _images(upload.path, upload.name, options)


def table_preview(
    upload: Upload,
    dialect: Dialect | None = None,
    target: str = "",
    task: str = "",
    missing: Mapping[str, tuple[str, ...]] = NOTHING,
) -> TablePreview:
    """Return what a table holds, if it is read and used like this, and the texts in `missing` mean that, by column.

    Raises DatasetError if that is not possible.
    """
    return _table(upload.path, upload.name, dialect, target, task, tuple(sorted(missing.items())))


def rows_of(path: Path) -> int:
    """Return how many rows a table has, about. Raises DatasetError for a file that is no table."""
    return _asked(preview_table, path).count


def _asked(function: Callable[..., T], *arguments: object) -> T:
    """Have a worker do something. Whatever goes wrong is a sentence: files can be broken in any way."""
    future = engine().compute(function, *arguments)
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, DatasetError):
        raise error
    if is_lost_worker(error):
        raise DatasetError(
            f"{describe_loss(error)} while looking into the file. Try again, or leave out columns or rows."
        )
    log.error("A file can't be read", exc_info=error)
    raise DatasetError("This file can't be read; the server's log says why. Save it in another format, such as CSV.")


@functools.lru_cache(MOST_REMEMBERED)
def _kind(path: Path, name: str) -> str:
    kind = _asked(kind_of, path, name)
    if kind == TABLE_ARRAYS:  # it is a table from here on
        table = path.with_suffix(".parquet")
        _asked(write_table, path, table, name)
        table.replace(path)
    return kind


@functools.lru_cache(MOST_REMEMBERED)
def _images(path: Path, name: str, options: ImageOptions | None) -> ImagesPreview:
    return _asked(preview_images, path, name, options)


@functools.lru_cache(MOST_REMEMBERED)
def _table(
    path: Path,
    name: str,
    dialect: Dialect | None,
    target: str,
    task: str,
    missing: tuple[tuple[str, tuple[str, ...]], ...],
) -> TablePreview:
    return _asked(preview_table, path, name, dialect, target, task, dict(missing))
