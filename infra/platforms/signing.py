"""Signatures of outgoing requests: made anew for every HTTP attempt, for a timestamp and a nonce live ten minutes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class Stamp:
    """What makes one attempt unlike every other: milliseconds since 1970, and 128 random bits in hex."""

    timestamp: str
    nonce: str


class Signer:
    """Holds the secret of one platform; neither ``repr`` nor any error shows it."""

    __slots__ = ("_key", "access_id")

    def __init__(self, access_id: str, secret: SecretStr) -> None:
        self.access_id = access_id
        self._key = secret.get_secret_value().encode()

    def __repr__(self) -> str:
        return f"Signer({self.access_id!r})"

    def stamp(self) -> Stamp:
        """A fresh timestamp and nonce, for one attempt only."""
        return Stamp(timestamp=str(time.time_ns() // 1_000_000), nonce=secrets.token_hex(16))

    def hex(self, text: str) -> str:
        """HMAC-SHA256 of ``text`` in lower-case hex."""
        return hmac.digest(self._key, text.encode(), "sha256").hex()

    def base64(self, text: str) -> str:
        """HMAC-SHA256 of ``text`` in Base64."""
        return base64.b64encode(hmac.digest(self._key, text.encode(), "sha256")).decode()

    def headers(self, stamp: Stamp, method: str, target: str, body: bytes) -> dict[str, str]:
        """The seal of one attempt, in the header names of domain §2.1 (``X-Client-Id`` and so on).

        The signature covers method, target (path and query as the server sees them), SHA-256 of the body, timestamp and
        nonce, each on its own line.
        """
        digest = hashlib.sha256(body).hexdigest()
        text = "\n".join((method, target, digest, stamp.timestamp, stamp.nonce))
        return {
            "X-Client-Id": self.access_id,
            "X-Timestamp": stamp.timestamp,
            "X-Nonce": stamp.nonce,
            "X-Signature": self.hex(text),
        }
