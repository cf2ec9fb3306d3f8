"""A network leaves the program, in formats that are functions of a run each, and comes back from a file."""

from mlp.export.format import Format, OpeningError
from mlp.export.gif import write_gif
from mlp.export.notebook import write_notebook
from mlp.export.onnx import why_not_onnx, write_onnx
from mlp.export.opening import OpenedNetwork, open_network
from mlp.export.page import why_not_page, write_page
from mlp.export.replay import write_replay
from mlp.export.replay_frames import why_not_replay
from mlp.export.results import why_not_curves, write_curves, write_run
from mlp.export.run import ExportedRun, ExportError
from mlp.export.script import why_not_arrays, why_not_script, write_arrays, write_script
from mlp.export.snippets import write_keras, write_torch
from mlp.export.tensors import write_safetensors

__all__ = ["FORMATS", "ExportError", "ExportedRun", "Format", "OpenedNetwork", "OpeningError", "open_network"]

FORMATS = {
    "safetensors": Format(
        "Weights (.safetensors)",
        "For PyTorch and other programs, and to be opened here again.",
        ".safetensors",
        write_safetensors,
    ),
    "onnx": Format("ONNX (.onnx)", "For any program that runs ONNX networks.", ".onnx", write_onnx, why_not_onnx),
    "html": Format(
        "Page that works offline (.html)",
        "One file to try the network in any browser, without a server. It includes examples of the data.",
        ".html",
        write_page,
        why_not_page,
    ),
    "replay": Format(
        "Replay of the run (.html)",
        "One file that plays the training back in any browser. It includes examples of the data.",
        ".replay.html",
        write_replay,
        why_not_replay,
        shows_progress=True,
    ),
    "gif": Format(
        "Animation of the run (.gif)",
        "For slides: the curves, and how the network changes from step to step.",
        ".gif",
        write_gif,
        why_not_replay,
        shows_progress=True,
    ),
    "pytorch": Format(
        "PyTorch (.py)",
        "A few lines that build the network in PyTorch, with the weights of the .safetensors file.",
        "-pytorch.py",
        write_torch,
    ),
    "keras": Format(
        "Keras (.py)",
        "A few lines that build the network in Keras, with the weights of the .safetensors file.",
        "-keras.py",
        write_keras,
    ),
    "py": Format(
        "Python script (.py)",
        "Trains the network again, to the last bit, with numpy alone: to be read in class.",
        ".py",
        write_script,
        why_not_script,
    ),
    "ipynb": Format(
        "Notebook (.ipynb)",
        "The same for Jupyter, with the ideas, the formulas and charts.",
        ".ipynb",
        write_notebook,
        why_not_script,
    ),
    "npz": Format(
        "Examples (.npz)",
        "Inputs and labels as arrays of numpy. A script or notebook reads larger data of your own from it.",
        ".npz",
        write_arrays,
        why_not_arrays,
    ),
    "json": Format(
        "The run (.json)",
        "Settings, changes, curves, and what they were made with: data, versions and processor.",
        ".json",
        write_run,
    ),
    "csv": Format(
        "Curves (.csv)",
        "All reports of the run, one in a row, for a spreadsheet.",
        ".csv",
        write_curves,
        why_not_curves,
    ),
}
