"""Signing secrets: made here, sealed at rest, used as Standard Webhooks says.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md : 24 to 64 random bytes,
given out as ``whsec_`` and base64; each secret that holds signs ``id.timestamp.body``, all signatures in one header.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from standardwebhooks import Webhook

from infra.identity.sealing_key import SealingKey

SECRET_BYTES = 32
PURPOSE = "webhooks"
PREFIX = "whsec_"


class SecretBox:
    """Seals and opens signing secrets under a key derived from the master key."""

    def __init__(self, master_key: bytes) -> None:
        self._key = SealingKey(master_key)

    def seal(self, subscription_id: UUID, secret: str) -> bytes:
        """What the database keeps; it opens for this subscription only."""
        return self._key.encrypt(PURPOSE, secret.encode(), subscription_id.bytes)

    def open(self, subscription_id: UUID, sealed: bytes) -> str:
        """The secret.  Raises cryptography's InvalidTag under another master key, or for another subscription."""
        return self._key.decrypt(PURPOSE, sealed, subscription_id.bytes).decode()


def new_secret() -> str:
    """A fresh secret, as its owner is given it once."""
    return PREFIX + base64.b64encode(os.urandom(SECRET_BYTES)).decode()


def signature(secrets: Iterable[str], message_id: str, at: datetime, body: bytes) -> str:
    """The ``webhook-signature`` header: one signature for each secret."""
    text = body.decode()
    return " ".join(Webhook(secret).sign(message_id, at, text) for secret in secrets)
