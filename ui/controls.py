"""The controls in the sidebar, made from the tables and fields of mlp: nothing is declared twice."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

import streamlit as st

from mlp.config import FIELDS, MOST_HIDDEN_LAYERS, MOST_UNITS, RunConfig
from mlp.datasets import DATASETS
from mlp.optimizers import OPTIMIZERS
from mlp.presets import PRESETS
from ui.address import AXES, PACES, Settings, defaults, from_query, to_query
from ui.live import ViewOptions

RATES = tuple(float(f"{lead}e{power}") for power in range(-5, 2) for lead in (1, 1.5, 2, 3, 4, 5, 6, 8))
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
EPOCHS = (1, 2, 3, 5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200, 300, 500, 1000, 2000, 5000, 10_000)
PENALTIES = (0.0, *(lead * 10.0**power for power in range(-6, -1) for lead in (1, 3)), 0.1)
DROPOUTS = tuple(round(0.05 * step, 2) for step in range(20))
# A control that is not drawn, such as the third layer's, keeps its value all the same.
KEPT: Literal["session"] = "session"


def settings_from_sidebar() -> Settings:
    """Draw the sidebar and return what is set in it. Raises ConfigError where settings do not fit together."""
    _open_address()
    with st.sidebar, st.container(gap="xsmall"):
        _choices()
        st.markdown("##### :material/restart_alt: Network :small[:gray[– a change starts afresh]]")
        network = _network()
        st.markdown("##### :material/bolt: Training :small[:gray[– a change acts at once]]")
        training = _training()
        with st.expander("Curves", icon=":material/show_chart:"):
            view = _view()
    unread = {name: st.session_state[name] for name in FIELDS if name not in {"hidden", *network, *training}}
    config = RunConfig(**network, **training, **unread)
    return Settings(st.session_state.preset, config, st.session_state.pace, view)


def pace_control() -> float | None:
    """Draw the slider for the pace; return steps a second, None for as many as possible."""
    return st.select_slider(
        "Pace",
        PACES,
        format_func=lambda pace: "as fast as possible" if pace is None else f"{pace:g} steps/s",
        key="pace",
        persist_state=KEPT,
        help="How many mini-batches a second. Slow down to follow single steps.",
        label_visibility="collapsed",
        width=260,
    )


def remember(settings: Settings) -> None:
    """Put the settings into the address."""
    query = to_query(settings)
    if query != st.query_params.to_dict():
        st.query_params.from_dict(query)


# ── What was set, by name, in Streamlit's session state ────────────────────────────────────────────────────────────


def _open_address() -> None:
    """The first time, set everything as the address says; tell what in it made no sense."""
    if "dataset" not in st.session_state:
        settings, complaints = from_query(st.query_params.to_dict())
        _set(settings)
        st.session_state.complaints = complaints


def _set(settings: Settings) -> None:
    """Set all controls."""
    state, config = st.session_state, settings.config
    state.preset, state.pace = settings.preset, settings.pace
    for name in FIELDS:
        if name != "hidden":
            state[name] = getattr(config, name)
    state.layers = len(config.hidden)
    for index in range(MOST_HIDDEN_LAYERS):
        state[f"units_{index}"] = (
            config.hidden[index] if index < len(config.hidden) else state.get(f"units_{index}", 100)
        )
    state.x, state.smoothing, state.log_loss = settings.view.x, settings.view.smoothing, settings.view.log_loss


def _use_preset() -> None:
    """Set what the chosen preset says for the chosen data; how the curves are shown stays."""
    state = st.session_state
    view = ViewOptions(state.x, state.smoothing, state.log_loss)
    _set(replace(defaults(state.preset, state.dataset), view=view))


def _use_optimizers_rate() -> None:
    """Another optimizer takes steps of another size: begin with a rate that suits it."""
    st.session_state.learning_rate = OPTIMIZERS[st.session_state.optimizer].learning_rate


# ── The controls ───────────────────────────────────────────────────────────────────────────────────────────────────


def _choices() -> None:
    st.selectbox(
        "Preset",
        list(PRESETS),
        format_func=lambda name: PRESETS[name].label,
        key="preset",
        persist_state=KEPT,
        on_change=_use_preset,
        help="Settings worth seeing. Choosing one sets all others.",
    )
    st.caption(PRESETS[st.session_state.preset].story)
    _choice("dataset", on_change=_use_preset)


def _network() -> dict[str, Any]:
    """Draw what decides how the network is built."""
    layers = st.slider(
        "Hidden layers", 0, MOST_HIDDEN_LAYERS, key="layers", persist_state=KEPT, help=FIELDS["hidden"].metadata["help"]
    )
    hidden = tuple(
        st.slider(f"Units in layer {index + 1}", 1, MOST_UNITS, key=f"units_{index}", persist_state=KEPT)
        for index in range(layers)
    )
    values = {"hidden": hidden, "activation": _choice("activation")}
    with st.expander("Start", icon=":material/casino:"):
        values["initializer"] = _choice("initializer")
        values["seed"] = _number("seed", step=1)
    return values


def _training() -> dict[str, Any]:
    """Draw what may change while the network trains."""
    most = DATASETS[st.session_state.dataset].train
    values = {
        "learning_rate": _scale("learning_rate", RATES, lambda value: f"{value:.3g}"),
        "batch_size": _scale("batch_size", [size for size in BATCHES if size <= most], "{:,}".format),
        "epochs": _scale("epochs", EPOCHS, "{:,}".format),
        "optimizer": _choice("optimizer", on_change=_use_optimizers_rate),
    }
    with st.expander("Optimizer, schedule, regularisation", icon=":material/tune:"):
        values["schedule"] = _choice("schedule")
        for name in OPTIMIZERS[values["optimizer"]].settings:
            values[name] = _number(name, step=None)
        values["l2"] = _scale("l2", PENALTIES, lambda value: f"{value:g}")
        values["l1"] = _scale("l1", PENALTIES, lambda value: f"{value:g}")
        values["dropout"] = _scale("dropout", DROPOUTS, lambda value: f"{value:.0%}")
        meta = FIELDS["evaluate_train"].metadata
        values["evaluate_train"] = st.toggle(meta["label"], key="evaluate_train", persist_state=KEPT, help=meta["help"])
    return values


def _view() -> ViewOptions:
    """Draw how the curves are shown."""
    x = st.segmented_control("Along x", AXES, key="x", persist_state=KEPT, required=True)
    smoothing = st.slider(
        "Smoothing",
        0.0,
        0.99,
        step=0.01,
        key="smoothing",
        persist_state=KEPT,
        help="The raw curve stays visible, faint.",
    )
    return ViewOptions(str(x), smoothing, st.toggle("Logarithmic loss", key="log_loss", persist_state=KEPT))


def _choice(name: str, on_change: Callable[[], None] | None = None) -> Any:
    """Draw a choice from the field's table."""
    meta = FIELDS[name].metadata
    table: Mapping[str, Any] = meta["choices"]
    return st.selectbox(
        meta["label"],
        list(table),
        format_func=lambda key: table[key].label,
        key=name,
        persist_state=KEPT,
        help=meta["help"],
        on_change=on_change,
    )


def _scale(name: str, marks: Any, show: Callable[[Any], str]) -> Any:
    """Draw a slider over marks of uneven distance; a value between them, from a link or preset, becomes one."""
    meta, value = FIELDS[name].metadata, st.session_state[name]
    near = [mark for mark in marks if not math.isclose(mark, value, rel_tol=1e-9)]
    return st.select_slider(
        meta["label"], sorted([*near, value]), format_func=show, key=name, persist_state=KEPT, help=meta["help"]
    )


def _number(name: str, step: int | None) -> Any:
    meta = FIELDS[name].metadata
    kind: type[int] | type[float] = int if isinstance(FIELDS[name].default, int) else float
    return st.number_input(
        meta["label"],
        kind(meta["low"]),
        kind(meta["high"]),
        step=step,
        key=name,
        persist_state=KEPT,
        help=meta["help"],
        format=None if kind is int else "%g",
    )
