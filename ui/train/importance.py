"""What matters: how much worse a network does on a table when one column's values are shuffled among the rows."""

from functools import partial

import streamlit as st

from mlp.charts.columns import importance as importance_chart
from mlp.datasets import REGRESSION
from mlp.inspection.importance import REPEATS, Importance, table_importance
from mlp.text import percent, score
from mlp.training import Model
from ui.parts.charts import board
from ui.parts.component import THEMED
from ui.parts.computed import when_computed
from ui.parts.session import Session
from ui.train.computing import computed, pinned
from ui.train.inspected import Inspected

HOW_TO_READ = (
    "A column's values are shuffled among the validation rows, {repeats} times. A bar shows how much {score} drops on "
    "average, its whisker one standard deviation to each side. Columns that say the same share their importance: while "
    "one is shuffled, the network still has the other."
)


def importance(session: Session, inspected: Inspected) -> None:
    """Show which columns of a table matter. While a network trains, its state at the first look is kept."""
    model = pinned(session, inspected).model
    when_computed("what matters", partial(computed, table_importance, model), partial(_show, model))


def _show(model: Model, found: Importance) -> None:
    table, regression = model.dataset.table, model.dataset.info.task == REGRESSION
    if table is None:
        return
    names = [column.name for column in table.preprocessing.columns]
    whole = f"R² **{score(found.score)}**" if regression else f"**{percent(found.score)}** correct"
    st.markdown(f"Undisturbed validation rows, after step {model.state.step:,}: {whole}.")
    board({"importance": importance_chart(found, names, regression=regression, palette=THEMED)}, key="importance")
    st.caption(HOW_TO_READ.format(repeats=REPEATS, score="R²" if regression else "accuracy"))
