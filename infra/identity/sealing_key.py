"""A secret from which keys for purposes are derived; what is sealed with one opens only for what it was bound to."""

from __future__ import annotations

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class SealingKey:
    """A secret.  It never leaves: only what is derived from it does."""

    __slots__ = ("_ciphers", "_secret")

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._ciphers: dict[str, AESGCM] = {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}(＊＊＊)"

    def mac(self, message: bytes) -> bytes:
        """HMAC-SHA256 of a message under this key."""
        return hmac.digest(self._secret, message, "sha256")

    def encrypt(self, purpose: str, plain: bytes, bound_to: bytes) -> bytes:
        """AES-256-GCM under a key derived for a purpose; opens only together with ``bound_to``."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher(purpose).encrypt(nonce, plain, bound_to)

    def decrypt(self, purpose: str, sealed: bytes, bound_to: bytes) -> bytes:
        """What ``encrypt`` was given.  Raises cryptography's InvalidTag when any part differs."""
        if len(sealed) < NONCE_BYTES:
            raise InvalidTag
        return self._cipher(purpose).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)

    def _cipher(self, purpose: str) -> AESGCM:
        cipher = self._ciphers.get(purpose)
        if cipher is None:
            cipher = self._ciphers[purpose] = AESGCM(self.mac(f"mianzheng/{purpose}/aes-256-gcm".encode()))
        return cipher
