"""A network leaves the program, in formats that are functions of a run each, and comes back from a file."""

from mlp.export.format import ExportError, Format, OpeningError
from mlp.export.onnx import why_not_onnx, write_onnx
from mlp.export.opening import OpenedNetwork, open_network
from mlp.export.page import why_not_page, write_page
from mlp.export.run import ExportedRun
from mlp.export.tensors import write_safetensors

__all__ = ["FORMATS", "ExportError", "ExportedRun", "Format", "OpenedNetwork", "OpeningError", "open_network"]

FORMATS = {
    "safetensors": Format("Weights (.safetensors)", ".safetensors", write_safetensors),
    "onnx": Format("ONNX (.onnx)", ".onnx", write_onnx, why_not_onnx),
    "html": Format("Page that works offline (.html)", ".html", write_page, why_not_page),
}
