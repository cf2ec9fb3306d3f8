"""Imported data is listed, named and deleted by those who brought it, and nobody sees another's words for it."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mlp import RunConfig
from mlp.charts.relations import parallel, scatter
from mlp.comparison.groups import one_by_one
from mlp.datasets import DatasetError, dataset_info, dataset_label, load_dataset, size_on_disk
from mlp.datasets.own import stored
from mlp.datasets.own.stored import read_stored
from mlp.tokens import token_hash
from tests.datasets.own.made import files_of, people, store_people
from tests.stored_runs import run_record

pytestmark = pytest.mark.usefixtures("own")
ROOT = Path(__file__).resolve().parents[3]


def test_a_browser_sees_what_it_brought_and_what_the_command_line_brought() -> None:
    mine, everybody = store_people(token="me"), store_people(columns=people(seed=1))
    theirs = store_people(columns=people(seed=2), token="you")
    assert {info.name for info in stored.own_datasets()} == {mine, everybody, theirs}
    assert {info.name for info in stored.own_datasets("me")} == {mine, everybody}
    assert store_people(token="you") == mine
    assert {info.name for info in stored.own_datasets("you")} == {mine, everybody, theirs}
    assert [stored.may_change(mine, token) for token in ("me", "you", "them")] == [True, True, False]
    assert not stored.may_change(everybody, "me")


def test_tokens_are_not_stored(own: Path) -> None:
    name = store_people(token="my secret")
    (owner,) = (files_of(name, own) / "owners").iterdir()
    assert re.fullmatch(r"[0-9a-f]{64}", owner.name)
    assert b"secret" not in b"".join(path.read_bytes() for path in files_of(name, own).iterdir() if path.is_file())


def test_the_latest_is_listed_first(own: Path) -> None:
    names = [store_people(columns=people(seed=seed)) for seed in range(3)]
    for age, name in enumerate(names):
        for file in ("inputs.npy", "info.json"):  # which is read again once it has changed
            os.utime(files_of(name, own) / file, (1e9 + age, 1e9 + age))
    assert [info.name for info in stored.own_datasets()] == names[::-1]


def test_another_label_is_seen_at_once() -> None:
    name = store_people()
    assert load_dataset(name).info.label == "People"
    stored.rename(name, "  Leute <b>  ")
    assert dataset_info(name).label == load_dataset(name).info.label == "Leute <b>"
    assert stored.own_datasets()[0].label == "Leute <b>"


def test_equal_labels_of_a_browsers_data_sets_are_numbered() -> None:
    first, second, third = (store_people(columns=people(seed=seed), token="me") for seed in range(3))
    theirs = store_people(columns=people(seed=3), token="you")
    assert [info.label for info in stored.own_datasets("me")] == ["People (3)", "People (2)", "People"]
    assert [info.label for info in stored.own_datasets("you")] == ["People"]
    assert store_people(columns=people(seed=1), token="me") == second
    assert read_stored(second, "me").info.label == "People (2)", "it is the same, brought again"
    stored.rename(third, "x" * 60, "me")
    stored.rename(first, "x" * 60, "me")
    stored.rename(third, "x" * 60, "me")
    assert [read_stored(name, "me").info.label for name in (first, third)] == [f"{'x' * 56} (2)", "x" * 60]
    stored.rename(second, "People", "me")
    stored.rename(theirs, "People", "you")
    assert [read_stored(*pair).info.label for pair in ((second, "me"), (theirs, "you"))] == ["People", "People"]


def test_each_browser_has_its_own_words_for_the_same_data() -> None:
    name = store_people(token="me", label="Anna, 9b", source="anna.csv")
    assert store_people(token="you", label="Class", source="class.csv") == name
    mine, yours = read_stored(name, "me"), read_stored(name, "you")
    assert (mine.info.label, mine.info.source) == ("Anna, 9b", "imported from anna.csv")
    assert (yours.info.label, yours.info.source) == ("Class", "imported from class.csv")
    assert yours.imported > mine.imported
    stored.rename(name, "Mine", "me")
    assert [info.label for token in ("me", "you") for info in stored.own_datasets(token)] == ["Mine", "Class"]
    stored.rename(name, "Everybody's")
    assert [info.label for token in ("me", "you") for info in stored.own_datasets(token)] == ["Everybody's"] * 2
    store_people(token="me", label="Once more")
    assert read_stored(name, "me").info.label == "Once more"


def test_with_a_link_one_sees_the_label_on_which_owners_agree_and_nothing_else() -> None:
    labels = [0] * 99 + [1]
    name = store_people(labels, token="me", label="Anna, 9b", source="anna.csv")
    assert read_stored(name, "me").notes[0] == "Class B has a single row, which is for training."
    for theirs in (read_stored(name), read_stored(name, "them")):
        assert (theirs.info.label, theirs.info.source, theirs.notes) == ("Anna, 9b", "imported", ())
    store_people(labels, token="you", label="Anna, 9b")
    assert read_stored(name, "them").info.label == "Anna, 9b", "as all owners call it"
    store_people(labels, token="you", label="Class")
    for theirs in (read_stored(name), read_stored(name, "them")):
        assert (theirs.info.label, theirs.info.source, theirs.notes) == ("Imported data", "imported", ())
    assert load_dataset(name).info.label == dataset_label(name) == dataset_label(name, "them") == "Imported data"
    assert [dataset_label(name, token) for token in ("me", "you")] == ["Anna, 9b", "Class"]
    stored.delete(name, "me")
    assert load_dataset(name).info.label == "Class"


def test_shared_data_has_the_givers_words_until_they_are_changed() -> None:
    name = store_people([0] * 99 + [1], token="me", label="Anna, 9b", source="anna.csv")
    other = store_people([0] * 50 + [1] * 50, token="you", label="Anna, 9b")
    stored.share(name, token_hash("them"), "you")
    assert [info.name for info in stored.own_datasets("you")] == [other], "they do not have it themselves"
    stored.share(name, token_hash("me"), "you")
    assert {info.name for info in stored.own_datasets("you")} == {name, other}
    yours = read_stored(name, "you")
    assert (yours.info.label, yours.info.source) == ("Anna, 9b (2)", "imported from anna.csv")
    assert yours.notes[0] == "Class B has a single row, which is for training."
    stored.rename(name, "Yours", "you")
    stored.share(name, token_hash("me"), "you")
    assert [read_stored(name, token).info.label for token in ("me", "you")] == ["Anna, 9b", "Yours"]
    stored.delete(name, "me")
    assert load_dataset(name).info.label == "Yours"


def test_data_from_before_browsers_had_their_own_words_has_those_of_its_import(own: Path) -> None:
    name = store_people(token="me", label="Mine")
    (owner,) = (files_of(name, own) / "owners").iterdir()
    owner.with_name("0" * 64).touch()  # files were empty then
    assert read_stored(name, "me").info.label == read_stored(name, "them").info.label == "Mine"


@pytest.mark.parametrize("label", ["", "  ", "x" * 61, "two\nlines", "bell \a"])
def test_labels_that_cannot_be_are_refused(label: str) -> None:
    name = store_people()
    with pytest.raises(DatasetError, match=r"can't be used. Choose one of 1 to 60"):
        stored.rename(name, label)
    assert dataset_info(name).label == "People"


def test_a_deleted_data_set_is_a_sentence(own: Path) -> None:
    name = store_people()
    before = load_dataset(name)
    stored.delete(name)
    assert [path.name for path in own.iterdir()] == [f"{files_of(name, own).name}.deleted"]
    assert stored.own_datasets() == []
    for call in (dataset_info, load_dataset, size_on_disk, stored.delete):
        with pytest.raises(DatasetError, match=r"The data set 'People' was deleted\. Choose another"):
            call(name)
    assert dataset_label(name) == "People (deleted)"
    assert dataset_label("own:0123456789ab") == "Imported data 0123456789ab"
    assert dataset_label("own:../elsewhere") == "own:../elsewhere"
    assert before.train.inputs.shape == (70, 5)  # who still has it goes on


def test_axes_of_charts_show_what_this_browser_calls_a_data_set() -> None:
    shared, gone = store_people(token="me", label="Anna <b>9b"), store_people([0] * 50 + [1] * 50, token="me")
    store_people(token="you", label="Class")
    runs = [run_record(RunConfig(dataset=name), id=f"run{place}") for place, name in enumerate((shared, gone))]
    stored.delete(gone, "me")
    elsewhere = RunConfig(dataset="own:0123456789ab")
    runs.append(replace(runs[0], id="elsewhere", dataset=elsewhere.dataset, config_json=elsewhere.to_json()))
    groups = one_by_one(runs, "me")
    across = parallel(runs, ["dataset", "seconds"], groups, token="me")
    up = scatter(runs, "dataset", "seconds", groups, token="me")
    marks = {note["text"] for note in across["layout"]["annotations"]}
    assert set(up["layout"]["xaxis"]["ticktext"]) <= marks
    assert set(up["layout"]["xaxis"]["ticktext"]) == {"Anna &lt;b&gt;9b", "People (deleted)", "Imported data 01234…"}
    assert "Data set: Anna &lt;b&gt;9b" in str([trace.get("text") for trace in (*across["data"], *up["data"])])
    assert "own:" not in str(across) + str(up)


def test_deleting_for_one_browser_leaves_it_to_the_others() -> None:
    name = store_people(token="me")
    store_people(token="you")
    stored.delete(name, "me")
    assert [info.name for info in stored.own_datasets("you")] == [name]
    assert stored.own_datasets("me") == []
    stored.delete(name, "you")
    assert stored.own_datasets() == []


def test_an_owner_who_deletes_the_data_while_it_is_read_is_passed_over() -> None:
    name = store_people(token="me", label="Mine")
    (stored.find(name) / "owners" / ("0" * 64)).symlink_to("gone")  # listed, and not there when it is read
    assert read_stored(name, "you").info.label == "Mine"


@pytest.mark.parametrize("content", [b'{"label": "Mi', b"[]", b"{}", b'{"notes": [], "x": 1}', b"\xff"])
def test_damaged_words_of_one_owner_leave_the_data_to_all(own: Path, content: bytes) -> None:
    name = store_people(token="me", label="Mine")
    (owner,) = (files_of(name, own) / "owners").iterdir()
    store_people(token="you", label="Yours")
    owner.write_bytes(content)
    assert [read_stored(name, token).info.label for token in ("me", "you", "them")] == ["Yours"] * 3
    stored.rename(name, "Mine", "me")
    assert [read_stored(name, token).info.label for token in ("me", "you")] == ["Mine", "Yours"]


BRINGING_AND_DELETING = """
import shutil, sys
from pathlib import Path
from mlp.datasets import load_dataset, roots
from mlp.datasets.own.stored import delete, find, own_datasets, publish, read_stored, workspace
from mlp.tokens import token_hash
from tests.datasets.own.made import store_people

roots.PROGRAM_DATA, token, arrays = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
name = store_people(token=token)
made = read_stored(name, token)
shutil.copytree(find(name), arrays, ignore=shutil.ignore_patterns("owners"))
for _ in range(40):
    with workspace() as work:
        shutil.copytree(arrays, work / "data")
        assert publish(work / "data", made, token) == name
    assert [info.name for info in own_datasets(token)] == [name]
    assert load_dataset(name).info.train == 70
    delete(name, token)
    assert own_datasets(token) == []
"""


def test_no_import_is_lost_to_another_process_that_deletes_the_same_data(own: Path, tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "MLP_DATA_DIR"}
    command = [sys.executable, "-c", BRINGING_AND_DELETING, str(own.parent)]
    processes = [
        subprocess.Popen([*command, token, str(tmp_path / token)], cwd=ROOT, env=environment) for token in ("me", "you")
    ]
    assert [process.wait() for process in processes] == [0, 0]
    assert {path.suffix for path in own.iterdir()} == {".deleted"}
