"""Whether a callback really comes from its platform, is of now, and has not come before."""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable, Mapping

from infra.settings import CallbackSettings

SKEW_SECONDS = 600
"""A timestamp is good for ten minutes either way, as on the platforms themselves (domain §2.1)."""

BAD_SEAL, STALE, REPLAYED = "bad_seal", "stale_timestamp", "replayed_nonce"


class Seal:
    """Checks the seals of one platform; ``clock`` gives seconds since 1970.

    Nonces are remembered by this process: what is replayed to another one is still the same message, and messages are
    taken once.
    """

    def __init__(self, settings: CallbackSettings, clock: Callable[[], float]) -> None:
        self._client_id = settings.client_id.encode()
        self._key = settings.secret.get_secret_value().encode()
        self._clock = clock
        self._nonces: OrderedDict[str, float] = OrderedDict()

    def check(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> str | None:
        """What is wrong with the seal of a request, or ``None``.

        It covers method, target, SHA-256 of the body, timestamp and nonce, each on its own line.  A nonce counts as
        used only when its signature is right: otherwise anybody could use up another's.
        """
        client_id, signature = headers.get("x-client-id", ""), headers.get("x-signature", "")
        timestamp, nonce = headers.get("x-timestamp", ""), headers.get("x-nonce", "")
        text = "\n".join((method, target, hashlib.sha256(body).hexdigest(), timestamp, nonce))
        expected = hmac.digest(self._key, text.encode("latin-1"), "sha256").hex()
        known = hmac.compare_digest(client_id.encode("latin-1"), self._client_id)
        if not hmac.compare_digest(signature.encode("latin-1"), expected.encode()) or not known:
            return BAD_SEAL
        if not 16 <= len(nonce) <= 64:
            return BAD_SEAL
        now = self._clock()
        if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 15):
            return STALE
        if abs(now - int(timestamp) / 1000) > SKEW_SECONDS:
            return STALE
        if nonce in self._nonces:
            return REPLAYED
        self._nonces[nonce] = now
        self._forget(now - 2 * SKEW_SECONDS)
        return None

    def _forget(self, before: float) -> None:
        """Forget the nonces whose timestamps can be good no longer."""
        while self._nonces and next(iter(self._nonces.values())) < before:
            self._nonces.popitem(last=False)
