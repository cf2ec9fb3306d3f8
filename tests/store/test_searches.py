"""Searches in the store, and the runs that are their trials."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from time import time

import pytest

from mlp.store import Store, StoreError, new_token, schema
from mlp.training import Status
from tests.store.training import TOKEN, Open, Training, behind


def test_a_search_and_its_trials_are_there_after_a_restart(url: str, open_store: Open) -> None:
    store = open_store()
    search = store.searches.begin('{"trials": 3}', TOKEN)
    runs = [Training().begin(store, trial=(search.id, f'{{"number": {number}}}')).train(4).save() for number in (1, 2)]
    other = Training().begin(store).train(4).save()
    assert store.searches.save(replace(search, status="paused", seconds=12.5))
    store.searches.note_trial(runs[0].id, '{"number": 1, "outcome": "pruned"}')
    store.delete(runs[1].id)
    store.close()

    store = open_store()
    found = store.searches.find(search.id)
    assert (found.status, found.seconds, found.plan) == ("paused", 12.5, '{"trials": 3}')
    assert [each.id for each in store.searches.all()] == [search.id]
    trials = store.searches.trials(search.id)
    assert [(run.id, run.trial) for run in trials] == [
        (runs[0].id, '{"number": 1, "outcome": "pruned"}'),
        (runs[1].id, '{"number": 2}'),
    ]
    assert store.run(other.id).search == ""
    assert store.searches.trials("") == []
    assert store.searches.may_steer(search.id, TOKEN)
    assert not store.searches.may_steer(search.id, new_token())


@pytest.mark.parametrize("away", [-3600, 3600])
def test_a_search_of_a_server_that_is_gone_can_be_claimed(url: str, open_store: Open, away: float) -> None:
    first, second = open_store(), open_store()
    search = first.searches.begin("{}", TOKEN)
    with pytest.raises(StoreError, match="running in another server"):
        second.searches.claim(search.id)
    with behind(url) as connection:  # as if it had been killed, perhaps before the clock went back
        connection.execute(schema.searches.update().values(heartbeat=time() + away))
    assert second.searches.find(search.id).status == "paused"
    assert "server stopped" in second.searches.find(search.id).message
    claimed = second.searches.claim(search.id)
    assert second.searches.find(search.id).status == "paused"
    assert second.searches.save(replace(claimed, status="running"))
    assert not first.searches.save(replace(search, seconds=99.0))
    assert second.searches.find(search.id).seconds == 0
    with pytest.raises(StoreError, match="no search 'nowhere'"):
        second.searches.claim("nowhere")


def test_a_search_is_written_again_into_a_new_file(file: Path) -> None:
    with closing(Store(f"sqlite:///{file}")) as store:
        search = store.searches.begin("{}", TOKEN)
        run = Training().begin(store, trial=(search.id, "{}")).train(4).save()
        store.searches.note_trial(run.id, '{"number": 7}')
        for beside in file.parent.iterdir():
            beside.unlink()
        assert store.flush()
        assert [each.trial for each in store.searches.trials(search.id)] == ['{"number": 7}']
        assert store.searches.all() == []
        assert store.searches.save(replace(search, seconds=3.0))
        assert store.searches.find(search.id).seconds == 3


@pytest.mark.parametrize("with_runs", [False, True])
def test_a_search_is_deleted_with_its_runs_or_without_them(url: str, open_store: Open, with_runs: bool) -> None:
    first, second = open_store(), open_store()
    search, other = (first.searches.begin("{}", TOKEN) for _ in range(2))
    runs = [Training().begin(first, trial=(of, "{}")).train(4) for of in (search.id, search.id, other.id)]
    for run, status in zip(runs, (Status.PAUSED, Status.RUNNING, Status.PAUSED), strict=True):
        run.save(status)
    with pytest.raises(StoreError, match=r"is running can't be deleted\. Stop it first"):
        first.searches.delete(search.id, with_runs=with_runs)
    assert first.searches.save(replace(search, status="paused"))
    second.searches.delete(search.id, with_runs=with_runs)
    assert [each.id for each in first.searches.all()] == [other.id]
    assert first.searches.is_lost(search.id)
    assert not first.searches.is_lost(other.id)
    assert not first.searches.save(search)
    for refused in (first.searches.find, first.searches.claim, first.searches.open_test):
        with pytest.raises(StoreError, match="was deleted"):
            refused(search.id)
    gone = {run.id for run in runs if first.run(run.id).deleted is not None}
    assert gone == ({runs[0].id} if with_runs else set())


def test_an_opened_test_set_stays_open(url: str, open_store: Open) -> None:
    store = open_store()
    search = store.searches.begin("{}", TOKEN)
    assert store.searches.find(search.id).test_opened is None
    store.searches.open_test(search.id)
    assert store.searches.save(replace(search, seconds=1.0))  # as a server does that has read it before
    store.close()
    found = open_store().searches.find(search.id)
    assert (found.seconds, found.test_opened is None) == (1.0, False)
