"""What people ask of a store: links, who may control a run, names, notes, tags, and deleting."""

from collections.abc import Callable
from functools import partial

import pytest
import sqlalchemy as sa

from mlp.store import Store, StoreError, new_token, schema, texts
from mlp.store.store import DELETED
from mlp.training import Checkpoint, Model, Status
from tests.store.training import CONFIG, DIGITS, TOKEN, Open, Training, behind

EMPTY = Checkpoint(Model(CONFIG, DIGITS, Training().state))


def test_a_browsers_latest_run_is_the_one_it_trained_last(store: Store) -> None:
    first, second = Training().begin(store), Training().begin(store)
    store.begin(EMPTY, new_token())
    for run in (second, first, second):
        run.save()
        assert store.latest_run(TOKEN) == run.id
    store.delete(second.id)
    assert store.latest_run(TOKEN) == first.id
    assert store.latest_run(new_token()) == ""


def test_only_the_token_that_a_run_was_begun_with_steers_it(store: Store, url: str) -> None:
    run_id, other = Training().begin(store).id, store.begin(EMPTY, new_token())
    for written in (False, True):
        assert store.may_steer(run_id, TOKEN)
        for wrong in ("", TOKEN[:-1], TOKEN + "x", TOKEN.swapcase(), new_token(), "é\ud800"):
            assert not store.may_steer(run_id, wrong)
        assert not store.may_steer(other, TOKEN)
        if not written:
            store.release(run_id)
            assert store.flush()
    assert not store.may_steer("nosuchrun", "")
    with behind(url) as connection:
        assert TOKEN not in str(connection.execute(sa.select(schema.runs)).all())


@pytest.mark.parametrize("run_id", ["abc", "", "x' OR '1'='1", "\0", "ä" * 1000, "\ud800"])
def test_a_link_to_no_run_is_answered_with_a_sentence(store: Store, run_id: str) -> None:
    for ask in (store.run, store.history, store.load, store.model, partial(store.model_at, step=1), store.resume,
                store.delete, store.undelete, partial(store.rename, name="x")):  # fmt: skip
        with pytest.raises(StoreError, match=r"There is no run .* Choose one from the list of runs\.") as caught:
            ask(run_id)
        assert len(str(caught.value)) < 250


def test_ids_are_short_and_unique(store: Store) -> None:
    ids = {Training().begin(store).id for _ in range(20)}
    assert len(ids) == 20
    assert all(len(run_id) == 10 and run_id.isalnum() for run_id in ids)


# A run's name, notes and tags.


def test_names_notes_and_tags(store: Store) -> None:
    run_id = Training().begin(store).id
    store.rename(run_id, " Anna's\tfirst ")
    store.annotate(run_id, "Learns\nwell. ")
    store.tag(run_id, ["class 9b", " class  9b", "", "ReLU"])
    run = store.run(run_id)
    assert (run.name, run.notes, run.tags) == ("Anna's first", "Learns\nwell.", ("class 9b", "ReLU"))


@pytest.mark.parametrize(
    "say",
    [
        lambda store, run_id: store.rename(run_id, "x" * (texts.MOST["name"] + 1)),
        lambda store, run_id: store.annotate(run_id, "x" * (texts.MOST["notes"] + 1)),
        lambda store, run_id: store.tag(run_id, ["x" * (texts.MOST["tag"] + 1)]),
        lambda store, run_id: store.tag(run_id, [f"{n}" for n in range(texts.MOST_TAGS + 1)]),
        lambda store, run_id: store.rename(run_id, "a\0b"),
        lambda store, run_id: store.annotate(run_id, "\ud800"),
        lambda store, run_id: store.begin(EMPTY, TOKEN, name="x" * 1000),
    ],
)
def test_long_and_invalid_texts_are_refused(store: Store, say: Callable[[Store, str], None]) -> None:
    run_id = Training().begin(store, name="Ada").id
    with pytest.raises(StoreError, match=r"allowed\. Shorten it|Leave some out|invalid character"):
        say(store, run_id)
    assert store.flush()
    (run,) = store.runs()
    assert (run.name, run.notes, run.tags) == ("Ada", "", ())


def test_a_deleted_run_is_out_of_the_list_until_that_is_undone(store: Store) -> None:
    run = Training().begin(store).train(3).record()
    store.delete(run.id)
    assert store.runs() == []
    assert store.run(run.id).deleted
    assert store.trouble_of(run.id) == DELETED
    store.undelete(run.id)
    assert [there.id for there in store.runs()] == [run.id]
    assert len(store.history(run.id)) == 1
    assert store.trouble_of(run.id) == ""


def test_a_run_that_another_server_deletes_or_brings_back_says_so_once_it_is_looked_up(open_store: Open) -> None:
    store, other = open_store(), open_store()
    run = Training().begin(store).train(3).save(Status.PAUSED)
    other.delete(run.id)
    assert store.is_here(run.id)
    assert store.trouble_of(run.id) == DELETED
    other.undelete(run.id)
    assert store.is_here(run.id)
    assert store.trouble_of(run.id) == ""


@pytest.mark.parametrize("again", [True, False], ids=["opened again", "still open"])
def test_a_deleted_run_that_trains_on_is_back_in_the_list(open_store: Open, again: bool) -> None:
    """Else it would train unseen, and be gone a day later."""
    store, other = open_store(), open_store()
    run = Training().begin(store).train(3).save(Status.PAUSED)
    for steps in (0, 1):  # of which the store may see the start only, or the end
        other.delete(run.id)  # which this server does not hear
        store.delete(run.id)
        if again:
            assert store.resume(run.id).state.same_as(run.state)
        run.change("a → b").save(Status.PAUSED)
        assert store.runs() == [], "only looked at, and changed"
        _ = run.train(1).save(Status.PAUSED) if steps else run.save(Status.RUNNING)
        assert [there.id for there in store.runs()] == [run.id]
        assert store.trouble_of(run.id) == ""
        run.save(Status.PAUSED)
