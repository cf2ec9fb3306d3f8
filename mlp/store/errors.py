"""The store's errors: each a sentence that a person can act on."""


class StoreError(Exception):
    """Something the store can't do: the message says what, why, and what to do."""
