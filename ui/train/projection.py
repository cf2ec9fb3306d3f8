"""Projection: the validation examples as the last hidden layer sees them, by PCA, or by t-SNE in a worker."""

from functools import partial

import streamlit as st

from mlp.charts.projections import projection as projection_chart
from mlp.charts.projections import projection_of_numbers
from mlp.datasets import REGRESSION
from mlp.inspection.projection import METHODS, project
from mlp.inspection.regression import in_own_unit
from mlp.network.layers import Array
from mlp.training import Model
from ui.parts.charts import board
from ui.parts.choice import choose
from ui.parts.component import THEMED
from ui.parts.computed import when_computed
from ui.parts.picture_feed import picture_address
from ui.parts.pictures import in_gray
from ui.parts.session import Session
from ui.train.computing import computed, pinned
from ui.train.inspected import Inspected, predictions_for

AT_ONCE = "pca"  # takes 20 ms; a worker would first finish its training quantum


def projection(session: Session, inspected: Inspected) -> None:
    """Show the examples in two or three dimensions. While a network trains, its state at the first look is kept."""
    with st.container(horizontal=True, vertical_alignment="center"):
        method = choose("Method", METHODS, key="project_by")
        dimensions = choose("Dimensions", {2: "2-D", 3: "3-D"}, key="project_to")
        model = pinned(session, inspected).model
    begun = partial(computed, project, model, method, dimensions, at_once=method == AT_ONCE)
    when_computed(METHODS[method], begun, partial(_show, model, method, dimensions))


def _show(model: Model, method: str, dimensions: int, projected: tuple[Array, Array]) -> None:
    rows, places = projected
    info, step = model.dataset.info, model.state.step
    title = f"{METHODS[method]} of the {'last hidden layer' if model.config.hidden else 'inputs'}"
    if info.task == REGRESSION:
        numbers = in_own_unit(info, model.dataset.validation.labels[rows])
        chart = projection_of_numbers(title, places, rows, numbers, info.class_names[0], step=step, palette=THEMED)
    else:
        predictions = predictions_for(model, "validation")
        chart = projection_chart(
            title,
            places,
            rows,
            predictions.labels[rows],
            predictions.classes[rows],
            info.class_names,
            step=step,
            pictures=picture_address(info.name) if info.kind == "images" else "",
            gray=in_gray(model.dataset),
            palette=THEMED,
        )
    board({f"projection{dimensions}": chart}, key=f"projection {method} {dimensions}")
