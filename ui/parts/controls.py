"""Controls are the widgets for a page's settings. A link, a button or another control can set all of them at once.

Streamlit's `bind="query-params"` (1.67) is not enough for that. It takes a widget's key as the parameter's name, so the
key cannot change; and with a widget that keeps its key, a late message from the browser, which sends the values of all
widgets with each action, overwrites newly written values. It leaves out of the address what equals the widget's own
default, not what equals the chosen preset. It writes labels, so another word on the screen breaks old links. And it
ignores nonsense silently, or fails on it ("inf" as a whole number).

So writing replaces the controls by new ones: a new generation. Late messages about older controls are ignored. Controls
that have the right value already stay, among them the one just used: keyboard users keep their place.

A session's first generation is a random number. When the server was restarted, or has forgotten the tab, the browser
sends the values of the session before to the new one: they must not become those of controls that were just written.
"""

import functools
import math
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from mlp.run_settings import MOST_HIDDEN_LAYERS
from mlp.setting import Setting
from ui.parts.state import Key

RATES = tuple(float(f"{lead}e{power}") for power in range(-5, 2) for lead in (1, 1.5, 2, 3, 4, 5, 6, 8))
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
GENERATIONS = 10**9
PENALTIES = (0.0, *(lead * 10.0**power for power in range(-6, -1) for lead in (1, 3)), 0.1)


@dataclass(frozen=True)
class Controls:
    """One generation of a page's controls, each named after its setting.

    The hidden layers are layers and units_0, …. Of a setting that each of them may have for itself, such as dropout,
    there are dropout for all, own_dropout, which says whether each has its own, and these as dropout_0, ….
    """

    page: str
    settings: Mapping[str, Setting]
    generation: int
    initial: Mapping[str, Any]  # what each control is set to when it is made
    kept: Mapping[str, str] = field(default_factory=dict)  # the keys of controls from earlier generations

    def key(self, name: str) -> str:
        """Return a control's key in Streamlit's session state."""
        return self.kept.get(name, f"{name}-{self.page}-{self.generation}")

    def value(self, name: str) -> Any:
        """Return a control's value, drawn or not."""
        value = st.session_state.get(self.key(name), self.initial[name])
        return tuple(value) if isinstance(value, list) else value

    def values(self) -> dict[str, Any]:
        """Return all values by setting."""
        values = {name: self.value(name) for name in self.settings if name != "hidden"}
        values["hidden"] = tuple(self.value(f"units_{layer}") for layer in range(self.value("layers")))
        layers, before = self.value("layers"), self.initial["layers"]
        for name in self.of_layers:
            if self.value(f"own_{name}"):  # a new layer has that of the last one before
                own = [self.value(f"{name}_{min(layer, before - 1)}") for layer in range(max(layers, 1))]
                values[name] = self.settings[name].joined(own)
        return {name: values[name] for name in self.settings}

    @property
    def of_layers(self) -> list[str]:
        """The settings that each hidden layer may have for itself."""
        return [name for name, setting in self.settings.items() if setting.a_layer]

    def setting(self, control: str) -> Setting | None:
        """Return the setting of a control, labeled for its hidden layer if it is of one; None for units and others."""
        name, _, layer = control.rpartition("_")
        if control in self.settings or name not in self.of_layers:
            return self.settings.get(control)
        setting = self.settings[name]
        return replace(setting, label=f"{setting.label} in layer {int(layer) + 1}")

    def unless_replaced(self, name: str, action: Callable[[], None]) -> Callable[[], None]:
        """Return an action that does nothing once this control has been replaced."""
        key = self.key(name)

        def act() -> None:
            now = controls_of(self.page)
            if now and now.key(name) == key:
                action()

        return act


def controls_of(page: str) -> Controls | None:
    """Return the current generation of a page's controls; None before the page was opened."""
    now: Controls | None = st.session_state.get(f"{Key.CONTROLS}-{page}")
    return now


def write_controls(page: str, settings: Mapping[str, Setting], values: Mapping[str, Any]) -> None:
    """Give all controls of a page these values: those with another value are replaced."""
    before = controls_of(page)
    hidden = values["hidden"]
    initial = {name: value for name, value in values.items() if name != "hidden"} | {"layers": len(hidden)}
    for name in (name for name, setting in settings.items() if setting.a_layer):
        own = settings[name].values(values[name])
        initial[name] = own[0]
        initial |= {f"{name}_{layer}": own[min(layer, len(own) - 1)] for layer in range(MOST_HIDDEN_LAYERS)}
        unfolded = len(own) > 1 or (before is not None and before.value(f"own_{name}"))
        initial[f"own_{name}"] = unfolded and len(hidden) > 1
    for layer in range(MOST_HIDDEN_LAYERS):
        name = f"units_{layer}"  # a layer that was taken away comes back as it was
        usual = before.value(name) if before else settings["hidden"].default[0]
        initial[name] = hidden[layer] if layer < len(hidden) else usual
    kept = {name: before.key(name) for name in initial if before.value(name) == initial[name]} if before else {}
    generation = before.generation + 1 if before else secrets.randbelow(GENERATIONS)
    st.session_state[f"{Key.CONTROLS}-{page}"] = Controls(page, settings, generation, initial, kept)


