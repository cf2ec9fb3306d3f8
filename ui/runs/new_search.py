"""The drawer in which a search is set up: which settings vary, over which ranges, and how much may be tried."""

import json
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

import streamlit as st

from mlp.config import SETTINGS, RunConfig
from mlp.datasets import DatasetInfo, dataset_info, is_available
from mlp.presets import PRESETS
from mlp.search.plan import MEASURES, PLAN_SETTINGS, SearchPlan, usual_measure
from mlp.search.space import read_range, read_space, usual_range, varying
from mlp.text import counted, quoted, unknown
from ui.parts.browser import browser_token
from ui.parts.classroom import change_address
from ui.parts.datasets import dataset_labels
from ui.parts.dialogs import closing_dialog
from ui.parts.notices import in_sentences, offer_download, show_complaints
from ui.parts.server import searches, store
from ui.parts.state import Key
from ui.runs.base_settings import base_query, choose_base
from ui.runs.drawers import NEW, clear_address, close_drawer, drawer_button, offer_start
from ui.runs.opened_search import SEARCH, opened_search

WIDTH = 560  # pixels
FORM = "search"
USUAL = ("learning_rate", "hidden", "batch_size")  # settings to vary
VARY = "vary_"  # what the name of a range starts with in the address
OWN_NAMES = {"seed": "search_seed"}  # in the address, of plan's settings that runs have, too
HELP_RANGE = "Two bounds such as 0.001..1, with :log if each factor of ten is to count the same; or values: 16,32,64."
HELP_LAYERS = "Units and number of layers, such as 32..512x1..3; :log at the end if each doubling is to count the same."


def new_search() -> None:
    """Draw the button that opens the drawer; a link may open it, too."""
    if Key.SEARCH_ASKED not in st.session_state:
        st.session_state[Key.SEARCH_ASKED] = st.query_params.to_dict() if st.query_params.get(SEARCH) == NEW else {}
    drawer_button(SEARCH, _drawer, "travel_explore", "Find good settings within ranges and a budget", primary=False)
    clear_address(_written(st.query_params), **opened_search())


def _close() -> None:
    close_drawer(SEARCH)
    st.session_state[Key.SEARCH_ASKED] = {}


def _written(query: Iterable[str]) -> list[str]:
    """Return the parameters of an address that belong to the form."""
    own = {"preset", *SETTINGS, *(_address_name(name) for name in PLAN_SETTINGS)}
    return [name for name in query if name in own or name.startswith(VARY)]


def _address_name(name: str) -> str:
    return OWN_NAMES.get(name, name)


@st.dialog("New search", width=WIDTH, position="right", icon=":material/travel_explore:", on_dismiss=_close)
def _drawer() -> None:
    st.caption(
        "Which settings are best? Choose ranges and a budget. Each trial is a run like any other: watch it, open it, "
        "go back in it, fork it."
    )
    plan, form, start_button = None, st.container(), st.container()
    with form, in_sentences():
        plan = _form(st.session_state[Key.SEARCH_ASKED])
    with start_button:
        offer_start("search", _start, plan, "travel_explore")


def _start(plan: SearchPlan) -> None:
    """Start the search, open it, and close the drawer."""
    with closing_dialog():
        st.session_state[Key.SEARCH] = searches().begin(plan, browser_token())
        _close()


def _form(asked: dict[str, str]) -> SearchPlan | None:
    """Draw what is chosen, and write it into the address.

    Returns the plan; None without its data, or with a range that can't be read. Raises ConfigError and DatasetError for
    what is not possible.
    """
    ignored, ranges = st.container(), st.container()  # above the base settings, whose data decides which there are
    base = choose_base(FORM, asked)
    info = dataset_info(base.dataset)
    with ignored:
        _show_ignored(asked, info)
    with ranges:
        texts, is_valid = _choose_ranges(varying(info), asked)
    values = _choose_budget(info, asked)
    _write_address(base, texts, values, info)
    if not is_available(base.dataset):
        offer_download(base.dataset)
        return None
    if not is_valid:
        return None
    plan = SearchPlan(base, read_space(texts), **values)
    plan.check(info)
    how_long = f" or {counted(plan.minutes, 'minute')}, whichever comes first" if plan.minutes else ""
    each = f"{counted(plan.seconds, 'second')} each" if plan.seconds else f"up to {counted(base.epochs, 'epoch')} each"
    st.caption(f"**{counted(plan.trials, 'trial')}**{how_long}, {each}, {plan.parallel} at a time.")
    return plan


def _show_ignored(asked: dict[str, str], info: DatasetInfo) -> None:
    """Say which parts of a link the form has no use for, until that is dismissed."""
    complaints = {
        f"{VARY}{name}": f"{SETTINGS[name].label} has no use on this data."
        if name in SETTINGS
        else unknown("setting", name, SETTINGS)
        for name in _asked_to_vary(asked)
        if name not in varying(info)
    }
    measure = MEASURES.get(asked.get("measure", ""))
    if measure and measure.task not in ("", info.task):
        complaints["measure"] = f"{measure.label} is not measured on this data."
    if "preset" in asked and asked["preset"] not in PRESETS:
        complaints["preset"] = unknown("preset", asked["preset"], PRESETS)
    if asked.get("dataset", info.name) not in (info.name, *dataset_labels()):
        complaints["dataset"] = f"The data set {quoted(asked['dataset'])} can't be chosen here. Choose one below."

    def dismiss() -> None:
        for name in complaints:
            del asked[name]

    show_complaints([*complaints.values()], dismiss)


