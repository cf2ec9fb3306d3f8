"""Names, notes and tags come from outside: each is checked for its length before it is stored."""

from collections.abc import Sequence

from mlp.store.errors import StoreError

MOST_NAME = 80  # characters
MOST_NOTES = 10_000
MOST_TAG = 30
MOST_TAGS = 12


def check_name(name: str) -> str:
    """Return a run's name with extra white space removed. Raises StoreError if it is too long."""
    return _checked("name", " ".join(name.split()), MOST_NAME)


def check_notes(notes: str) -> str:
    """Return a run's notes. Raises StoreError if they are too long."""
    return _checked("notes", notes.strip(), MOST_NOTES)


def check_tags(tags: Sequence[str]) -> list[str]:
    """Return a run's tags in the given order, without duplicates. Raises StoreError for too many, or one too long."""
    tidied = dict.fromkeys(_checked("tag", " ".join(tag.split()), MOST_TAG) for tag in tags)
    tidied.pop("", None)
    if len(tidied) > MOST_TAGS:
        raise StoreError(f"{len(tidied)} tags are too many; a run can have {MOST_TAGS}. Leave some out.")
    return list(tidied)


def _checked(what: str, text: str, most: int) -> str:
    if len(text) > most:
        raise StoreError(f"The {what} has {len(text):,} characters; {most:,} are allowed. Shorten it.")
    # PostgreSQL can't store a zero character, and no database can store half of a surrogate pair.
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise StoreError(f"The {what} has an invalid character. Please retype it.")
    return text
