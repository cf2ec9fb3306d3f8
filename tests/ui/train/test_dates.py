"""The dates of a table are shown as dates wherever its values are."""

import math

import numpy as np
import pytest

from mlp.charts.columns import dependence
from mlp.datasets.preprocessing import NumberColumn
from mlp.inspection.dependence import Dependence, slider_of
from ui.data.sets import explained
from ui.train.predictions import column_texts
from ui.train.rows import own_values

SOLD = NumberColumn(
    "sold", median=18_000.5, mean=17_897.25, scale=1000, low=16_436, high=20_085, flag=True, is_date=True
)
PEOPLE = NumberColumn("people", median=0, mean=0, scale=1, low=0, high=20_000_000)


def test_rows_have_dates_and_whole_numbers_in_full() -> None:
    dates = own_values(SOLD, np.array([16_436, math.nan, 19_000.25]))
    assert dates == ["2015-01-01", None, "2022-01-08 06:00:00"]
    assert column_texts(dates) == ["2015-01-01", "missing", "2022-01-08 06:00:00"]
    assert own_values(PEOPLE, np.array([16_777_217, 0.123456789])) == [16_777_217.0, 0.123457]


def test_inputs_of_dates_are_explained_with_dates() -> None:
    assert explained(SOLD)[0] == ("sold", "(sold − 2019-01-01) / 1,000 days; 2019-04-14 if missing")


@pytest.mark.parametrize(("values", "step"), [([16_436.0, 20_085.0], 1.0), ([16_436.5, 20_085.0], 1.0)])
def test_a_slider_of_dates_goes_by_days(values: list[float], step: float) -> None:
    assert slider_of(SOLD, np.array(values)) == {"low": 16_436.0, "high": 20_085.0, "step": step}


def test_partial_dependence_on_a_date_has_dates_below() -> None:
    found = Dependence(np.array([16_436.0, 18_000.0]), np.array([[1.0], [2.0]]))
    chart = dependence(found, "sold", ["price"], here=17_000, date_of=SOLD.text)
    assert chart["data"][0]["x"] == ["2015-01-01", "2019-04-14"]
    assert chart["layout"]["xaxis"]["type"] == "date"
    assert chart["layout"]["shapes"][0]["x0"] == "2016-07-18"
