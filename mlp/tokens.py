"""A token is a secret: a browser is known again by its own, and a teacher by the class's.

Of a browser's token, only the hash is stored.
"""

import hashlib
import hmac
import os
import re
import secrets

# The environment variable that gives a server its class's secret; without it, there is no class.
TEACHER = "MLP_TEACHER"
LONG_ENOUGH = re.compile(r"[\w-]{24,}")  # a teacher's secret
CODE_LETTERS = "BCDFGHJKLMNPRSTVWXYZ"  # no vowels, so that no code is a word, and no Q, which looks like an O
CODE_LENGTH = 4


def new_token() -> str:
    """Return a secret that gives a browser control of what it began.

    Returns
    -------
    str
        Random, long enough not to be guessed, and safe in an address.

    Examples
    --------
    >>> new_token() != new_token()
    True
    """
    return secrets.token_urlsafe(24)


def given_secret() -> str:
    """Return the secret that the environment gives the server's class; empty if it gives none.

    Raises ValueError if it is so short that it could be guessed.
    """
    given = os.environ.get(TEACHER, "")
    if given and not LONG_ENOUGH.fullmatch(given):
        raise ValueError(f"{TEACHER} must have at least 24 letters, digits, hyphens or underscores. Choose another.")
    return given


def token_hash(token: str) -> str:
    """Return what is stored in place of a token: its SHA-256, 64 hexadecimal digits."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def derived(token: str, purpose: str) -> str:
    """Return what is made of a secret for one purpose, 64 hexadecimal digits: it does not show the secret.

    HMAC-SHA256 (RFC 2104), so a signature if `purpose` is a text.

    >>> derived("secret", "cookie") == derived("secret", "code")
    False
    """
    return hmac.digest(token.encode(), purpose.encode(errors="surrogatepass"), "sha256").hex()


def class_code(token: str) -> str:
    """Return the four letters by which students find the class of a teacher with this secret.

    >>> len(class_code("secret"))
    4
    """
    number, letters = int(derived(token, "code"), 16), []
    for _ in range(CODE_LENGTH):
        number, letter = divmod(number, len(CODE_LETTERS))
        letters.append(CODE_LETTERS[letter])
    return "".join(letters)
