"""The settings of the Boundary page: which points, which network, how it trains, and how it is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import streamlit as st

from mlp.config import SETTINGS, ConfigError, RunConfig
from mlp.datasets import CLASSIFICATION, REGRESSION, DatasetError, OwnPoint, Recipe
from mlp.datasets.points import SHAPES
from mlp.datasets.recipes import EMPTY, MOST_OWN, RECIPE, SURFACES, own_from_text, own_to_text
from mlp.inspection.plane import EXTENT
from mlp.run_settings import MOST_HIDDEN_LAYERS
from mlp.setting import Choice, Setting
from mlp.text import counted, quoted
from ui.parts.address import read, written
from ui.parts.classroom import travelled_to_settings, write_address
from ui.parts.controls import Controls, controls_of, write_controls
from ui.parts.session import Session
from ui.parts.settings import PACE
from ui.parts.state import Key

BOUNDARY_PAGE = "boundary"
MOST_UNITS = 8  # in a layer: more could not be distinguished in the picture
EPOCHS = 10_000  # people stop it long before
OWN = "own"  # the parameter of the address for points added by hand

CLASSES = SHAPES | {EMPTY: Choice("Empty")}
HEIGHTS = SURFACES | {EMPTY: Choice("Empty")}
ALL = (
    RECIPE["task"],
    # One for each task, so that each keeps its own choice.
    Setting("shape", "Points", "", "circles", choices=CLASSES),
    Setting("surface", "Points", "", "hills", choices=HEIGHTS),
    replace(RECIPE["classes"], default=3),
    RECIPE["noise"],
    RECIPE["points"],
    RECIPE["training"],
    replace(RECIPE["seed"], name="points_seed", high=9999),
    RECIPE["features"],
    replace(SETTINGS["hidden"], default=(4, 4), high=MOST_UNITS),
    replace(SETTINGS["activation"], default="tanh", a_layer=False),
    SETTINGS["initializer"],
    replace(SETTINGS["seed"], default=0),
    replace(SETTINGS["learning_rate"], default=0.03),
    replace(SETTINGS["batch_size"], default=16, high=256),
    replace(SETTINGS["optimizer"], default="momentum"),
    SETTINGS["l2"],
    SETTINGS["l1"],
    PACE,
    Setting("discrete", "Ignore confidence", "Color the plane by the predicted class alone.", False),
    Setting("validation", "Show validation points", "", False),
)
BOUNDARY_SETTINGS = {setting.name: setting for setting in ALL}
DEFAULTS = {name: setting.default for name, setting in BOUNDARY_SETTINGS.items()}
LAYERS = Setting("layers", BOUNDARY_SETTINGS["hidden"].label, "", 2, low=0, high=MOST_HIDDEN_LAYERS)  # of old links


def boundary_controls() -> Controls:
    """Return the page's controls, once its address was opened."""
    now = controls_of(BOUNDARY_PAGE)
    assert now is not None
    return now


def open_address(session: Session) -> None:
    """Set everything from the address, at first and after the browser's back or forward; note what made no sense."""
    is_given = Key.OPENS_ADDRESS in st.session_state  # by the class
    has_trained = session.own is not None and session.own.checkpoint().state.step > 0
    if controls_of(BOUNDARY_PAGE) and not travelled_to_settings(has_trained) and not is_given:
        return
    query = {name: st.query_params.get_all(name) for name in st.query_params}
    points, left_out = _read_own(query.pop(OWN, [""])[-1])
    put_own_points(points)
    values, complaints = from_query(query)
    session.complaints = [*filter(None, [left_out]), *complaints]
    write_controls(BOUNDARY_PAGE, BOUNDARY_SETTINGS, values)
    st.session_state.pop(Key.OPENS_ADDRESS, None)  # last: if the script is stopped before, it is all done again


def from_query(query: Mapping[str, Sequence[str]]) -> tuple[dict[str, Any], list[str]]:
    """Return the values that an address asks for, and a sentence for each invalid parameter."""
    known = BOUNDARY_SETTINGS | {"layers": LAYERS}
    return read(_by_name(query), known, DEFAULTS, lambda values: config_of(values, recipe_of(values)))


def put_in_address() -> None:
    """Put the settings and the points added by hand into the address."""
    values = boundary_controls().values()
    query = written(values, BOUNDARY_SETTINGS, DEFAULTS)
    query.pop("surface" if values["task"] == CLASSIFICATION else "shape", None)
    own = own_points().points
    write_address(query | ({OWN: own_to_text(own)} if own else {}))


def set_learning_rate(learning_rate: float) -> None:
    """Set the learning rate; everything else stays. The page, drawn next, gives it to the run."""
    values = boundary_controls().values() | {"learning_rate": learning_rate}
    write_controls(BOUNDARY_PAGE, BOUNDARY_SETTINGS, values)


