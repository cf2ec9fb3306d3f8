"""Errors of data sets: what was wrong, what is allowed, and what to do."""


class DatasetError(Exception):
    """A data set is not available. The message is a sentence for the person at the screen."""


class DamagedFile(DatasetError):
    """A file is there, but it does not hold what it should."""
