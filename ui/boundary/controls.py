"""The controls of the Decision boundary page. Each is bound to the address, so a copied link opens the same network."""

from typing import Any, NamedTuple

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from mlp.charts.wording import rate
from mlp.config import MOST_HIDDEN_LAYERS, SETTINGS, RunConfig
from mlp.datasets import CLASSIFICATION, FEATURES, REGRESSION, DatasetError, OwnPoint, Recipe
from mlp.datasets.features import PLAIN
from mlp.datasets.points import MOST_NOISE, SHAPES
from mlp.datasets.recipes import (
    EMPTY,
    FEWEST_POINTS,
    LEAST_TRAINING,
    MOST_OWN,
    MOST_POINTS,
    MOST_TRAINING,
    SURFACES,
    own_from_text,
    own_to_text,
)
from mlp.inspection.plane import EXTENT
from mlp.network.layers import ACTIVATIONS
from mlp.text import counted, quoted
from ui.parts.notices import plain
from ui.train.controls import BATCHES, PENALTIES, RATES, heading, pace_words

MOST_UNITS = 8  # in a layer: more could not be distinguished in the picture
EPOCHS = 10_000  # people stop it long before
PACES = (1.0, 5.0, 10.0, 30.0, 100.0, 300.0, 1000.0, None)  # steps per second; None: no limit
OWN = "own"  # the parameter of the address for points added by hand
OWN_POINTS = "own_points"  # their key in the session
SHAPE_LABELS = {
    "moons": "Moons",
    "circles": "Circles",
    "spirals": "Spirals",
    "gaussians": "Gaussians",
    "xor": "XOR",
    **{name: surface.label for name, surface in SURFACES.items()},
    EMPTY: "Empty",
}


class Chosen(NamedTuple):
    """Everything that is set on the page."""

    recipe: Recipe
    network: dict[str, Any]  # RunConfig's fields except the data set
    discrete: bool
    show_validation: bool

    def config(self) -> RunConfig:
        """Return the run's configuration; a batch is never larger than the number of points."""
        batch = min(self.network["batch_size"], self.recipe.piles[0])
        return RunConfig(dataset=self.recipe.name, **(self.network | {"batch_size": batch}))


def chosen_in_sidebar() -> Chosen:
    """Draw the sidebar and return its settings. Raises DatasetError if its points can't be generated."""
    with st.sidebar, st.container(gap="xsmall"):
        recipe = _points()
        heading("network", "account_tree", "Network")
        network = _network()
        heading("training", "bolt", "Training")
        network |= _training()
        with st.expander("Display", icon=":material/image:", key="picture"):
            discrete = st.toggle("Ignore confidence", key="discrete", help=_DISCRETE, **_BOUND)
            validation = st.toggle("Show validation points", key="validation", **_BOUND)
    return Chosen(recipe, network, discrete, validation)


def pace_control() -> float | None:
    """Draw the slider for the pace; return steps per second, None for as many as possible."""
    return st.select_slider(
        "Pace",
        PACES,
        value=100.0,
        format_func=pace_words,
        key="plane_pace",
        label_visibility="collapsed",
        width=240,
        **_BOUND,
    )


class Own(NamedTuple):
    """The points added by hand in this tab, and the last click that was processed.

    One value, because Streamlit can stop a callback at any access to the session state: with two, a click could be
    stored without its point.
    """

    points: tuple[OwnPoint, ...]
    click: int = 0


def own_points() -> Own:
    """Return the points added by hand in this tab; at first, and after going back or forward, those in the address.

    Points in the address that are not allowed are left out, with a message.
    """
    context = get_script_run_ctx()
    travelled = context is not None and context.is_history_navigation
    if OWN_POINTS not in st.session_state or travelled:
        read, left_out = _read_own(st.query_params.get(OWN, ""))
        put_own_points(read)
        if left_out:
            st.toast(plain(left_out), icon=":material/link_off:", duration="long")
    own: Own = st.session_state[OWN_POINTS]
    return own


def put_own_points(points: tuple[OwnPoint, ...], click: int | None = None) -> None:
    """Set the points added by hand, as of a click. Raises DatasetError if there are too many."""
    if click is None:
        click = st.session_state.get(OWN_POINTS, Own(())).click
    st.session_state[OWN_POINTS] = Own(points[:MOST_OWN], click)
    if len(points) > MOST_OWN:
        raise DatasetError(f"There are already {MOST_OWN} added points, which is the maximum. Remove some first.")


def add_clicked(clicks: list[Any]) -> None:
    """Add the points of new clicks: the browser repeats every click until it is confirmed."""
    own = own_points()
    points, heard = list(own.points), own.click
    for each in clicks:
        match each:
            case [int(click), int() | float() as x, int() | float() as y, int() | float() as value] if click > heard:
                points.append(OwnPoint(x, y, value))
                heard = click
    put_own_points(tuple(points), heard)


def _read_own(text: str) -> tuple[tuple[OwnPoint, ...], str]:
    """Return the points in an address, and a message about those that are not allowed."""
    try:
        said = own_from_text(text)
    except ValueError:
        return (), f"The added points in the link can't be read: {quoted(text)}. They were left out."
    points = tuple(point for point in said if max(abs(point.x), abs(point.y)) <= EXTENT and abs(point.value) < 6)
    if len(points) == len(said) <= MOST_OWN:
        return points, ""
    kept = points[:MOST_OWN]
    left_out = counted(len(said) - len(kept), "added point")
    return kept, f"{left_out} in the link left out: outside the plane, or too many."


