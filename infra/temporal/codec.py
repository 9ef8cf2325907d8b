"""Payload codec: every payload in Temporal is sealed with AES-256-GCM; the key's id travels with it.

All configured keys open, one seals, so a key is rotated by adding a new one and making it active.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from infra.settings import TemporalSettings

ENCODING = b"binary/encrypted"
KEY_ID = "encryption-key-id"
NONCE_BYTES = 12


class CannotDecode(RuntimeError):
    """A payload sealed with a key that is not configured here, or that was altered."""


class SealingCodec(PayloadCodec):
    """Seals and opens payloads.  A payload that is not sealed passes through on decoding only."""

    def __init__(self, keys: dict[str, bytes], active: str) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._active = active

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Seal each payload whole, metadata included."""
        cipher, key_id = self._ciphers[self._active], self._active.encode()
        sealed = []
        for payload in payloads:
            nonce = os.urandom(NONCE_BYTES)
            data = nonce + cipher.encrypt(nonce, payload.SerializeToString(), key_id)
            sealed.append(Payload(metadata={"encoding": ENCODING, KEY_ID: key_id}, data=data))
        return sealed

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Open each sealed payload.  Raises CannotDecode."""
        return [self._open(payload) for payload in payloads]

    def _open(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        key_id = payload.metadata.get(KEY_ID, b"")
        cipher = self._ciphers.get(key_id.decode(errors="replace"))
        if cipher is None:
            raise CannotDecode(f"没有编号为 {key_id.decode(errors='replace')!r} 的密钥")
        try:
            plain = cipher.decrypt(payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:], key_id)
        except InvalidTag as error:
            raise CannotDecode("载荷与密钥不符，或已被改动") from error
        return Payload.FromString(plain)


def codec_of(settings: TemporalSettings) -> SealingCodec:
    """The codec of the settings."""
    keys = {key_id: base64.b64decode(key.get_secret_value()) for key_id, key in settings.codec_keys.items()}
    return SealingCodec(keys, settings.codec_active_key)
