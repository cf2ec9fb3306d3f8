"""Nothing is lost when a server dies or stops, and several servers share a store."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import replace
from pathlib import Path
from time import time

import numpy as np
import pytest
import sqlalchemy as sa

from mlp.processes import has_vanished, process_name
from mlp.store import Store, StoreError, records, schema, writer
from mlp.store.store import LOST
from mlp.training import Checkpoint, Evaluation, Model, Status, initial_state, report_untrained
from mlp.training.history import History
from tests.store.training import CONFIG, DIGITS, TOKEN, Open, Training, behind, same, snapshot_steps, trained
from tests.waiting import wait_until

ENDLESS = replace(CONFIG, epochs=10_000)
ROOT = Path(__file__).resolve().parents[2]

KILLED = """
from mlp.store import Store
from tests.store.test_servers import ENDLESS, Training
import itertools, sys
store = Store(sys.argv[1])
runs = [Training(ENDLESS).begin(store) for _ in range(2)]
for count in itertools.count(1):
    for run in runs:
        run.train(7).record()
    if count == 10:
        assert store.flush()
        print(*(run.id for run in runs), flush=True)
"""


def test_after_a_kill_all_runs_are_there_and_go_on_to_the_same_bits(url: str, open_store: Open) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, url], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        assert process.stdout
        ids = process.stdout.readline().split()
        store = open_store()
        wait_until(lambda: all(store.run(run_id).reports > 10 for run_id in ids))
        assert all(store.is_trained_elsewhere(run_id) for run_id in ids)
        with pytest.raises(StoreError, match="another server"):
            store.resume(ids[0])
        process.send_signal(signal.SIGKILL)
    assert sorted(run.id for run in store.runs()) == sorted(ids)
    for run_id in ids:
        run = store.run(run_id)
        assert (run.status, run.message) == ("paused", records.STOPPED)
        history = store.history(run_id)
        assert run.reports == len(history) > 10
        assert history["step"].tolist() == list(range(7, 7 * run.reports + 1, 7))
        resumed = store.resume(run_id)
        assert 70 <= resumed.state.step <= run.step
        assert resumed.history["step"][-1] == resumed.state.step
        # It equals an undisturbed run, and stays equal as both train.
        undisturbed = trained(ENDLESS, initial_state(ENDLESS, DIGITS), resumed.state.step)
        assert resumed.state.same_as(undisturbed)
        end = resumed.state.step + 50
        assert trained(resumed.config, resumed.state, end).same_as(trained(ENDLESS, undisturbed, end))


def test_resume_drops_what_came_after_the_saved_state(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "LATEST_SECONDS", 1e9)
    run = Training().begin(store).train(4).save()
    saved, reports = run.state, run.history.view()
    run.train(2).train(1, Evaluation(0.9, 0.1)).record()
    store.rename(run.id, "written with the reports, but without the state")
    assert (store.run(run.id).step, len(store.history(run.id))) == (7, 3)
    assert store.model(run.id).state.same_as(saved)

    monkeypatch.setattr(Store, "flush", lambda _: True)  # as after a kill: what waits never comes
    resumed = store.resume(run.id)
    assert resumed.state.same_as(saved)
    assert same(resumed.history, reports)
    assert same(store.history(run.id), reports)
    found = store.run(run.id)
    assert (found.step, found.reports, found.status, resumed.status) == (4, 1, "paused", "paused")
    assert np.isnan(found.best_validation_score)


def test_the_report_before_the_first_step_is_never_stored_twice(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a run's own, also of a fork from step 0, and stays when a run that was killed early begins again."""
    monkeypatch.setattr(writer, "LATEST_SECONDS", 1e9)
    run, fork = Training(), Training()
    run.begin(store)
    fork.begin(store, parent=(run.id, 0))
    assert store.flush()
    for training in (run, fork):
        training.history.append(report_untrained(CONFIG, DIGITS, training.state))
        training.train(3).record()
    store.rename(run.id, "written with the reports, but without the state")
    assert store.history(fork.id)["step"].tolist() == [0, 3]
    monkeypatch.setattr(Store, "flush", lambda _: True)  # as after a kill: what waits never comes
    with behind(url) as connection:
        connection.execute(schema.snapshots.delete())
    assert len(store.history(run.id)) == 2
    assert store.resume(run.id).history["step"].tolist() == [0]


