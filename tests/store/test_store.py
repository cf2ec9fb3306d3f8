"""What goes into a store comes out of it: states, curves, changes and forks, to the last bit."""

import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import sqlalchemy as sa

from mlp.datasets import REGRESSION, Recipe, load_dataset
from mlp.network.optimizers import OPTIMIZERS
from mlp.store import RunRecord, Store, StoreError, schema
from mlp.training import Checkpoint, Evaluation, Model, Status, advance, evaluate, initial_state
from mlp.training.history import History
from tests.store.training import CONFIG, DIGITS, TOKEN, Training, behind, same, trained
from tests.waiting import wait_until

STEPS_AN_EPOCH = CONFIG.steps_per_epoch(DIGITS.info)


# What goes in comes out.


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("steps", [1, STEPS_AN_EPOCH, STEPS_AN_EPOCH + 7])
def test_a_state_comes_back_to_the_last_bit_and_trains_on_the_same(store: Store, optimizer: str, steps: int) -> None:
    run = (
        Training(replace(CONFIG, optimizer=optimizer, dropout=0.2, learning_rate=0.01)).begin(store).train(steps).save()
    )
    back = store.model(run.id).state
    assert back.same_as(run.state)
    assert trained(run.config, back, steps + 50).same_as(trained(run.config, run.state, steps + 50))


@pytest.mark.parametrize(
    "options", [{"averaging": 0.9}, {"batch_norm": True, "averaging": 0.9}, {"batch_norm": True, "hidden": ()}]
)
def test_running_statistics_and_averages_come_back_with_the_state(store: Store, options: dict[str, Any]) -> None:
    run = Training(replace(CONFIG, **options)).begin(store).train(9).save()
    assert store.model(run.id).state.same_as(run.state)
    assert store.resume(run.id).state.same_as(run.state)
    run.config = replace(run.config, averaging=0.9 - run.config.averaging)  # on or off, with no step since
    run.save()
    assert store.model(run.id).state.same_as(run.state)


def test_a_state_whose_statistics_are_those_of_its_average_answers_as_before(store: Store, url: str) -> None:
    """An older program wrote the file: with averaging, it had no other running statistics."""
    config = replace(CONFIG, hidden=(2,), batch_norm=True, averaging=0.99, optimizer="momentum")
    run = Training(config).begin(store).train(100).save()
    old = (Path(__file__).parent / "averaged_statistics.safetensors").read_bytes()
    damage(url, {"blob": old, "bytes": len(old), "crc32": zlib.crc32(old)})
    model = store.model(run.id)
    measured = evaluate(config, DIGITS, model.state)
    assert (measured.accuracy, round(measured.loss, 4)) == (0.43, 1.5066)
    later = trained(config, model.state, 200)
    assert not np.array_equal(later.statistics, later.average_statistics)


def test_a_history_comes_back_to_the_last_bit_however_it_was_cut_into_batches(store: Store) -> None:
    run = Training().begin(store)
    for count in range(12):
        run.train(3, Evaluation(0.1 * count, 1 / 3) if count % 3 == 0 else None).record()
        if count % 4 == 0:
            assert store.flush()
            assert same(store.history(run.id), run.history.view())
    run.history.append(replace(advance(CONFIG, DIGITS, run.state, 1)[1], update_ratio=np.inf))
    run.save()
    assert same(store.history(run.id), run.history.view())
    assert not store.history(run.id).table.flags.writeable


def test_what_is_recorded_is_on_disk_soon_without_being_asked_for(store: Store) -> None:
    run = Training().begin(store).train(2).record()
    wait_until(lambda: [record.reports for record in store.runs()] == [1])
    wait_until(lambda: store.model(run.id).state.same_as(run.state))  # also that from which a killed run goes on


def test_a_run_is_listed_with_its_settings_and_results(store: Store) -> None:
    run = Training().begin(store, name="  my\n run ")
    for accuracy in (0.5, 0.75, 0.625):
        run.train(5, Evaluation(accuracy, 2.0 - accuracy))
    run.train(5).record(Status.PAUSED, message="Why.")
    assert store.flush()
    (found,) = store.runs()
    assert found == store.run(run.id)
    assert (found.id, found.name, found.status, found.message) == (run.id, "my run", "paused", "Why.")
    assert found.config == found.initial_config == CONFIG
    assert (found.dataset, found.seed, found.parameters) == (
        "digits",
        CONFIG.seed,
        CONFIG.parameters(DIGITS.info),
    )
    assert (found.step, found.examples, found.reports) == (20, 640, 4)
    assert (found.best_validation_score, found.validation_score, found.validation_loss) == (0.75, 0.625, 1.375)
    assert found.train_score == run.history.view().last("train_accuracy")
    assert found.seconds == run.history.view().last("seconds")
    assert found.progress == pytest.approx(640 / 1197)
    assert found.samples_per_second == pytest.approx(640 / found.seconds)
    assert (found.parent, found.parent_step, found.deleted) == (None, None, None)