def _asked_to_vary(asked: Mapping[str, str]) -> list[str]:
    return [name.removeprefix(VARY) for name in asked if name.startswith(VARY)]


def _choose_ranges(allowed: list[str], asked: Mapping[str, str]) -> tuple[dict[str, str], bool]:
    """Draw the settings to vary, of those allowed, and their ranges; return these as text, and whether all can be read.

    Why one can't is said below its field.
    """
    wanted = _asked_to_vary(asked) or USUAL
    names = st.multiselect(
        "Settings to vary",
        allowed,
        [name for name in wanted if name in allowed],
        format_func=lambda name: SETTINGS[name].label,
        help="All other settings are as in the base settings. The more vary, the more trials it takes.",
        select_all=False,  # Enter would choose it, not the first match
        key="search_varied",
    )
    if not names:
        st.error("Choose at least one setting to vary.", icon=":material/error:")
    texts, readable = {}, []
    for name in names:
        texts[name] = _choose_range(name, asked.get(f"{VARY}{name}", usual_range(name)))
        with in_sentences():
            readable.append(read_range(name, texts[name]))
    return texts, 0 < len(names) == len(readable)


def _choose_range(name: str, first: str) -> str:
    setting, key = SETTINGS[name], f"search_range_{name}"
    if setting.choices:
        known = [value for value in first.split(",") if value in setting.choices]
        label = f"{setting.label}: values"
        values = st.multiselect(
            label, list(setting.choices), known, format_func=setting.show, select_all=False, key=key
        )
        return ",".join(values)
    if isinstance(setting.default, bool):
        return "no,yes"
    help = HELP_LAYERS if name == "hidden" else HELP_RANGE
    return st.text_input(f"{setting.label}: range", first, help=f"{setting.help} {help}", key=key)


def _choose_budget(info: DatasetInfo, asked: Mapping[str, str]) -> dict[str, Any]:
    """Draw the settings of the search itself; return their values."""
    defaults = _defaults(info)
    first = defaults | {"seed": _unused_seed()}
    for name, setting in PLAN_SETTINGS.items():
        if _address_name(name) in asked:
            first[name] = setting.read(asked[_address_name(name)])
    values: dict[str, Any] = {}
    for column, name in zip(st.columns(3), ("trials", "minutes", "parallel"), strict=True):
        with column:
            values[name] = _number(name, first[name])
    measure, pruner = st.columns(2)
    fitting = {name: row for name, row in MEASURES.items() if row.task in ("", info.task)}
    with measure:
        wanted = first["measure"] if first["measure"] in fitting else defaults["measure"]
        # Another kind of data has other measures, so another list.
        values["measure"] = _choice("measure", list(fitting), wanted, f"search_measure_{info.task}")
    with pruner:
        values["pruner"] = _choice("pruner", list(PLAN_SETTINGS["pruner"].choices), first["pruner"])
    with st.expander("More", icon=":material/tune:", key="search_more"):
        values["sampler"] = _choice("sampler", list(PLAN_SETTINGS["sampler"].choices), first["sampler"])
        for column, name in zip(st.columns(2), ("seconds", "seed"), strict=True):
            with column:
                values[name] = _number(name, first[name])
    return values


def _defaults(info: DatasetInfo) -> dict[str, Any]:
    return {name: setting.default for name, setting in PLAN_SETTINGS.items()} | {"measure": usual_measure(info)}


def _unused_seed() -> int:
    """Return a seed that no search of this store has, so that a repeated search tries other settings."""
    used = {json.loads(record.plan)["seed"] for record in store().searches.all()}
    return next(seed for seed in count() if seed not in used)


def _number(name: str, value: Any) -> Any:
    setting = PLAN_SETTINGS[name]
    kind = type(setting.default)
    ends = {"min_value": kind(setting.low), "max_value": kind(setting.high)}
    style = "%d" if kind is int else "%g"
    return st.number_input(setting.label, value=value, help=setting.help, format=style, key=f"search_{name}", **ends)


def _choice(name: str, names: list[str], value: str, key: str = "") -> str:
    setting = PLAN_SETTINGS[name]
    place = names.index(value)
    chosen: str = st.selectbox(
        setting.label, names, place, format_func=setting.show, help=setting.help, key=key or f"search_{name}"
    )
    return chosen


def _write_address(base: RunConfig, texts: Mapping[str, str], values: Mapping[str, Any], info: DatasetInfo) -> None:
    """Put into the address what a link needs to open the form as it is now."""
    query = {SEARCH: NEW, **base_query(FORM, base)}
    query |= {f"{VARY}{name}": text for name, text in texts.items()}
    defaults = _defaults(info)
    query |= {
        _address_name(name): PLAN_SETTINGS[name].write(value)
        for name, value in values.items()
        if value != defaults[name] or name == "seed"  # of which the next form suggests another
    }
    change_address(dict.fromkeys(_written(st.query_params), "") | query)
