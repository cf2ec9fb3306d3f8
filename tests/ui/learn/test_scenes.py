"""The scenes without a browser: what they write, the address, and how they are found again."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from mlp.lessons.nudge import steepest
from mlp.lessons.walk import walk
from mlp.text import short
from tests.ui.scripts import app_of
from ui.learn.scenes import SCENES

PAGE = Path(__file__).resolve().parents[3] / "pages" / "learn.py"


def opened(scene: str, **address: str) -> AppTest:
    app = app_of(PAGE)
    app.query_params |= {"scene": scene, **address}
    app.run()
    assert not app.exception
    return app


def forward_and_back(app: AppTest) -> None:
    app.button(key="scene_arrow_forward").click().run()
    app.button(key="scene_arrow_back").click().run()


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


@pytest.mark.parametrize("leave", ["button", "list"])
def test_leaving_a_stage_makes_one_entry_in_the_browser(addresses: list[str], leave: str) -> None:
    app = opened("chain", code="true")
    app.button(key="stage_arrow_forward").click().run()
    assert addresses == ["scene=chain&code=true&stage=z1"]
    if leave == "button":
        app.button(key="scene_arrow_forward").click().run()
    else:
        app.sidebar.radio[0].set_value("step").run()
    assert addresses[1:] == ["scene=step&code=true"]
    app.run()  # with the address from before, as a late message has it
    app.query_params |= {"scene": "chain", "stage": "z1"}
    app.run()
    assert addresses[2:] == ["scene=step&code=true"]
    assert not app.exception


def test_a_page_that_is_opened_again_puts_scene_and_stage_into_the_address_at_once(addresses: list[str]) -> None:
    app = opened("chain", stage="z2")
    app.query_params.clear()
    app.run()
    assert addresses == ["scene=chain&stage=z2"]


def test_the_bare_address_stays_on_the_first_scene(addresses: list[str]) -> None:
    app = app_of(PAGE).run()
    app.slider(key="line_first").set_value(2.0).run()
    app.button(key="scene_arrow_forward").click().run()
    app.button(key="scene_arrow_back").click().run()
    assert addresses == ["scene=dense", "scene=perceptron"]


def test_a_scene_is_found_as_it_was_left(addresses: list[str]) -> None:
    app = opened("perceptron")
    app.slider(key="line_first").set_value(0.5).run()
    app.radio(key="perceptron_guess").set_value("more").run()
    assert "No straight line" not in written(app)
    forward_and_back(app)
    assert (app.slider(key="line_first").value, app.radio(key="perceptron_guess").value) == (0.5, "more")
    assert "No straight line" not in written(app), "it did not run"
    app.button(key="perceptron_run").click().run()
    assert "No straight line" in written(app)
    forward_and_back(app)
    assert "No straight line" in written(app)

    app = opened("chain")
    app.button(key="stage_arrow_forward").click().run()
    forward_and_back(app)
    assert addresses[-1] == "scene=chain&stage=z1"


@pytest.mark.parametrize("scene", SCENES)
def test_every_control_of_a_scene_keeps_its_value(scene: str) -> None:
    app = opened(scene)
    for number in (*app.slider, *app.number_input):
        number.set_value(number.max)
    for choice in app.select_slider:
        choice.set_value(list(choice.options)[-1])
    for box in app.selectbox:
        box.select_index(1)
    app.run()
    values = values_of(app)
    ends = ("scene_arrow_back", "scene_arrow_forward")
    for end in ends if scene == "start" else reversed(ends):
        app.button(key=end).click().run()
    assert values_of(app) == values


def values_of(app: AppTest) -> list[Any]:
    return [control.value for control in (*app.slider, *app.number_input, *app.select_slider, *app.selectbox)]


def test_one_step_is_taken_from_where_the_chain_rule_was_walked() -> None:
    app = opened("chain")
    app.number_input(key="walk_sample").set_value(5)
    app.select_slider(key="walk_steps").set_value(200)
    app.run()
    app.button(key="scene_arrow_forward").click().run()
    weight = steepest(4, 200)
    assert f"& {weight.value:.3f} \\\\ & - 0.3 \\cdot ({weight.slope:.3g})" in written(app)
    assert f"from **{short(walk(4, 200).loss)}** to " in written(app)
