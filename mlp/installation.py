"""The program runs from a checkout, or installed as a package; here is what differs between the two.

A checkout keeps data and runs in its own `data/`. A package may be read-only, and is removed with its environment: it
keeps them in the system's folder for a person's data. The pages, and what else comes with a package, are in its folder
`program`.
"""

from pathlib import Path

from platformdirs import user_data_path

_PACKAGE = Path(__file__).resolve().parent
_IS_PACKAGED = (_PACKAGE / "program").is_dir()

# The folder of app.py, and of all that comes with the program.
PROGRAM = _PACKAGE / "program" if _IS_PACKAGED else _PACKAGE.parent
SHIPPED_DATA = PROGRAM / "data"
# The folder for what people bring and make: their data, downloads, runs.
KEPT_DATA = user_data_path("mlp", appauthor=False) if _IS_PACKAGED else SHIPPED_DATA
# What a person writes to start the command line.
COMMAND = "mlp" if _IS_PACKAGED else "python -m mlp"