def test_a_forks_past_is_saved_with_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else its parent, killed and resumed from before the fork, would train another past for it."""
    monkeypatch.setattr(writer, "LATEST_SECONDS", 1e9)
    run = Training().begin(store).train(4).save()
    run.train(5).record()
    forked = Checkpoint(Model(CONFIG, DIGITS, run.state), Status.PAUSED, run.history.view())
    fork_id = store.begin(forked, TOKEN, parent=(run.id, run.state.step))
    store.rename(run.id, "written with the fork, which is new")
    past = store.history(fork_id)
    assert same(past, run.history.view())

    monkeypatch.setattr(Store, "flush", lambda _: True)  # as after a kill: what waits never comes
    assert store.resume(run.id).state.same_as(run.state)
    assert same(store.history(fork_id), past)


def test_a_killed_run_goes_on_from_a_snapshot_if_that_is_later(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who looks at it meanwhile can fork it there: its past up to there must stay."""
    monkeypatch.setattr(writer, "LATEST_SECONDS", 1e9)
    run = Training().begin(store).train(4).save()
    run.train(5).record()
    store.rename(run.id, "written with the snapshot, but without the state to resume from")
    monkeypatch.setattr(Store, "flush", lambda _: True)  # as after a kill: what waits never comes
    for checkpoint in (store.load(run.id), store.resume(run.id)):
        assert checkpoint.state.same_as(run.state)
        assert same(checkpoint.history, run.history.view())


def test_a_resumed_run_is_recorded_as_if_it_had_never_stopped(url: str, open_store: Open) -> None:
    first = open_store()
    run = Training().begin(first).train(9, Evaluation(0.5, 1.0)).record()
    run.change("a → b").record(Status.PAUSED)
    first.close()

    store = open_store()
    resumed = store.resume(run.id)
    assert same(resumed.history, run.history.view())
    assert resumed.changes == tuple(run.changes)
    assert store.may_steer(run.id, TOKEN)
    run.state = resumed.state
    run.store = store
    run.train(9).change("b → c").save()
    assert same(store.history(run.id), run.history.view())
    assert snapshot_steps(url, run.id) == [0, 9, 18]
    assert store.load(run.id).changes == tuple(run.changes)
    assert store.model(run.id).state.same_as(run.state)


