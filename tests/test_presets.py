"""Each preset shows what its sentence promises."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine
from sklearn.linear_model import LinearRegression
from sklearn.neural_network import MLPRegressor

from mlp import RunConfig, advance, evaluate, initial_state, load_dataset
from mlp.datasets import CLASSIFICATION, DATASETS, REGRESSION, roots
from mlp.datasets.own.importing import import_table
from mlp.datasets.own.plan import Dialect, TablePlan
from mlp.inspection.diagnostics import Case, diagnose
from mlp.inspection.regression import target_scales
from mlp.presets import PRESETS
from mlp.training import Evaluation
from tests.inspection.diagnosis_cases import trained, trained_on, untrained

SEEDS = range(5)


def course(config: RunConfig) -> tuple[list[float], list[Evaluation]]:
    """Return the training accuracy over each epoch, and the evaluation after it."""
    dataset = load_dataset(config.dataset)
    state = initial_state(config, dataset)
    accuracies, evaluations = [], []
    for _ in range(config.epochs):
        state, report = advance(config, dataset, state, config.steps_per_epoch(dataset.info))
        accuracies.append(report.train_accuracy)
        evaluations.append(evaluate(config, dataset, state))
    return accuracies, evaluations


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("dataset", DATASETS)
def test_a_preset_fits_every_data_set(name: str, dataset: str) -> None:
    config = PRESETS[name].config(dataset)
    assert config.dataset == dataset
    info = DATASETS[dataset]
    if name != "best":  # it takes minutes, and says so
        assert config.epochs * config.steps_per_epoch(info) * config.parameters(info) < 1e10  # a class sees its end


def test_the_classic_network_is_the_tutorials() -> None:
    assert PRESETS["tutorial"].config("mnist") == RunConfig(
        dataset="mnist", hidden=(100, 200), optimizer="sgd", learning_rate=0.1, batch_size=32, epochs=25
    )
    (promised,) = re.findall(r"(\d+) %", PRESETS["tutorial"].story_on("digits"))
    assert course(PRESETS["tutorial"].config("digits"))[1][-1].accuracy == pytest.approx(int(promised) / 100, abs=0.015)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("dataset", DATASETS)
def test_a_story_fits_the_data_set(name: str, dataset: str) -> None:
    preset = PRESETS[name]
    story = preset.story_on(dataset)
    named = {other for other, info in DATASETS.items() if info.label.partition(",")[0] in story}
    if preset.only_on and dataset not in preset.only_on:
        assert story.startswith(f"Doesn't show on {DATASETS[dataset].label}; try ")
        assert named >= {dataset, *preset.only_on}
    else:
        assert not named
        assert "MNIST" not in story
        units = preset.config(dataset).hidden
        assert all(int(number) in units for number in re.findall(r"(\d+)(?=(?: and \d+)? ReLU units)", story))


@pytest.mark.parametrize("dataset", ["circles", "gaussians"])
def test_straight_boundaries_are_enough_for_what_the_story_says(dataset: str) -> None:
    enough = "not enough" not in PRESETS["linear"].story_on(dataset)
    assert (course(PRESETS["linear"].config(dataset))[1][-1].accuracy > 0.95) == enough


def test_a_learning_rate_too_high_thrashes() -> None:
    _, evaluations = course(PRESETS["too_fast"].config("digits"))
    # How high it jumps now and then depends on the last bits, and so on the processor: 0.26 to 0.73 in ten runs.
    assert max(evaluation.accuracy for evaluation in evaluations[10:]) < 0.8
    assert evaluations[-1].accuracy < 0.5


@pytest.mark.parametrize(("name", "low", "high"), [("fast", 0.97, 1), ("best", 0.98, 1), ("linear", 0.9, 0.97)])
def test_the_fast_one_is_good_the_best_better_and_one_without_hidden_layers_worse(
    name: str, low: float, high: float
) -> None:
    assert low < course(PRESETS[name].config("digits"))[1][-1].accuracy < high


def test_overfitting_memorizes_while_the_validation_loss_rises() -> None:
    accuracies, evaluations = course(replace(PRESETS["over_fitting"].config("digits"), epochs=45))  # of 100
    losses = [evaluation.loss for evaluation in evaluations]
    assert accuracies[-1] == 1
    assert losses[-1] > 1.2 * min(losses)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for files to import; what is imported is stored there, too."""
    monkeypatch.setattr(roots, "PROGRAM_DATA", tmp_path / "data")
    monkeypatch.delenv("MLP_DATA_DIR", raising=False)
    return tmp_path


def imported(load: Callable[..., Any], task: str, folder: Path) -> str:
    """Import a table that comes with scikit-learn as a CSV file; return its name."""
    frame = load(as_frame=True).frame
    frame.to_csv(folder / "table.csv", index=False)
    kinds = {name: "target" if name == "target" else "number" for name in frame}
    return import_table(folder / "table.csv", TablePlan("Table", Dialect(), "target", task, kinds))


def ends(dataset: str, preset: str = "table", seeds: Sequence[int] = SEEDS) -> list[Evaluation]:
    """Return the evaluation after a preset's last epoch, for some seeds."""
    config = PRESETS[preset].config(dataset)
    return [course(replace(config, seed=seed))[1][-1] for seed in seeds]


