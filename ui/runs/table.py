"""The table of runs: their settings and results. It is sorted and searched in the browser, without the server."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import streamlit as st

from mlp.comparison.groups import Group, experiment, title_of
from mlp.config import SETTINGS
from mlp.datasets import dataset_label
from mlp.search.trial import number_of
from mlp.store import RunRecord, StoreError
from mlp.text import counted, in_text
from mlp.training import Status
from ui.parts.browser import browser_token
from ui.parts.component import listen
from ui.parts.dialogs import redraw_page
from ui.parts.notices import plain
from ui.parts.state import Key
from ui.parts.visibility import repeated
from ui.runs.feed import line_address, watched
from ui.runs.rows import NUMBERS, Row, frame, rows_by_run, rows_by_setting, status_word
from ui.runs.selection import MOST_SELECTED, select, selected_ids

ROW = 35  # pixels
LEAST_ROWS = 4  # in sight
# How high the table may be. With runs selected it leaves the window to their curves; else it fills it.
ROOM_SELECTED, ROOM_ALONE = "25vh", "calc(100vh - 11rem)"
LOOK_SECONDS = 1.25  # every other time it brings new numbers
CATCH_UP_SECONDS = 0.3  # after the last run has stopped
# Where a word begins: "run" does not begin in "pruned", nor 15 in 0.15. What is neither a letter nor a digit, such as
# "(2)", is found anywhere.
BEGINNING = r"(?:(?<![a-z0-9])|(?![a-z0-9]))(?!(?<=\d\.)\d)"
# In what a person wrote, a number also begins after a letter or in a date, as in "h100" and "30.11.2026", but neither
# after a digit nor after "0.". Elsewhere 2 would be found in each "L2 penalty", and in ids.
NUMBER = r"(?<!\d)(?<!(?<!\d)0\.)(?=\d)"


def filtered(runs: Sequence[RunRecord]) -> list[RunRecord]:
    """Draw the filter above the table; return the runs that match."""
    # Recipes of one shape have one label, and are filtered as one.
    labels = {name: dataset_label(name, browser_token()) for name in dict.fromkeys(run.dataset for run in runs)}
    datasets = list(dict.fromkeys(labels.values()))
    how_many = st.container(width="content")
    words = st.text_input(
        "Filter",
        placeholder="Filter: a name, a tag, adam, 0.1 …",
        label_visibility="collapsed",
        icon=":material/filter_alt:",
        key="filter_words",
    )
    wanted: list[str] = []
    if len(datasets) > 1:
        wanted = st.pills(
            "Data sets",
            datasets,
            selection_mode="multi",
            format_func=plain,
            label_visibility="collapsed",
            width="content",
            key="filter_datasets",
        )
    parts = _parts(words)
    found = [run for run in runs if (not wanted or labels[run.dataset] in wanted) and _has(run, parts)]
    count = counted(len(runs), "run")
    how_many.markdown(count if len(found) == len(runs) else f"{len(found):,} of {count}", width="content")
    return found


def one_row_per_setting(runs: Sequence[RunRecord]) -> bool:
    """Draw the switch that has runs that differ only in the seed share a row; return whether it is on."""
    if len({experiment(run) for run in runs}) == len(runs):
        return False
    return st.toggle(
        "One row per setting",
        help="Runs that differ only in the seed share a row: their mean, how far they spread, and how many there are.",
        key="grouped",
        bind="query-params",
        persist_state="session",
    )


def runs_table(
    runs: Sequence[RunRecord], names: Mapping[str, str], groups: Sequence[Group], *, is_grouped: bool = False
) -> None:
    """Draw the table. A ticked run joins the comparison and the address; `groups` are the lines drawn."""

    def rows_of(runs: Sequence[RunRecord]) -> list[Row]:
        return (
            rows_by_setting(runs, names, st.session_state.get(Key.UNFOLDED, ()))
            if is_grouped
            else rows_by_run(runs, names)
        )

    height = f"flex: 0 0 {_height(len(rows_of(runs)), bool(groups))} !important"
    # The table scrolls by itself.
    styles = f"& {{ {height}; }} > .st-key-runs_rows {{ overflow: hidden; }}"
    st.html(f'<style>[data-testid="stLayoutWrapper"]:has(> .st-key-runs_rows) {{ {styles} }}</style>')
    trains, catches_up = any(run.status == Status.RUNNING for run in runs), _lags(runs)
    every = LOOK_SECONDS if trains else CATCH_UP_SECONDS if catches_up else None
    repeated(_draw, every)(runs, catches_up and not trains, rows_of, _samples(groups))


def _height(rows: int, selected: bool) -> str:
    """Return the table's height as CSS: all rows if they fit into its share of the window, and never too few."""
    full, least = (ROW * (1 + count) + 3 for count in (max(rows, 1), LEAST_ROWS))
    return f"min({full}px, max({least}px, {ROOM_SELECTED if selected else ROOM_ALONE}))"


def _samples(groups: Sequence[Group]) -> dict[str, str]:
    """Return for each run that is drawn the address of a sample of its line, in its color and dashes."""
    listen("theme", on_changed_change=lambda: None)
    theme = st.context.theme.type or "light"
    return {run.id: line_address(index, theme) for index, group in enumerate(groups) for run in group.runs}


