"""What the store can't do is told in one sentence that a person can act on."""


class StoreError(Exception):
    """Something the store can't do: the message says what, why, and what to do."""