def recipe_of(values: Mapping[str, Any]) -> Recipe:
    """Return the recipe for the points. Raises DatasetError if they can't be generated."""
    chosen = {name: values[name] for name in ("points", "noise", "training")} | {"seed": values["points_seed"]}
    if shape_of(values) == EMPTY:
        chosen = {}
    if chooses_classes(values):
        chosen["classes"] = values["classes"]
    features = values["features"] or Recipe.features
    return Recipe(shape_of(values), task=values["task"], features=features, own=tuple(fitting(values)), **chosen)


def shape_of(values: Mapping[str, Any]) -> str:
    """Return the chosen shape of points, of the chosen task."""
    shape: str = values["shape" if values["task"] == CLASSIFICATION else "surface"]
    return shape


def chooses_classes(values: Mapping[str, Any]) -> bool:
    """Return whether the number of classes can be chosen."""
    shape = shape_of(values)
    return values["task"] == CLASSIFICATION and (shape == EMPTY or SHAPES[shape].most_classes > 2)


def config_of(values: Mapping[str, Any], recipe: Recipe) -> RunConfig:
    """Return the run's configuration; a batch is never larger than the number of points."""
    network = {name: value for name, value in values.items() if name in SETTINGS}
    network["batch_size"] = min(network["batch_size"], max(recipe.split_sizes[0], 1))
    # The points are few: all are measured, as in the numbers above the curves.
    return RunConfig(dataset=recipe.name, epochs=EPOCHS, evaluate_train=True, **network)


class Own(NamedTuple):
    """The points added by hand in this tab, and the last click that was processed.

    One value, because Streamlit can stop a callback at any access to the session state: with two, a click could be
    stored without its point.
    """

    points: tuple[OwnPoint, ...] = ()
    click: int = 0


def own_points() -> Own:
    """Return the points added by hand in this tab."""
    own: Own = st.session_state.get(Key.OWN_POINTS, Own())
    return own


def put_own_points(points: tuple[OwnPoint, ...], click: int | None = None) -> None:
    """Set the points added by hand, as of a click. Raises DatasetError if there are too many."""
    st.session_state[Key.OWN_POINTS] = Own(points[:MOST_OWN], own_points().click if click is None else click)
    if len(points) > MOST_OWN:
        raise DatasetError(f"There are already {MOST_OWN} added points, which is the maximum. Remove some first.")


def add_clicked(clicks: Sequence[Any]) -> None:
    """Add the points of new clicks: the browser repeats every click until it is confirmed."""
    own = own_points()
    points, latest = list(own.points), own.click
    for each in clicks:
        match each:
            case [int(click), int() | float() as x, int() | float() as y, int() | float() as value] if click > latest:
                points.append(OwnPoint(x, y, value))
                latest = click
    put_own_points(tuple(points), latest)


def remove_last_point(values: Mapping[str, Any]) -> None:
    """Remove the point that was added last of those that can be seen; if there are none, of all."""
    points, seen = list(own_points().points), fitting(values)
    for last in (seen or points)[-1:]:  # none is left if it was pressed twice
        at = max(index for index, point in enumerate(points) if point == last)
        put_own_points((*points[:at], *points[at + 1 :]))


def fitting(values: Mapping[str, Any]) -> list[OwnPoint]:
    """Return the points added by hand whose value is valid for the task: some may have been added for another one."""
    own = own_points().points
    if values["task"] == REGRESSION:
        return [point for point in own if -1 <= point.value <= 1]
    classes = values["classes"] if chooses_classes(values) else Recipe.classes
    return [point for point in own if point.value in range(classes)]


def _read_own(text: str) -> tuple[tuple[OwnPoint, ...], str]:
    """Return the points in an address, and a sentence about those that are not allowed."""
    try:
        found = own_from_text(text)
    except ValueError:
        return (), f"The added points in the link can't be read: {quoted(text)}. They were left out."
    points = tuple(point for point in found if max(abs(point.x), abs(point.y)) <= EXTENT and abs(point.value) < 6)
    kept = points[:MOST_OWN]
    if len(kept) == len(found):
        return kept, ""
    left_out = counted(len(found) - len(kept), "added point")
    return kept, f"{left_out} in the link left out: outside the plane, or too many."


def _by_name(query: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return an address's parameters as they are written now.

    Links that were copied earlier have labels in place of names, `plane_pace`, and each layer's units by themselves.
    """
    found = {}
    for old, texts in query.items():
        name = "pace" if old == "plane_pace" else old
        setting = BOUNDARY_SETTINGS.get(name)
        names = {row.label: key for key, row in setting.choices.items()} if setting else {}
        if setting and setting.is_id:
            texts = [text.removesuffix(".0") for text in texts]
        found[name] = ".".join(names.get(text, text) for text in (texts if name == "features" else texts[-1:]))
    units = [found.pop(f"units{layer}", "4") for layer in range(1, MOST_HIDDEN_LAYERS + 1)]
    if "layers" in found:
        try:
            layers = LAYERS.read(found["layers"])
        except ConfigError:
            return found  # the page says that it makes no sense
        del found["layers"]
        found["hidden"] = "-".join(units[:layers]) or "none"
    elif set(units) != {"4"}:
        found["hidden"] = "-".join(units[:2])
    return found