class _Table(NamedTuple):
    """The table in the browser, which knows its rows by number: for other rows or ticks it is replaced by a new one."""

    number: int
    rows: Sequence[Row]
    ticked: Sequence[str]  # the selected runs, by id
    marked: bool = False  # whether its ticks were sent with what it shows

    @property
    def key(self) -> str:
        """Its name in Streamlit's session state."""
        return f"runs_table_{self.number}"

    @property
    def runs(self) -> list[RunRecord]:
        """All runs, in the order in which they come first."""
        return list({run.id: run for row in self.rows for run in row.runs}.values())

    @property
    def ticked_rows(self) -> list[int]:
        """The rows of which all runs are ticked."""
        ticked = set(self.ticked)
        return [number for number, row in enumerate(self.rows) if ticked.issuperset(row.ids)]


def _draw(
    runs: Sequence[RunRecord],
    catches_up: bool,
    rows_of: Callable[[Sequence[RunRecord]], list[Row]],
    samples: Mapping[str, str],
) -> None:
    """Draw the table. While runs train it is drawn again and again; the rest of the page stays."""
    now = [_now(run) for run in runs]
    if [run.status for run in now] != [run.status for run in runs]:
        redraw_page()  # one has started or stopped: the whole page must show that
    table = _updated(now, rows_of)
    with st.container(height=ROW * (1 + LEAST_ROWS), border=False, key="runs_rows"):  # until the style is there
        st.dataframe(
            frame(table.rows, samples),
            hide_index=True,
            height="stretch",
            row_height=ROW,
            column_config=_columns(table, bool(samples)),
            placeholder="–",
            key=table.key,
            on_select=lambda: _tick(table),
            selection_mode="multi-row",
            selection_default={"selection": {"rows": table.ticked_rows}},
            alt="Stored runs",
        )
    if catches_up and not _lags(now):
        redraw_page()  # no need to look any more


def _updated(runs: Sequence[RunRecord], rows_of: Callable[[Sequence[RunRecord]], list[Row]]) -> _Table:
    """Return the browser's table with these runs: the one before, unless runs are gone or others are selected."""
    before: _Table | None = st.session_state.get(Key.RUNS_TABLE)
    table = _with_news(before, runs, rows_of) if before else None
    if table is None:
        selected, known = selected_ids(), {run.id: run for run in runs}
        first = [known[run_id] for run_id in selected if run_id in known]
        others = [run for run in runs if run.id not in selected]
        table = _Table(before.number + 1 if before else 0, rows_of([*first, *others]), selected)
    elif table.marked:
        st.session_state[table.key] = {"selection": {"rows": table.ticked_rows}}
    st.session_state[Key.RUNS_TABLE] = table
    return table


def _with_news(
    before: _Table, runs: Sequence[RunRecord], rows_of: Callable[[Sequence[RunRecord]], list[Row]]
) -> _Table | None:
    """Return a table with what is new, newer runs first; None if runs are gone or others are selected.

    The browser remembers ticks by their place on the screen. When the numbers that it sorts by change, or rows are
    added, other runs move to those places, so the ticks are sent again. It ignores ticks equal to those sent the time
    before. So every other time the table stays as it is, without ticks.
    """
    known = {run.id: run for run in runs}
    latest = max((run.created for run in before.runs), default=math.inf)
    newer = [run for run in runs if run.created > latest]
    if before.ticked != selected_ids() or {run.id for run in (*newer, *before.runs)} != set(known):
        return None
    table = before._replace(rows=rows_of([*newer, *(known[run.id] for run in before.runs)]), marked=True)
    if [row.ids for row in table.rows] == [row.ids for row in before.rows]:
        return table if _lags(runs) and not before.marked else before._replace(marked=False)
    if newer and not (before.marked and table.ticked_rows == before.ticked_rows):
        return table
    return table._replace(number=before.number + 1, marked=False)


def _lags(runs: Sequence[RunRecord]) -> bool:
    """Return whether the browser's table shows outdated values."""
    table: _Table | None = st.session_state.get(Key.RUNS_TABLE)
    shown = {run.id: _contents(run) for run in (table.runs if table else ())}
    return any(shown.get(run.id, _contents(run)) != _contents(run) for run in runs)


def _contents(run: RunRecord) -> tuple[Any, ...]:
    """Return all that a row's contents depend on."""
    return run.status, run.step, run.reports, run.config_json, run.name, run.tags, run.notes


def _now(run: RunRecord) -> RunRecord:
    """Return the current record of a run; the old one if the run is no longer stored."""
    try:
        return watched(run.id, browser_token()) if run.status == Status.RUNNING else run
    except StoreError:
        return run


