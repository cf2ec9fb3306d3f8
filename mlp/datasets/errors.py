"""What a data set says when it can't be had: what was wrong, what is allowed, and what to do."""


class DatasetError(Exception):
    """A data set can't be had. Its message is a sentence for the person at the screen."""


class DamagedFile(DatasetError):
    """A file is there, but it does not hold what it should."""
