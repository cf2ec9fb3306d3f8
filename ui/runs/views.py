"""Views of the selected runs: their curves, the settings that differ, and more charts."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from mlp import initial_state, load_dataset
from mlp.charts.distributions import compared_weights
from mlp.charts.relations import name_of, parallel, scatter
from mlp.comparison.groups import MOST_COMPARED, Group, by_settings, differing, results_of, setting_text
from mlp.config import SETTINGS
from mlp.inspection.distributions import Histograms, weight_histograms
from mlp.store import RunRecord
from ui.parts.browser import browser_token
from ui.parts.charts import board
from ui.parts.component import THEMED
from ui.parts.controls import Controls, Widgets
from ui.parts.notices import in_sentences
from ui.parts.server import store
from ui.runs.feed import CURVE_SETTINGS, CurveOptions, curves, feed_address, status_of

MOST_DIMENSIONS = 8  # of parallel coordinates
MORE = ("Parallel coordinates", "Scatter", "Weights")


def curve_options(runs: Sequence[RunRecord]) -> CurveOptions:
    """Draw the controls for the curves; return their values."""
    repeated = any(group.seeds > 1 for group in by_settings(runs))
    controls = Controls("curves", CURVE_SETTINGS, 0, {name: option.default for name, option in CURVE_SETTINGS.items()})
    widgets = Widgets(controls, is_disabled=lambda name: name == "bands" and not repeated)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        widgets.segments("x", labeled=False)
        widgets.segments("part", labeled=False)
        widgets.switch("bands")
        widgets.switch("zoom")
        with st.popover("More", icon=":material/tune:", width="content"):
            widgets.switch("log_loss")
            widgets.slider("smoothing", 0.01)
            widgets.segments("spread")
    values = {name: controls.value(name) for name in CURVE_SETTINGS}
    return CurveOptions(**values | {"bands": values["bands"] and repeated})


def drawable(groups: Sequence[Group]) -> Sequence[Group]:
    """Return the groups that are drawn, and say so if that is not all."""
    if len(groups) > MOST_COMPARED:
        sentence = f"{len(groups)} lines are too many to distinguish: the first {MOST_COMPARED} are drawn."
        st.info(sentence, icon=":material/info:")
    return groups[:MOST_COMPARED]


@st.fragment
@in_sentences()
def overlaid_curves(groups: Sequence[Group], selected: Sequence[RunRecord], options: CurveOptions) -> None:
    """Draw the groups' curves over each other; they are updated while one of the selected runs trains."""
    follow = {"feed": feed_address(selected, options)} | status_of(selected)
    board(curves(groups, options), key="runs_curves", follow=follow)


def different_settings(groups: Sequence[Group]) -> None:
    """Draw a table of only the settings in which the groups differ, as they were at first or as they are now."""
    st.markdown("##### Settings that differ")
    if len(groups) == 1:
        repeated = len(groups[0].runs) > 1
        st.caption("These runs differ only in the seed." if repeated else "Select another run to see what differs.")
        return
    configs = [group.runs[0].config for group in groups]
    initial = [group.runs[0].initial_config for group in groups]
    different = {*differing(configs), *differing(initial)}
    columns = {"": [group.label for group in groups]}
    for name in filter(different.__contains__, SETTINGS):
        pairs = [(getattr(first, name), getattr(now, name)) for first, now in zip(initial, configs, strict=True)]
        columns[SETTINGS[name].label] = [_changed(name, first, now) for first, now in pairs]
    columns[SETTINGS["seed"].label] = [", ".join(str(run.seed) for run in group.runs) for group in groups]
    st.dataframe(
        pd.DataFrame(columns), hide_index=True, height="content", alt="Settings that differ", key="runs_different"
    )


def _changed(name: str, first: Any, now: Any) -> str:
    """Return a setting's value, and before it the one that the run began with if it was changed on the way."""
    values = [now] if first == now else [first, now]
    return " → ".join(setting_text(name, value, browser_token()) for value in values)


def more_charts(runs: Sequence[RunRecord], groups: Sequence[Group]) -> None:
    """Draw one of the charts of several runs; those in `groups` are in color."""
    runs = list({run.id: run for run in runs}.values())
    if not runs:
        st.caption("No runs match.")
    if len(runs) < 2:
        return
    chart = st.segmented_control(
        "More charts", MORE, default=MORE[0], required=True, label_visibility="collapsed", key="runs_more"
    )
    if chart == "Weights":
        _weights(groups)
        return
    configs = [run.config for run in runs]
    different = [name for name in differing(configs) if name != "seed"]
    if chart == "Scatter":
        _scatter(runs, different, groups)
    else:
        _parallel(runs, different, groups)


def _parallel(runs: Sequence[RunRecord], different: Sequence[str], groups: Sequence[Group]) -> None:
    known = results_of(runs)
    results = ["seconds", *(name for name in known if name.startswith("best_"))]
    first = [*different[: MOST_DIMENSIONS - len(results)], *results]
    names = st.multiselect(
        "Axes",
        [*SETTINGS, *known],
        default=first,
        format_func=name_of,
        max_selections=MOST_DIMENSIONS,
        select_all=False,
        key="runs_axes",
    )
    if len(names) < 2:
        st.caption("Select at least two axes.")
        return
    board({"parallel": parallel(runs, names, groups, token=browser_token(), palette=THEMED)}, key="runs_parallel")


def _scatter(runs: Sequence[RunRecord], different: Sequence[str], groups: Sequence[Group]) -> None:
    across, up = st.columns(2)
    results = results_of(runs)
    settings = [*SETTINGS, *results]
    first = "learning_rate" if "learning_rate" in different or not different else different[0]
    setting = across.selectbox("Setting", settings, settings.index(first), format_func=name_of, key="runs_setting")
    result = up.selectbox("Result", results, format_func=name_of, key="runs_result")
    board(
        {"scatter": scatter(runs, setting, result, groups, token=browser_token(), palette=THEMED)}, key="runs_scatter"
    )


def _weights(groups: Sequence[Group]) -> None:
    if not groups:
        st.caption("Tick runs in the table to see their weights.")
    networks: list[tuple[str, list[Histograms]]] = []
    for group in groups:
        run = group.runs[0]
        seed = f" · seed {run.seed}" if len(group.runs) > 1 else ""
        with in_sentences(about=group.label):
            start = initial_state(run.initial_config, load_dataset(run.dataset))
            networks.append((group.label + seed, weight_histograms(store().model(run.id), start)))
    if networks:
        board({"weights": compared_weights(networks, palette=THEMED)}, key="runs_weights")
