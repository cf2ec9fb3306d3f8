"""A token is the secret by which a browser is known again; only its hash is stored."""

import hashlib
import secrets


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


def token_hash(token: str) -> str:
    """Return what is stored in place of a token: its SHA-256, 64 hexadecimal digits."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
