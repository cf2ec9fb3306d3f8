"""The scenes without a browser: what they write."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.ui.scripts import app_of

PAGE = Path(__file__).resolve().parents[3] / "pages" / "learn.py"


def opened(scene: str, **address: str) -> AppTest:
    app = app_of(PAGE)
    app.query_params |= {"scene": scene, **address}
    app.run()
    assert not app.exception
    return app


def written(app: AppTest) -> str:
    return "\n".join(each.value for each in (*app.latex, *app.markdown))


@pytest.mark.parametrize(
    ("shift", "said"),
    [
        (0.0, r"L = -\log 0.0000454 = 10.000"),
        (0.0, "our formula gives **10.000**; the naive formula gives **10.000**."),
        (85.0, "**∞**], an infinite loss: a power of e became too large."),
        (150.0, "**NaN**], not a number: a power of e became too large."),
    ],
)
def test_softmax_writes_no_probability_as_zero_and_distinguishes_infinity_from_nan(shift: float, said: str) -> None:
    app = opened("softmax")
    for key, value in {"logit_0": 5.0, "logit_1": -5.0, "logit_2": -5.0, "logit_shift": shift}.items():
        app.slider(key=key).set_value(value)
    app.button_group(key="logit_answer").set_value(1)
    app.run()
    assert said in written(app)