@pytest.mark.parametrize("how", ["as settings", "as a change"])
def test_a_change_is_saved_together_with_a_state_after_it(
    store: Store, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Else a killed run would go on from before the change with the settings from after it."""
    monkeypatch.setattr(writer, "LATEST_SECONDS", 1e9)
    run = Training().begin(store).train(4).save()
    run.train(3).record()
    store.rename(run.id, "written with what was due")
    assert store.model(run.id).state.step == 4
    if how == "as settings":
        run.config = replace(CONFIG, learning_rate=0.01)
    else:
        run.change("back → and forth")
    run.record()
    store.rename(run.id, "written with what was due now")
    assert store.model(run.id).state.step == 7


def test_a_run_that_is_let_go_is_written_to_its_end_first(store: Store) -> None:
    run = Training().begin(store).train(3).record(Status.PAUSED)
    store.release(run.id)
    assert store.flush()
    assert store.model(run.id).state.same_as(run.state)
    run.train(3).record()  # nobody listens any more
    assert store.flush()
    assert store.run(run.id).step == 3


def test_closing_writes_what_waits(open_store: Open) -> None:
    run, first = Training(), open_store()
    run.begin(first)
    run.train(3).record()
    first.close()
    assert open_store().model(run.id).state.same_as(run.state)
    with pytest.raises(StoreError, match="closed"):
        first.flush()


# Several servers.


def test_a_run_that_another_server_trains_is_left_to_it(open_store: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    run, here, there = Training(), open_store(), open_store()
    run.begin(here)
    run.train(3).save()
    assert there.is_trained_elsewhere(run.id)
    assert not here.is_trained_elsewhere(run.id)
    with pytest.raises(StoreError, match="another server"):
        there.resume(run.id)
    run.save(Status.PAUSED)
    assert not there.is_trained_elsewhere(run.id)
    assert there.resume(run.id).state.same_as(run.state)


def test_a_server_that_was_silent_for_long_has_lost_its_run(
    open_store: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run, here, there = Training(), open_store(), open_store()
    run.begin(here)
    run.train(3).save()
    monkeypatch.setattr(records, "STALE_SECONDS", -1.0)
    assert there.run(run.id).status == "paused"
    resumed = there.resume(run.id)
    monkeypatch.undo()

    mine = copy(run)
    mine.store, mine.state, mine.history = there, resumed.state, History(run.history.view())
    run.train(99).save()
    assert "taken over" in caplog.text
    assert there.run(run.id).step == 3
    mine.train(5).save()
    assert same(there.history(run.id), mine.history.view())
    assert here.is_trained_elsewhere(run.id)
    assert here.trouble_of(run.id) == LOST
    run.train(9).save()
    assert there.run(run.id).step == 8
    assert here._writer.pending(run.id) == [], "what is never written"
    # Opened again, it goes on from what the other server made of it.
    mine.save(Status.PAUSED)
    assert here.resume(run.id).state.same_as(mine.state)
    assert here.trouble_of(run.id) == ""


def test_a_run_of_a_server_that_died_before_the_clock_went_back_can_be_resumed(url: str, open_store: Open) -> None:
    here, there = open_store(), open_store()
    run = Training().begin(here).train(3).save()
    with behind(url) as connection:
        connection.execute(schema.runs.update().values(heartbeat=time() + 3600))
    assert (there.run(run.id).status, there.run(run.id).message) == ("paused", records.STOPPED)
    assert there.resume(run.id).state.same_as(run.state)


def test_a_lost_run_is_let_go(open_store: Open) -> None:
    here, there = open_store(), open_store()
    run = Training().begin(here).save(Status.PAUSED)
    there.resume(run.id)
    run.train(3).save()
    assert here.trouble_of(run.id) == LOST
    here.release(run.id)
    assert here.flush()
    assert here.trouble_of(run.id) == ""


def test_who_reads_sees_the_store_as_of_one_moment(store: Store) -> None:
    run = Training().begin(store).save()
    step = sa.select(schema.latest.c.step).where(schema.latest.c.run_id == run.id)
    with store._database.reading() as connection:
        assert connection.scalar(step) == 0
        run.train(5).save(Status.PAUSED)
        assert connection.scalar(step) == 0
    assert store.model(run.id).state.step == 5


def test_two_servers_write_to_one_store(open_store: Open) -> None:
    here, there = open_store(), open_store()
    runs = [Training().begin(store) for store in (here, here, there, there)]
    for _ in range(20):
        for run in runs:
            run.train(2).record()
        assert here.flush()
        assert there.flush()
    assert (here.trouble, there.trouble) == ("", "")
    for run in runs:
        assert same(here.history(run.id), run.history.view())


def test_two_servers_whose_people_press_at_the_same_time_wait_for_each_other(open_store: Open) -> None:
    stores = open_store(), open_store()
    run_id = Training().begin(stores[0]).id
    assert stores[0].flush()

    def rename(store: Store) -> None:
        for count in range(100):
            store.rename(run_id, f"{count}")

    with ThreadPoolExecutor(2) as people:
        for done in [people.submit(rename, store) for store in stores]:
            done.result()
    assert stores[0].run(run_id).name == "99"


def test_a_running_run_without_news_is_still_known_to_be_alive(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "HEARTBEAT_SECONDS", 0.05)
    run = Training().begin(store).save()
    with behind(url) as connection:
        connection.execute(schema.runs.update().values(heartbeat=0.0))
    wait_until(lambda: store.run(run.id).status == "running")


def test_a_server_is_gone_when_its_process_is() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    mine = process_name()
    assert not has_vanished(mine)
    assert has_vanished(mine.replace(f":{os.getpid()}:", f":{process.pid}:"))
    another = mine[:-8] + "01234567"  # of the container before this one, or of one beside it
    for untellable in (another, "elsewhere:1:abc", "", "::", mine.replace(f":{os.getpid()}:", f":{10**30}:")):
        assert not has_vanished(untellable)
