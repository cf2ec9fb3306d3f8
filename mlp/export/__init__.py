"""A network leaves the program: each format is a function that writes a file of a run."""

from mlp.export.format import ExportError, Format
from mlp.export.tensors import write_safetensors

__all__ = ["FORMATS", "ExportError", "Format"]

FORMATS = {
    "safetensors": Format("Weights (.safetensors)", ".safetensors", write_safetensors),
}