def test_the_score_of_a_regression_is_r_squared(store: Store) -> None:
    config = replace(CONFIG, dataset=Recipe("hills", task=REGRESSION).name)
    dataset, history = load_dataset(config.dataset), History()
    start = initial_state(config, dataset)
    run_id = store.begin(Checkpoint(Model(config, dataset, start)), TOKEN)
    state, report = advance(config, dataset, start, 5)
    variance = {split: float(np.var(dataset.split(split).labels, dtype=float)) for split in ("train", "validation")}

    def record() -> RunRecord:
        store.record(run_id, Checkpoint(Model(config, dataset, state), Status.PAUSED, history.view()))
        assert store.flush()
        return store.run(run_id)

    history.append(replace(report, validation=Evaluation(0.0, np.inf)))
    assert np.isnan([record().best_validation_score, record().validation_score]).all()
    for r_squared in (0.25, 0.75, 0.5):
        loss = (1 - r_squared) * variance["validation"] / 2
        history.append(replace(report, validation=Evaluation(0.9, loss), train_loss=0.1))
    found = record()
    assert found.task == REGRESSION
    assert found.best_validation_score == pytest.approx(0.75)
    assert found.validation_score == pytest.approx(0.5)
    assert found.train_score == pytest.approx(1 - 0.2 / variance["train"])


def test_a_run_is_best_at_an_epochs_end_and_before_the_first_one_anywhere(store: Store) -> None:
    dataset, history = load_dataset(CONFIG.dataset), History()
    start = initial_state(CONFIG, dataset)
    run_id = store.begin(Checkpoint(Model(CONFIG, dataset, start)), TOKEN)
    state, report = advance(CONFIG, dataset, start, 5)

    def best(accuracy: float, epoch: int, progress: float) -> float:
        measured = Evaluation(accuracy, 1.0)
        history.append(replace(report, epoch=epoch, progress=progress, validation=measured))
        store.record(run_id, Checkpoint(Model(CONFIG, dataset, state), Status.PAUSED, history.view()))
        assert store.flush()
        return store.run(run_id).best_validation_score

    assert best(0.75, 0, 0.5) == 0.75
    assert best(0.5, 1, 1.0) == 0.5
    assert best(0.875, 1, 1.5) == 0.5
    assert best(0.625, 2, 2.0) == 0.625


def test_a_run_that_has_not_trained_has_no_numbers_rather_than_zeros(store: Store) -> None:
    run_id = Training().begin(store).id
    assert store.flush()
    found = store.run(run_id)
    assert np.isnan([found.seconds, found.best_validation_score, found.train_score]).all()
    assert len(store.history(run_id)) == 0


def test_changes_come_back_with_the_settings_that_each_began(store: Store) -> None:
    run = Training().begin(store)
    changed = [replace(CONFIG, learning_rate=0.01), replace(CONFIG, learning_rate=0.01, optimizer="adam")]
    for config in changed:
        run.train(10).change("why → what", config).save()
    assert store.load(run.id).changes == tuple(run.changes)
    assert store.run(run.id).config == changed[1]
    assert store.run(run.id).initial_config == CONFIG
    expected = {0: CONFIG, 9: CONFIG, 10: changed[0], 19: changed[0], 20: changed[1], 99: changed[1]}
    assert {step: store.model_at(run.id, step).config for step in expected} == expected


# What was stored is checked before it is used.


def damage(url: str, values: dict[str, Any]) -> None:
    with behind(url) as connection:
        connection.execute(schema.latest.update().values(values))


@pytest.mark.parametrize(
    ("column", "value", "complaint"),
    [
        ("blob", lambda blob: blob[:-4], "bytes instead of"),
        ("blob", lambda blob: blob[:-1] + bytes([blob[-1] ^ 1]), "checksum"),
        ("optimizer", lambda _: "adam", "can't be a network of"),
        ("optimizer", lambda _: "magic", "'magic' is unknown"),
        ("position", lambda _: 1197, "position"),
        ("epoch", lambda _: -1, "epoch"),
    ],
)
def test_a_damaged_state_is_refused(
    store: Store, url: str, column: str, value: Callable[[Any], Any], complaint: str
) -> None:
    run = Training().begin(store).train(3).save()
    with behind(url) as connection:
        before = connection.scalar(sa.select(schema.latest.c[column]))
    damage(url, {column: value(before)})
    for load in (store.model, store.resume):
        with pytest.raises(StoreError, match=complaint):
            load(run.id)
    damage(url, {column: before})
    assert store.model(run.id).state.same_as(run.state)


