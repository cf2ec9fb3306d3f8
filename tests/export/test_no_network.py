"""What is no network gets a sentence when it is opened: files of other kinds, damaged ones, and nonsense in them."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlp.export.chaining import chain
from mlp.export.format import OpeningError
from mlp.export.opening import open_network
from tests.export.test_safetensors import MODELS, saved, write

Shapes = dict[str, tuple[int, ...]]


def header_of(length: int, text: bytes = b"{}") -> bytes:
    return struct.pack("<Q", length) + text


def refusal(path: Path) -> str:
    with pytest.raises(OpeningError) as refused:
        open_network(str(path))
    sentence = str(refused.value)
    assert sentence.startswith(repr(path.name)) or "can't be read" in sentence
    assert len(sentence) < 600
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no .safetensors file"),
        (b"no magic at all", "no .safetensors file"),
        (b"\x08\x08\x12\x07pytorch", "ONNX"),
        (b"PK\x03\x04 and so on", "ZIP archive"),
        (b"\x89HDF\r\n\x1a\n and so on", "HDF5"),
        (b"\x80\x02}q\x00X\x01 and so on", "pickle"),
        (header_of(2**40), "1,099,511,627,776 bytes"),
        (header_of(2**20), "not complete"),
        (header_of(2**64 - 1), "bytes; at most"),
        (header_of(9, b'{"a":"b"}'), "damaged"),
        (header_of(400_000, b'{"a":' + b"[" * 399_995), "damaged"),
    ],
)
def test_a_file_of_another_kind_is_refused(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "theirs.safetensors"
    path.write_bytes(content)
    assert words in refusal(path)


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "none.safetensors")
    assert "directory" in refusal(tmp_path)


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    path = saved(MODELS["images"], tmp_path)
    content = path.read_bytes()
    for length in (9, 100, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:length])
        assert "not complete" in refusal(path)


def test_a_sparse_file_of_a_terabyte_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "theirs.safetensors"
    text = json.dumps({"a.weight": {"dtype": "F32", "shape": [2**20, 2**18], "data_offsets": [0, 2**40]}}).encode()
    path.write_bytes(header_of(len(text), text))
    with open(path, "r+b") as file:
        file.truncate(8 + len(text) + 2**40)
    assert "bytes; at most" in refusal(path)


NAN = np.array([[np.nan, 1.0]], np.float32)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"fc1.weight": np.zeros((5, 4)), "fc2.weight": np.zeros((3, 7))}, "don't fit together: 'fc1.weight' [5, 4]"),
        ({"fc1.weight": np.zeros((5, 4)), "fc1.bias": np.zeros(3)}, "as many biases as outputs"),
        ({f"fc{n}.weight": np.zeros((4, 4)) for n in range(8)}, "8 layers with weights; at most 7"),
        ({f"fc{n}.weight": np.zeros((2, 2)) for n in range(1500)}, "1,500 arrays"),
        ({"conv.weight": np.zeros((4, 4, 3, 3))}, "not part of a Dense layer"),
        ({"fc.weight": np.zeros((4, 4)), "norm.running_mean": np.zeros(4)}, "belongs to no Dense layer"),
        ({"fc.weight": np.zeros((4, 0))}, "not part of a Dense layer"),
        ({"fc.bias": np.zeros(4)}, "no weights"),
        ({"in.weight": np.zeros((3, 2)), "a.weight": np.zeros((3, 3)), "b.weight": np.zeros((3, 3))}, "more than one"),
        ({"fc.weight": NAN}, "NaN"),
        ({"fc.weight": np.full((2, 2), 1e300)}, "beyond float32"),
        ({"fc.weight": np.zeros((2, 2), np.int64)}, "type I64"),
        ({"a1.weight": np.zeros((2000, 2)), "a2.weight": np.zeros((2, 2000))}, "2,000 units in a hidden layer"),
        ({"fc.weight": np.zeros((65_537, 2))}, "65,537 outputs"),
        ({"fc.weight": np.zeros((2, 65_537))}, "65,537 inputs"),
    ],
)
def test_arrays_that_make_no_network_are_refused(arrays: dict[str, np.ndarray], words: str, tmp_path: Path) -> None:
    assert words in refusal(write(tmp_path, arrays))


def test_a_name_of_thousands_of_digits_is_no_trouble() -> None:
    layers, _ = chain({f"fc{'9' * 9000}.weight": (2, 3), "fc1.weight": (3, 4)})
    assert [layer.inputs for layer in layers] == [4, 3]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 2}, "newer version"),
        ({"version": None}, "can't be understood"),
        ({"settings": {"activation": "maxout", "hidden": [8]}}, "maxout"),
        ({"settings": {"hidden": [9]}}, "wrong settings"),
        ({"settings": 5}, "settings"),
        ({"preprocessing": []}, "wrong preprocessing"),
        ({"preprocessing": [{"name": "a", "x" * 5000: 1}]}, "can't be understood"),
        ({"preprocessing": [{"name": "a", "median": "b", "mean": 0, "scale": 1, "low": 0, "high": 1}]}, "understood"),
        ({"data": {}}, "'name' is missing"),
        ({"trained": {"step": -1, "epoch": 0, "examples": 0}}, "can't be understood"),
    ],
)
def test_a_description_that_no_network_has_is_refused(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    assert words in refusal(with_description(tmp_path, lambda found: found | change))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("class_names", ["a"]),
        ("class_names", [1, 2]),
        ("scale", float("nan")),
        ("scale", True),
        ("task", "singing"),
        ("features", ["z"]),
        ("columns", 3),
        ("columns", "4"),
        ("image_shape", [2]),
        ("target", {"name": "a", "mean": 0, "scale": 0}),
        ("label", 5),
        pytest.param("label", "half a letter: \ud83d", id="surrogate"),
        ("dtype", "object"),
        ("train", -1),
        ("turned", ["upside down"]),
        ("turned", 5),
        ("pixel_range", [1, 0]),
        ("pixel_range", [0, float("nan")]),
        ("float_range", [0, 0]),
        ("on_paper", 1),
    ],
)
def test_data_that_can_not_be_is_refused(field: str, value: Any, tmp_path: Path) -> None:
    sentence = refusal(with_description(tmp_path, lambda found: found | {"data": found["data"] | {field: value}}))
    assert "can't be understood" in sentence


def test_a_description_of_an_earlier_version_does_not_say_what_was_done_to_images(tmp_path: Path) -> None:
    def earlier(found: dict[str, Any]) -> dict[str, Any]:
        later = ("turned", "pixel_range")
        return found | {"data": {field: value for field, value in found["data"].items() if field not in later}}

    opened = open_network(with_description(tmp_path, earlier)).description
    assert opened is not None
    assert (opened.info.turned, opened.info.pixel_range) == (None, None)


@pytest.mark.parametrize(
    ("place", "field", "value"),
    [
        (0, "scale", 0),
        (0, "mean", "x"),
        pytest.param(0, "mean", 10**400, id="beyond float"),
        (0, "flag", 1),
        (0, "name", 3),
        (1, "categories", [1, 2, 3]),
        (1, "rare", "x1"),
    ],
)
def test_a_column_that_can_not_be_is_refused(place: int, field: str, value: Any, tmp_path: Path) -> None:
    def change(found: dict[str, Any]) -> dict[str, Any]:
        found["preprocessing"][place][field] = value
        return found

    assert "can't be understood" in refusal(with_description(tmp_path, change))


def with_description(folder: Path, change: Any) -> Path:
    path = saved(MODELS["table"], folder)
    with safetensors.safe_open(path, framework="np") as file:
        metadata = file.metadata()
    changed = {"mlp": json.dumps(change(json.loads(metadata["mlp"])))}
    safetensors.numpy.save_file(safetensors.numpy.load_file(path), path, metadata | changed)
    return path


@given(changes=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=4))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bytes_that_are_wrong_give_a_network_or_a_sentence(changes: list[tuple[int, int]], tmp_path: Path) -> None:
    content = bytearray(saved(MODELS["table"], tmp_path).read_bytes())
    assert len(content) > 2000  # nearly all of it is the header
    for place, byte in changes:
        content[place] = byte
    path = tmp_path / "theirs.safetensors"
    path.write_bytes(content)
    try:
        model = open_network(path).alone()
    except OpeningError:
        return
    assert model.logits(np.zeros((2, model.sizes[0]), np.float32)).shape == (2, model.sizes[-1])
