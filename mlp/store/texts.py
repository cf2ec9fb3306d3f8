"""Names, notes and tags come from outside: each is checked for its length before it is stored."""

from collections.abc import Sequence

from mlp.store.errors import StoreError

MOST = {"name": 80, "notes": 10_000, "tag": 30}  # characters
MOST_TAGS = 12


def check_text(what: str, text: str) -> str:
    """Return a name, notes or a tag without extra white space. Raises StoreError for one that can't be stored."""
    text = text.strip() if what == "notes" else " ".join(text.split())
    if len(text) > MOST[what]:
        raise StoreError(f"The {what} has {len(text):,} characters; {MOST[what]:,} are allowed. Shorten it.")
    # PostgreSQL can't store a zero character, and no database can store half of a surrogate pair.
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise StoreError(f"The {what} has an invalid character. Please retype it.")
    return text


def check_tags(tags: Sequence[str]) -> list[str]:
    """Return a run's tags in the given order, without duplicates. Raises StoreError for too many, or one too long."""
    tidied = [tag for tag in dict.fromkeys(check_text("tag", tag) for tag in tags) if tag]
    if len(tidied) > MOST_TAGS:
        raise StoreError(f"{len(tidied)} tags are too many; a run can have {MOST_TAGS}. Leave some out.")
    return tidied
