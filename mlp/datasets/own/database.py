"""DuckDB reads one file, and can reach nothing else: no other file, no network, no extension."""

from pathlib import Path

import duckdb

MEMORY = "200MB"  # what does not fit goes to a temporary folder


def open_database(folder: Path, path: Path) -> duckdb.DuckDBPyConnection:
    """Return an empty database that can read the file at `path`, and use `folder` for what memory can't hold."""
    connection = duckdb.connect(config={"threads": 2, "memory_limit": MEMORY, "temp_directory": str(folder / "spill")})
    for setting, value in (
        ("enable_progress_bar", "false"),  # it would be printed where Python takes itself to be used by hand
        ("autoinstall_known_extensions", "false"),
        ("autoload_known_extensions", "false"),
        ("parquet_metadata_cache", "true"),
        ("allowed_paths", f"[{literal(path.resolve())}]"),
        ("allowed_directories", f"[{literal(folder.resolve())}]"),
        ("enable_external_access", "false"),
        ("lock_configuration", "true"),
    ):
        connection.execute(f"SET {setting} = {value}")
    return connection


def literal(value: object) -> str:
    """Return a value as text in SQL.

    >>> print(literal("x'; DROP TABLE t"))
    'x''; DROP TABLE t'
    """
    return "'" + str(value).replace("'", "''") + "'"
