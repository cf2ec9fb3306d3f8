"""A run's notebook runs from top to bottom, ends with the run's parameters, and shows charts."""

import re
from dataclasses import replace
from typing import Any

import nbclient
import nbformat
import numpy as np
import pytest

from mlp import Dataset, RunConfig
from mlp.datasets.dataset import Target
from mlp.export import ExportedRun
from mlp.inspection.regression import predict_numbers, regression_scores
from tests.export.test_script import CONFIGS, DIGITS, WITH_ALL, run_of, written
from tests.tables import mixed


def notebook_of(run: ExportedRun) -> Any:
    notebook = nbformat.reads(written("ipynb", run).decode(), as_version=4)
    nbformat.validate(notebook)
    return notebook


def texts_of(notebook: Any, kind: str) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == kind)


def test_a_notebook_runs_from_top_to_bottom() -> None:
    notebook = notebook_of(run_of((WITH_ALL, 50), (replace(WITH_ALL, learning_rate=0.001), 20)))
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    printed = "".join(output.text for output in outputs if output.output_type == "stream")
    assert "The parameters are the same as the run's, to the last bit." in printed
    figures = [output.data for output in outputs if output.output_type in ("display_data", "execute_result")]
    titles = [figure["application/vnd.plotly.v1+json"]["layout"]["title"]["text"] for figure in figures]
    assert titles == [
        "Accuracy on the validation set",
        "Confusion matrix of the validation set",
        "Weights of the first layer",
    ]


OTHERS = {
    "points": run_of((CONFIGS["moons"], 70)),
    "regression": run_of((CONFIGS["regression"], 40)),
    "augmented": run_of((CONFIGS["augmented"], 40)),
    "table": run_of((RunConfig(hidden=(8,), learning_rate=0.05), 40), dataset=mixed().dataset),
}


@pytest.mark.parametrize("name", OTHERS)
def test_the_code_of_other_notebooks_runs(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    notebook = notebook_of(OTHERS[name])
    names: dict[str, Any] = {"__name__": "notebook"}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            exec(cell.source, names)
    assert "The parameters are the same as the run's" in capsys.readouterr().out


def test_a_regression_is_measured_and_drawn_in_the_targets_own_unit(capsys: pytest.CaptureFixture[str]) -> None:
    dataset = mixed("regression").dataset
    dataset = replace(dataset, info=replace(dataset.info, target=Target("price", 40_000.5, 5_000.25)))
    run = run_of((RunConfig(hidden=(8,), learning_rate=0.05), 12), dataset=dataset)
    assert run.state.position == 0, "the end of an epoch"
    names: dict[str, Any] = {"__name__": "notebook"}
    cells = [cell.source for cell in notebook_of(run).cells if cell.cell_type == "code"]
    for source in cells[:-2]:
        exec(source, names)
    found = predict_numbers(run.model)
    rmse = regression_scores(found).rmse
    assert names["scores"][-1] == pytest.approx(rmse)
    assert f"RMSE {rmse:.4g} on the validation set" in capsys.readouterr().out
    assert "RMSE" in cells[-2]
    exec(cells[-1], names)
    points = names["figure"].data[0]
    np.testing.assert_allclose(points.x, found.truth)
    np.testing.assert_allclose(points.y, found.numbers)


def test_formulas_and_story_are_those_of_the_run() -> None:
    text = texts_of(notebook_of(run_of((WITH_ALL, 5), (replace(WITH_ALL, batch_size=16), 2))), "markdown")
    for said in (
        r"a = z\,\Phi(z)",
        "Batch normalization gives",
        r"\frac{z - \mu}{\sqrt{\sigma^2 + \varepsilon}}",
        "Dropout switches",
        "With smoothed labels",
        "**Gradient clipping**: Shorten a flat gradient",
        "**Max-norm**: Shorten each column",
        "**Weight averaging**: Move an average",
        r"\log p_y",
        "step = Adam's step",
        "Climb from 1/25",
        "- After step 5, change 1: 2 steps of AdamW, with learning rate 0.003 and 16 examples",
    ):
        assert said in text.replace("\\-", "-").replace("\\'", "'")
    assert "Each training image is changed at random" in texts_of(notebook_of(OTHERS["augmented"]), "markdown")
    regression = texts_of(notebook_of(OTHERS["regression"]), "markdown")
    assert "Dropout" not in regression
    assert r"(z - y)^2" in regression


def test_what_people_call_things_is_no_markup() -> None:
    run = replace(run_of((DIGITS, 2)), name="<script>alert(1)</script> [x](http://y) $z$ *b*")
    title = texts_of(notebook_of(run), "markdown").split("\n")[0]
    assert not re.search(r"(?<!\\)[<\[$*]", title)


def test_larger_data_is_read_from_the_file_beside_it() -> None:
    images = np.random.default_rng(0).integers(0, 256, (700, 28, 28), dtype=np.uint8)
    run = run_of((RunConfig(hidden=(8,)), 2), dataset=Dataset.from_arrays(images, images[:, 0, 0] > 99))
    notebook = notebook_of(run)
    assert 'load(Path("examples.npz"))' in texts_of(notebook, "code")
    assert "examples.npz" in texts_of(notebook, "markdown")
