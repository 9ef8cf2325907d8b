"""Bearer tokens (OIDC, RFC 9068): whether one is genuine, of now, for us; and who it says its bearer is."""

from __future__ import annotations


class TokenRefused(Exception):
    """Not taken.  ``code`` is stable; ``forbidden``: it is genuine, but what it says cannot be let in."""

    def __init__(self, code: str, *, forbidden: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.forbidden = forbidden


class KeysUnavailable(Exception):
    """The issuer's keys cannot be had now: nobody's fault who has a good token."""