@dataclass(frozen=True)
class Widgets:
    """Draws the controls of a page; what each is called, means and may be is its setting's."""

    controls: Controls
    on_change: Callable[[str], object] | None = None  # called with the name of the control that was changed
    is_disabled: Callable[[str], bool] = lambda name: False

    def choice(
        self, name: str, on_change: Callable[[], None] | None = None, labels: Mapping[str, str] | None = None
    ) -> None:
        """Draw a list of the choices; another value, such as the name of a recipe for points, is added.

        `on_change` replaces the usual callback if it sets other controls, `labels` the setting's own choices.
        """
        callback = {"on_change": self.controls.unless_replaced(name, on_change), "args": ()} if on_change else {}
        setting, value = self.controls.setting(name), self.controls.initial[name]
        assert setting is not None
        labels = dict(labels or {key: row.label for key, row in setting.choices.items()})
        if value not in labels:  # by its name if its label is taken: the browser tells choices apart by their labels
            labels[value] = value if setting.show(value) in labels.values() else setting.show(value)
        extra = {"options": list(labels), "format_func": labels.__getitem__, "index": list(labels).index(value)}
        self._draw(st.selectbox, name, **extra, **callback)

    def segments(self, name: str, labeled: bool = True) -> None:
        """Draw a few choices side by side."""
        visibility = "visible" if labeled else "collapsed"
        initial = self.controls.initial[name]
        self._draw(st.segmented_control, name, default=initial, required=True, label_visibility=visibility)

    def pills(self, name: str) -> None:
        """Draw choices of which any number may be chosen."""
        self._draw(st.pills, name, default=list(self.controls.initial[name]), selection_mode="multi")

    def hidden_layers(self, most_units: int, on_change: Callable[[], None] | None = None) -> None:
        """Draw the number of hidden layers, and the units of each.

        `on_change` replaces the usual callback of their number if it sets other controls.
        """
        callback = {"on_change": self.controls.unless_replaced("layers", on_change), "args": ()} if on_change else {}
        setting, initial = self.controls.settings["hidden"], self.controls.initial
        ends = {"min_value": 0, "max_value": MOST_HIDDEN_LAYERS}
        self._draw(
            st.slider, "layers", label=setting.label, help=setting.help, value=initial["layers"], **ends, **callback
        )
        for layer in range(self.controls.value("layers")):
            name, label = f"units_{layer}", f"Units in layer {layer + 1}"
            self._draw(st.slider, name, label=label, min_value=1, max_value=most_units, value=initial[name])

    def each_layer(self, name: str, draw: Callable[[str], None], on_switch: Callable[[str], None]) -> None:
        """Draw a setting with `draw`: one control for all hidden layers, or one for each; and the switch between them.

        `on_switch` is called with the setting's name when the switch was moved.
        """
        own, layers = f"own_{name}", self.controls.value("layers")
        for control in [f"{name}_{layer}" for layer in range(layers)] if self.controls.value(own) else [name]:
            draw(control)
        if layers > 1:
            switch = self.controls.unless_replaced(own, functools.partial(on_switch, name))
            label = f"{self.controls.settings[name].label} for each layer"
            initial = self.controls.initial[own]
            self._draw(st.toggle, own, label=label, value=initial, on_change=switch, args=())

    def slider(self, name: str, step: float | None = None) -> None:
        """Draw a slider over the whole range."""
        self._draw(st.slider, name, step=step, **self._range(name))

    def number(self, name: str, step: int | None = None) -> None:
        """Draw a field for a number."""
        style = None if isinstance(self.controls.settings[name].default, int) else "%g"
        self._draw(st.number_input, name, step=step, format=style, **self._range(name))

    def scale(self, name: str, marks: Sequence[float], show: Callable[[Any], str] = "{:,}".format) -> None:
        """Draw a slider over unevenly spaced marks; a value between them, from a link or preset, is added."""
        value = self.controls.initial[name]
        others = [mark for mark in marks if not math.isclose(mark, value, rel_tol=1e-9)]
        self._draw(st.select_slider, name, options=sorted([*others, value]), format_func=show, value=value)

    def switch(self, name: str) -> None:
        """Draw a switch for yes or no."""
        self._draw(st.toggle, name, value=self.controls.initial[name])

    def pace(self) -> str:
        """Draw the slider for the pace beside a run's buttons; return what is chosen."""
        initial = self.controls.initial["pace"]
        chosen: str = self._draw(st.select_slider, "pace", value=initial, label_visibility="collapsed", width=260)
        return chosen

    def _range(self, name: str) -> dict[str, Any]:
        setting = self.controls.settings[name]
        kind = type(setting.default)
        initial = self.controls.initial[name]
        return {"min_value": kind(setting.low), "max_value": kind(setting.high), "value": initial}

    def _draw(self, widget: Callable[..., Any], name: str, **arguments: Any) -> Any:
        """Draw a widget with what all have in common. A control that is not drawn keeps its value."""
        common: dict[str, Any] = {
            "on_change": self.on_change,
            "args": (name,) if self.on_change else (),
            "key": self.controls.key(name),
            "persist_state": "session",
            "disabled": self.is_disabled(name),
        }
        if setting := self.controls.setting(name):
            common |= {"label": setting.label, "help": setting.help or None}
            common["args"] = (setting.name,) if self.on_change else ()
            if setting.choices:
                common |= {"options": list(setting.choices), "format_func": setting.show}
        return widget(**(common | arguments))


def heading(name: str, icon: str, text: str, note: str = "") -> None:
    """Draw a heading, under a key by which a teacher's link can hide it."""
    with st.container(key=f"{name}_heading"):
        st.markdown(f"##### :material/{icon}: {text} {note and f':small[:gray[{note}]]'}")
