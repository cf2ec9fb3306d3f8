"""A network leaves the program: each format is a function that writes a file of a run."""

from mlp.export.format import ExportError, Format
from mlp.export.onnx import why_not_onnx, write_onnx
from mlp.export.page import why_not_page, write_page
from mlp.export.run import ExportedRun
from mlp.export.tensors import write_safetensors

__all__ = ["FORMATS", "ExportError", "ExportedRun", "Format"]

FORMATS = {
    "safetensors": Format("Weights (.safetensors)", ".safetensors", write_safetensors),
    "onnx": Format("ONNX (.onnx)", ".onnx", write_onnx, why_not_onnx),
    "html": Format("Page that works offline (.html)", ".html", write_page, why_not_page),
}
