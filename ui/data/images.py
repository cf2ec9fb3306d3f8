"""The preview of images: some of each class, and how they are turned into inputs, redrawn at each change."""

from dataclasses import replace

import numpy as np
import streamlit as st

from mlp.datasets import CLASSIFICATION
from mlp.datasets.own.class_folders import classes_problem
from mlp.datasets.own.columns import Column
from mlp.datasets.own.images import MOST_SIDE, ImagesPreview
from mlp.datasets.own.pictures import arrange
from mlp.datasets.own.plan import TARGET, ImageOptions, ImagesPlan
from mlp.datasets.own.targets import notes_on_classes, with_merged_classes
from mlp.text import counted, short
from ui.data.classes import class_pictures, merges, pictures_with_numbers
from ui.data.looking import images_preview
from ui.data.session import Upload
from ui.data.split import split_images
from ui.parts.choice import keep
from ui.parts.notices import plain

SIZES = (8, 16, 20, 28, 32, 48, 64)
HEIGHT = 480  # pixels
ARRANGED = {
    "invert": "Dark ink on paper becomes bright ink on black, as in MNIST",
    "transpose": "Rows become columns, as EMNIST needs",
    "flip": "Left and right change places",
}


def images_view(upload: Upload, guessed: ImagesPreview, label: str) -> ImagesPlan | None:
    """Draw the preview of images; return the plan, or None if there are too many classes."""
    options = _options(upload, guessed)
    read = ImageOptions(options.size, transpose=options.transpose)  # the rest is done to what was read
    suggested = ImageOptions(guessed.suggested.size, transpose=guessed.suggested.transpose)
    preview = guessed if read == suggested else images_preview(upload, read)
    problem = classes_problem(preview.class_names, merges(upload))
    if problem:
        st.warning(plain(problem), icon=":material/warning:")
    for note in (*preview.notes, *_notes_on_classes(preview, merges(upload))):
        st.caption(f":material/info: {plain(note)}")
    _show(upload, preview, arrange(preview.examples, options))
    with st.sidebar:
        split = split_images(upload, guessed.divided)
    return None if problem else ImagesPlan(label, options, split, merges(upload))


def described(preview: ImagesPreview) -> str:
    """Return what images there are, in words."""
    classes = counted(len(preview.class_names), "class", "classes")
    of = f" of {classes}" if preview.task == CLASSIFICATION else ""
    size = "" if preview.shape is None else f", {preview.shape[0]} × {preview.shape[1]} pixels"
    return f"{counted(sum(preview.counts), 'image')}{of}{size}"


def _options(upload: Upload, preview: ImagesPreview) -> ImageOptions:
    suggested = preview.suggested
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="image_options"):
        sizes = {(side, side) for side in SIZES} | {suggested.size}
        if preview.shape is not None and max(preview.shape) <= MOST_SIDE:
            sizes.add(preview.shape)
        size = keep(
            st.selectbox,
            "Size",
            sorted(sizes),
            key=upload.key("size"),
            first=suggested.size,
            format_func=lambda size: f"{size[0]} × {size[1]} pixels",
            label_visibility="collapsed",
            width=170,
        )
        return arrangement(upload, replace(suggested, size=size))


def arrangement(upload: Upload, suggested: ImageOptions) -> ImageOptions:
    """Draw how images are turned, at first as suggested; return that."""
    chosen = {
        name: keep(st.toggle, name.capitalize(), key=upload.key(name), first=getattr(suggested, name), help=help)
        for name, help in ARRANGED.items()
    }
    return replace(suggested, **chosen)


def _notes_on_classes(preview: ImagesPreview, merge: bool) -> tuple[str, ...]:
    """Return sentences on classes that are rare, or far more frequent than others."""
    if preview.task != CLASSIFICATION:
        return ()
    counts = sorted(zip(preview.class_names, preview.counts, strict=True), key=lambda pair: -pair[1])
    column = Column("class", TARGET, "", distinct=len(counts), values=tuple(counts))
    return notes_on_classes(with_merged_classes(column) if merge else column)


def _show(upload: Upload, preview: ImagesPreview, images: np.ndarray) -> None:
    if preview.task == CLASSIFICATION:
        pictures: dict[str, list[np.ndarray]] = {}
        for image, answer in zip(images, preview.answers.tolist(), strict=True):
            pictures.setdefault(preview.class_names[answer], []).append(image)
        class_pictures(upload, list(zip(preview.class_names, preview.counts, strict=True)), pictures, HEIGHT)
    else:
        pictures_with_numbers(images, [short(answer) for answer in preview.answers.tolist()], preview.class_names[0])
