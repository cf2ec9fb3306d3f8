"""The preview of images: some of each class, and how they are turned into inputs, redrawn at each change."""

from dataclasses import replace

import numpy as np
import streamlit as st

from mlp.datasets import CLASSIFICATION
from mlp.datasets.own.images import MOST_SIDE, ImagesPreview
from mlp.datasets.own.pictures import arrange
from mlp.datasets.own.plan import ImageOptions, ImagesPlan
from mlp.text import counted
from ui.data.classes import class_pictures
from ui.data.desk import Desk, Upload
from ui.data.looking import images_preview
from ui.data.split import choose_split
from ui.parts.choice import keep
from ui.parts.notices import plain

SIZES = (8, 16, 20, 28, 32, 48, 64)
HEIGHT = 480  # pixels


def images_view(desk: Desk, upload: Upload, guessed: ImagesPreview, label: str) -> ImagesPlan:
    """Draw the preview of images; return the plan."""
    options = _options(upload, guessed)
    preview = guessed if options.size == guessed.suggested.size else images_preview(upload, options)
    for note in preview.notes:
        st.caption(f":material/info: {plain(note)}")
    _show(preview, arrange(preview.examples, options))
    with st.sidebar:
        return ImagesPlan(label, options, choose_split(desk, upload, is_divided=guessed.divided))


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
        invert = keep(
            st.toggle,
            "Invert",
            key=upload.key("invert"),
            first=suggested.invert,
            help="Dark ink on paper becomes bright ink on black, as in MNIST",
        )
        transpose = keep(
            st.toggle,
            "Transpose",
            key=upload.key("transpose"),
            first=suggested.transpose,
            help="Rows become columns, as EMNIST needs",
        )
        flip = keep(
            st.toggle, "Flip", key=upload.key("flip"), first=suggested.flip, help="Left and right change places"
        )
    return replace(suggested, size=size, invert=invert, transpose=transpose, flip=flip)


def _show(preview: ImagesPreview, images: np.ndarray) -> None:
    if preview.task == CLASSIFICATION:
        pictures: dict[str, list[np.ndarray]] = {}
        for image, answer in zip(images, preview.answers.tolist(), strict=True):
            pictures.setdefault(preview.class_names[answer], []).append(image)
        class_pictures(list(zip(preview.class_names, preview.counts, strict=True)), pictures, HEIGHT)
    else:
        (target,) = preview.class_names
        names = [f"{answer:.4g}" for answer in preview.answers.tolist()]
        st.caption(f"Examples, with the value of {plain(target)}")
        st.image(list(images), names, width=64)