def test_what_early_stopping_remembers_comes_back_and_is_checked(store: Store, url: str) -> None:
    stopping = replace(CONFIG, early_stopping="loss", learning_rate=1.0)
    run = Training(stopping).begin(store).train(5 * STEPS_AN_EPOCH).save()
    assert run.state.monitor.loss_waited > 0
    assert store.load(run.id).state.same_as(run.state)
    assert [type(value) for value in store.load(run.id).state.monitor] == [float, int, float, int, int, float]
    with behind(url) as connection:
        blob = connection.execute(sa.select(schema.latest.c.blob)).scalar_one()
    for wrong in (np.zeros(5), np.full(6, np.nan), np.zeros(6, np.float32), np.full(6, np.inf)):
        changed = safetensors.numpy.save({**safetensors.numpy.load(blob), "monitor": wrong})
        damage(url, {"blob": changed, "bytes": len(changed), "crc32": zlib.crc32(changed)})
        with pytest.raises(StoreError, match=r"its monitor (is not 6 numbers|waits forever)"):
            store.model(run.id)


def test_a_state_of_another_network_is_refused_though_it_is_whole(store: Store, url: str) -> None:
    run_id = Training().begin(store).id
    assert store.flush()
    with behind(url) as connection:
        connection.execute(schema.runs.update().values(config=replace(CONFIG, hidden=(6,)).to_json()))
    with pytest.raises(StoreError, match="can't be a network of"):
        store.model(run_id)


@pytest.mark.parametrize("column", ["config", "initial_config"])
def test_settings_that_this_program_does_not_know_spoil_no_list(store: Store, url: str, column: str) -> None:
    kept, strange = (Training().begin(store).id for _ in range(2))
    assert store.flush()
    with behind(url) as connection:
        connection.execute(schema.runs.update().where(schema.runs.c.id == strange).values({column: '{"wings": 2}'}))
    assert [run.id for run in store.runs()] == [kept]
    assert store.notice.startswith(f"The settings of run '{strange}' can't be used")
    assert "no field 'wings'" in store.notice
    assert store.run(strange).id == strange, "a link to it still finds it"


# Forks.


def family(store: Store) -> list[Training]:
    """A run, its fork at step 6 and that one's fork at step 10, each with three reports of three or four steps."""
    runs: list[Training] = []
    for begins, steps in ((0, 3), (6, 4), (10, 3)):
        run = Training()
        run.state = trained(CONFIG, run.state, begins)
        run.begin(store, parent=(runs[-1].id, begins) if runs else None)
        for _ in range(3):
            run.train(steps).record()
        runs.append(run)
    assert store.flush()
    return runs


def test_a_forks_curve_has_its_ancestors_parts_in_front(store: Store) -> None:
    runs = family(store)
    ids = [run.id for run in runs]
    assert (store.run(ids[2]).parent, store.run(ids[2]).parent_step) == (ids[1], 10)
    whole = store.history(ids[2])
    assert whole["step"].tolist() == [3, 6, 10, 13, 16, 19]
    assert (np.diff(whole["seconds"]) > 0).all()
    own = runs[2].history.view()["seconds"]
    np.testing.assert_allclose(np.diff(whole["seconds"][-3:]), np.diff(own))
    assert store.run(ids[2]).samples_per_second == pytest.approx(9 * CONFIG.batch_size / own[-1])  # of its own steps
    assert list(store.histories(ids)) == ids


def test_a_fork_from_what_the_parent_has_from_its_parent_takes_no_more_than_that(store: Store) -> None:
    early = Training().begin(store, parent=(family(store)[1].id, 3)).id
    assert store.flush()
    assert store.history(early)["step"].tolist() == [3]


def test_a_fork_whose_parent_was_removed_meanwhile_has_no_parent(store: Store) -> None:
    run_id = Training().begin(store, parent=("goneforever", 5)).id
    assert store.flush()
    assert store.run(run_id).parent is None
    assert len(store.history(run_id)) == 0


def test_a_circle_of_parents_is_refused(store: Store, url: str) -> None:
    eldest, _, youngest = family(store)
    with behind(url) as connection:
        theirs = schema.runs.c.id == eldest.id
        connection.execute(schema.runs.update().where(theirs).values(parent=youngest.id, parent_step=2))
    with pytest.raises(StoreError, match="its own ancestor"):
        store.history(youngest.id)


# Many runs.