def _fits(point: OwnPoint, task: str, classes: int) -> bool:
    """Return whether a point's value is valid for a task: it may have been added for another one."""
    if task == REGRESSION:
        return -1 <= point.value <= 1
    return point.value in range(classes)


_BOUND: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}
_DISCRETE = "Color the plane by the predicted class alone, ignoring confidence."


def _points() -> Recipe:
    task = st.segmented_control(
        "Task",
        [CLASSIFICATION, REGRESSION],
        format_func=str.capitalize,
        default=CLASSIFICATION,
        required=True,
        key="task",
        help="Predict a class, or a height, for every point of the plane.",
        width="stretch",
        **_BOUND,
    )
    task = str(task)
    # One key per task, so that each task keeps its own choice.
    shape = st.selectbox(
        "Points",
        Recipe.shapes(task),
        index=1,
        format_func=SHAPE_LABELS.__getitem__,
        key="shape" if task == CLASSIFICATION else "surface",
        **_BOUND,
    )
    count, noise, classes, seed = Recipe.points, Recipe.noise, Recipe.classes, Recipe.seed
    training = Recipe.training
    if task == CLASSIFICATION and (shape == EMPTY or SHAPES[shape].most_classes > 2):
        classes = st.slider("Classes", 2, 6, 3, key="classes", **_BOUND)
    if shape != EMPTY:
        noise = st.slider("Noise", 0.0, MOST_NOISE, Recipe.noise, 0.01, key="noise", **_BOUND)
        count = st.slider("Number of points", FEWEST_POINTS, MOST_POINTS, Recipe.points, 20, key="points", **_BOUND)
        training = st.slider(
            "Training share (%)", LEAST_TRAINING, MOST_TRAINING, Recipe.training, 10, key="training", **_BOUND
        )
        seed = _seed("Data seed", "points_seed")
    features = st.pills(
        "Inputs",
        list(FEATURES),
        format_func=lambda name: FEATURES[name].label,
        selection_mode="multi",
        default=list(Recipe.features),
        key="features",
        help="The features of a point that the network gets as inputs.",
        **_BOUND,
    )
    if not features:
        st.caption("Nothing selected: using x and y.")
    own = own_points().points
    fitting = tuple(point for point in own if _fits(point, task, classes))
    if len(fitting) < len(own):
        others = f"{len(own) - len(fitting)} of your {counted(len(own), 'point')}"
        st.caption(f"{others} belong to other classes and are ignored for now.")
    if own:
        st.query_params[OWN] = own_to_text(own)
    else:
        st.query_params.pop(OWN, None)
    return Recipe(shape, count, noise, classes, tuple(features) or PLAIN, seed, task, training, fitting)


def _network() -> dict[str, Any]:
    layers = st.slider("Hidden layers", 0, MOST_HIDDEN_LAYERS, 2, key="layers", **_BOUND)
    hidden = tuple(
        st.slider(f"Units in layer {layer + 1}", 1, MOST_UNITS, 4, key=f"units{layer + 1}", **_BOUND)
        for layer in range(layers)
    )
    activation = st.selectbox(
        "Activation",
        list(ACTIVATIONS),
        index=list(ACTIVATIONS).index("tanh"),
        format_func=lambda name: ACTIVATIONS[name].label,
        key="activation",
        **_BOUND,
    )
    with st.expander("Initial weights", icon=":material/casino:", key="start"):
        initializer = _choice("initializer", "xavier")
        seed = _seed("Seed", "seed", SETTINGS["seed"].help)
    return {"hidden": hidden, "activation": activation, "initializer": initializer, "seed": seed, "epochs": EPOCHS}


def _training() -> dict[str, Any]:
    chosen = {
        "learning_rate": st.select_slider(
            "Learning rate", RATES, 0.03, format_func=rate, key="learning_rate", **_BOUND
        ),
        "batch_size": st.select_slider("Batch size", BATCHES[:9], 16, key="batch_size", **_BOUND),
        "optimizer": _choice("optimizer", "momentum"),
        "evaluate_train": True,  # the points are few: all are measured, as in the numbers above the curves
    }
    with st.expander("Regularization", icon=":material/tune:", key="more"):
        for name in ("l2", "l1"):
            chosen[name] = st.select_slider(
                SETTINGS[name].label, PENALTIES, 0.0, format_func="{:g}".format, key=name, **_BOUND
            )
    return chosen


def _seed(label: str, key: str, help: str | None = None) -> int:
    """Draw a seed. As a float: Streamlit 1.67 fails on "inf" in a link to the control of a whole number."""
    return int(st.number_input(label, 0.0, 9999.0, 0.0, 1.0, "%.0f", key=key, help=help, **_BOUND))


def _choice(name: str, default: str) -> str:
    setting = SETTINGS[name]
    table = setting.choices
    chosen: str = st.selectbox(
        setting.label,
        list(table),
        index=list(table).index(default),
        format_func=lambda key: table[key].label,
        help=setting.help,
        key=name,
        **_BOUND,
    )
    return chosen