@pytest.mark.parametrize("load", [load_wine, load_breast_cancer, load_iris])
def test_the_preset_for_tables_learns_tables(load: Callable[..., Any], own: Path) -> None:
    accuracies = [evaluation.accuracy for evaluation in ends(imported(load, CLASSIFICATION, own))]
    assert np.mean(accuracies) >= 0.95


def test_the_best_preset_learns_a_table_too(own: Path) -> None:
    name = imported(load_breast_cancer, CLASSIFICATION, own)
    assert np.mean([end.accuracy for end in ends(name, "best", SEEDS[:2])]) >= 0.97


@pytest.mark.parametrize("preset", ["fast", "best", "table", "linear"])
def test_a_network_that_has_learned_what_a_noisy_table_allows_is_well(preset: str, own: Path) -> None:
    config = PRESETS[preset].config(imported(load_diabetes, REGRESSION, own))
    assert [list(diagnose(trained(replace(config, seed=seed)))) for seed in SEEDS[:2]] == [[], []]


@pytest.mark.parametrize(("load", "task"), [(load_iris, CLASSIFICATION), (load_diabetes, REGRESSION)])
def test_a_loss_that_begins_high_with_dropout_is_no_spike(load: Callable[..., Any], task: str, own: Path) -> None:
    said: set[str] = set()

    def look(case: Case) -> bool:
        said.update(diagnose(case))
        return case.model.state.epoch < 45

    case = trained_on(untrained(replace(PRESETS["best"].config(imported(load, task, own)), seed=1)), each=look)
    assert case.history["train_loss"][1] > 1.25 * case.guess
    assert said == set()


def test_the_preset_for_tables_is_as_good_a_regression_as_scikit_learns_best(own: Path) -> None:
    name = imported(load_diabetes, REGRESSION, own)
    dataset = load_dataset(name)
    others = [
        MLPRegressor(learning_rate_init=rate, random_state=0, max_iter=150, tol=0, n_iter_no_change=150)
        for rate in (0.0001, 0.0003, 0.001, 0.003, 0.01)
    ]
    with pytest.warns(match="Maximum iterations"):  # the best of these rates has learned enough long before
        theirs = [other.fit(*dataset.train).score(*dataset.validation) for other in others]
    scale = target_scales(dataset)["validation"]
    ours = [scale.r_squared(evaluation.loss) for evaluation in ends(name)]
    assert np.mean(ours) >= max(theirs) > 0.4


@pytest.mark.parametrize("preset", PRESETS)
def test_a_mini_batch_is_no_larger_than_a_small_table(preset: str, own: Path) -> None:
    (own / "tiny.csv").write_text("a,target\n" + "".join(f"{row},{'xy'[row % 2]}\n" for row in range(9)))
    plan = TablePlan("Tiny", Dialect(), "target", CLASSIFICATION, {"a": "number", "target": "target"})
    dataset = load_dataset(import_table(own / "tiny.csv", plan))
    config = PRESETS[preset].config(dataset.info.name)
    assert 1 <= config.batch_size <= dataset.info.train < 9
    initial_state(config, dataset)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_shows_on_a_regression_what_its_story_says(name: str, own: Path) -> None:
    dataset = load_dataset(imported(load_diabetes, REGRESSION, own))
    preset, scale = PRESETS[name], target_scales(dataset)
    story = preset.story_on(dataset.info.name)
    assert "accuracy" not in story
    assert "%" not in story
    with np.errstate(over="ignore", invalid="ignore"):
        losses = [evaluation.loss for evaluation in course(preset.config(dataset.info.name))[1]]
    reached = scale["validation"].r_squared(losses[-1])
    match name:
        case "too_fast":
            assert not np.isfinite(losses[-1])
        case "zeros":
            assert reached == pytest.approx(0, abs=0.02)
        case "over_fitting":
            assert losses[-1] > 1.2 * min(losses)
        case "linear":
            theirs = LinearRegression().fit(*dataset.train).score(*dataset.validation)
            assert reached == pytest.approx(theirs, abs=0.02)
        case _:
            assert reached > 0.35


@pytest.mark.parametrize(("preset", "epochs"), [("fast", 29), ("tutorial", 50), ("table", 60)])
def test_with_few_rows_a_preset_adds_epochs_until_they_are_enough_steps(preset: str, epochs: int, own: Path) -> None:
    config = PRESETS[preset].config(imported(load_iris, CLASSIFICATION, own))
    assert config.epochs == epochs
    said = diagnose(trained(config))
    assert trained(config).history.last("validation_accuracy") > 0.93
    assert said == {}


@pytest.mark.parametrize("load", [load_wine, load_breast_cancer])
def test_the_fast_preset_learns_tables_and_a_rate_too_high_does_not(load: Callable[..., Any], own: Path) -> None:
    name = imported(load, CLASSIFICATION, own)
    assert course(PRESETS["fast"].config(name))[1][-1].accuracy > 0.92
    with np.errstate(over="ignore", invalid="ignore"):
        assert not np.isfinite(course(PRESETS["too_fast"].config(name))[1][-1].loss)


def test_what_shows_only_on_some_data_of_the_catalog_may_show_on_ones_own(own: Path) -> None:
    name = imported(load_wine, CLASSIFICATION, own)
    for preset in PRESETS.values():
        assert not preset.story_on(name).startswith("Doesn't show")