def _columns(table: _Table, drawn: bool) -> dict[str, Any]:
    """Return how the columns look; `drawn` is whether a run is."""
    config = st.column_config
    columns: dict[str, Any] = {
        name: config.NumberColumn(
            f"{setting.label} (%)" if setting.is_share else setting.label, format="%d" if setting.is_id else "%g"
        )
        for name, setting in SETTINGS.items()
        if setting.are_numbers(getattr(row.runs[0].config, name) for row in table.rows)
    }
    columns |= {name: SETTINGS[name].label for name in SETTINGS if name not in columns}
    for name, (label, form, help) in NUMBERS.items():
        columns[name] = config.NumberColumn(label, format=form, help=help)
        spread = f"over the seeds, of {in_text(label.removesuffix(' (%)'))}"
        columns[f"{name} deviation"] = config.NumberColumn("±", format=form, help=f"Standard deviation {spread}")
        columns[f"{name} range"] = config.TextColumn("min–max", help=f"Lowest and highest {spread}")
    longest = max((len(row.name) for row in table.rows), default=0)
    return columns | {
        "open": config.LinkColumn("", display_text=":material/open_in_new:", width=36, help="Open on the Train page"),
        # Streamlit writes pinned columns in gray: so the line is pinned, by which a run is known, and not its name.
        "line": config.ImageColumn("", width=44, pinned=True, help="How the run is drawn below") if drawn else None,
        "run": config.TextColumn("Run", width=min(max(8 * longest + 16, 200), 440)),
        "trial": config.NumberColumn("Trial", format="%d", help="Its number in its search"),
        "seeds": config.ButtonColumn(
            "Seeds",
            type="tertiary",
            width=64,
            help="How many different seeds. Click to show or hide the runs",
            on_click=lambda: _unfold(table),
            key=f"unfold_{table.key}",
        ),
        "status": "Status",
        "tags": config.ListColumn("Tags"),
        "notes": "Notes",
        "created": config.DatetimeColumn("Started", format="MMM D, HH:mm", timezone=st.context.timezone),
    }


def _unfold(table: _Table) -> None:
    """Show the runs of the setting whose button was clicked, or hide them."""
    row = table.rows[st.session_state[f"unfold_{table.key}"].row]
    unfolded = set(st.session_state.get(Key.UNFOLDED, ()))
    st.session_state[Key.UNFOLDED] = unfolded - set(row.ids) if row.is_unfolded else unfolded | set(row.ids)
    redraw_page()  # the whole page: the table gets another height


def _tick(table: _Table) -> None:
    """Select what was ticked, and no longer what was unticked. Each run that stays keeps its place: its color.

    Runs that the filter hides stay selected. A late message may repeat the ticks of a table that was replaced: that
    must not select again what a button has taken out of the selection.
    """
    rows, before = set(st.session_state[table.key].selection.rows), set(table.ticked_rows)
    taken = {run_id for row in before - rows for run_id in table.rows[row].ids}
    added = dict.fromkeys(run_id for row in sorted(rows - before) for run_id in table.rows[row].ids)
    kept = [run_id for run_id in selected_ids() if run_id not in taken]
    kept += [run_id for run_id in added if run_id not in kept]
    select(kept)
    ticked = table._replace(ticked=kept)
    if set(ticked.ticked_rows) != rows:  # with one of a setting's seeds its own row is ticked or unticked, too
        ticked = ticked._replace(number=table.number + 1)
    if st.session_state[Key.RUNS_TABLE].number == table.number:
        st.session_state[Key.RUNS_TABLE] = ticked
    if len(kept) > MOST_SELECTED:
        sentence = f"{len(kept):,} runs are too many to compare: the first {MOST_SELECTED} are selected."
        st.toast(f"{sentence} Filter the table first.", icon=":material/info:", duration="long")
    redraw_page()  # the whole page


class _Part(NamedTuple):
    """A word that was typed into the filter, as it is looked for in all words of a run, and in what a person wrote."""

    anywhere: re.Pattern[str]
    written: re.Pattern[str]


def _parts(words: str) -> list[_Part]:
    parts = map(re.escape, _one_way(words).split())
    return [_Part(re.compile(BEGINNING + part), re.compile(NUMBER + part)) for part in parts]


def _has(run: RunRecord, parts: Sequence[_Part]) -> bool:
    text, written = _texts(run) if parts else ("", "")
    return all(part.anywhere.search(text) or part.written.search(written) for part in parts)


def _one_way(text: str) -> str:
    """Return a text in lower case and, however it was spaced, with "50%"."""
    return re.sub(r"(?<!\s)\s+%", "%", text.lower())


def _texts(run: RunRecord) -> tuple[str, str]:
    """Return all words by which a run can be found, and those of them that a person wrote."""
    names = [name for name in SETTINGS if name != "evaluate_train"]  # all runs would be found by "training"
    settings = [f"{SETTINGS[name].label} {SETTINGS[name].show(getattr(run.config, name))}" for name in names]
    status, dataset = status_word(run), dataset_label(run.dataset, browser_token())
    trial = f"trial {number_of(run)}" if run.search else ""
    shares = [setting.write(getattr(run.config, name)) for name, setting in SETTINGS.items() if setting.is_share]
    written = (run.name, dataset, run.notes, *run.tags)
    words = (title_of(run), run.id, run.search, trial, status, run.dataset, *written, *settings, *shares)
    return _one_way(" ".join(words)), _one_way(" ".join(written))
