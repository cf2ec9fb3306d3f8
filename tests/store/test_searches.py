"""Searches in the store, and the runs that are their trials."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from mlp.store import Store, StoreError, new_token, schema
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


def test_a_search_of_a_server_that_is_gone_can_be_claimed(url: str, open_store: Open) -> None:
    first, second = open_store(), open_store()
    search = first.searches.begin("{}", TOKEN)
    with pytest.raises(StoreError, match="running in another server"):
        second.searches.claim(search.id)
    with behind(url) as connection:  # as if it had been killed
        connection.execute(schema.searches.update().values(heartbeat=1.0))
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
