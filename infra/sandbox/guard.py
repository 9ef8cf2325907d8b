"""Who is calling, is it really he, and is it now: what a platform's gateway checks before anything else."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.sandbox.vocabulary import Meaning
from schemas.codes import SHARING_PLATFORMS, Platform

CLOCK_SKEW_SECONDS = 600
"""A timestamp is good for ten minutes (domain §2.1)."""
_NONCES_KEPT = 300_000


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller that a platform knows; ``resources`` are the only ones it may ask for, ``None`` is all."""

    access_id: str
    secret: bytes
    resources: frozenset[str] | None = None

    def __repr__(self) -> str:
        return f"Caller({self.access_id!r})"

    def mac(self, text: str) -> bytes:
        """HMAC-SHA256 with the caller's secret."""
        return hmac.digest(self.secret, text.encode(), "sha256")


def load_callers(path: Path) -> dict[Platform, Caller]:
    """The callers of a secrets file: ``{platform: {"access_id", "secret", "resources"?}}``.

    The sharing platforms must be there; a platform of the long routes that is not there is not served.  Raises
    ValueError.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return {
            platform: Caller(
                access_id=str(raw[platform]["access_id"]),
                secret=str(raw[platform]["secret"]).encode(),
                resources=frozenset(raw[platform]["resources"]) if "resources" in raw[platform] else None,
            )
            for platform in Platform
            if platform in SHARING_PLATFORMS or platform in raw
        }
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path.name}: 每个平台须有 access_id 与 secret（{type(error).__name__}）") from None


def load_senders(path: Path) -> dict[Platform, Caller]:
    """As whom the platforms call back: ``{"callbacks": {platform: {"client_id", "secret"}}}``.  Raises ValueError."""
    try:
        told = json.loads(path.read_text(encoding="utf-8")).get("callbacks", {})
        return {
            Platform(name): Caller(str(each["client_id"]), str(each["secret"]).encode()) for name, each in told.items()
        }
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(
            f"{path.name}: callbacks 中每个平台须有 client_id 与 secret（{type(error).__name__}）"
        ) from None


class Guard:
    """Checks the seal of every request to one platform; ``clock`` gives seconds since 1970."""

    def __init__(self, caller: Caller, clock: Callable[[], float]) -> None:
        self.caller = caller
        self._clock = clock
        self._nonces: OrderedDict[str, None] = OrderedDict()

    def check(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Meaning | None:
        """What is wrong with the seal of a request, or ``None``.

        A nonce counts as used only when its signature is right: otherwise anybody could use up another's.
        """
        timestamp, nonce = headers.get("x-timestamp", ""), headers.get("x-nonce", "")
        if headers.get("x-client-id") != self.caller.access_id or not 16 <= len(nonce) <= 64:
            return Meaning.BAD_SIGNATURE
        text = "\n".join((method, target, hashlib.sha256(body).hexdigest(), timestamp, nonce))
        if not hmac.compare_digest(self.caller.mac(text).hex(), headers.get("x-signature", "")):
            return Meaning.BAD_SIGNATURE
        if not timestamp.isascii() or not timestamp.isdecimal():
            return Meaning.STALE
        if abs(self._clock() - int(timestamp) / 1000) > CLOCK_SKEW_SECONDS:
            return Meaning.STALE
        if nonce in self._nonces:
            return Meaning.REPLAYED
        self._nonces[nonce] = None
        if len(self._nonces) > _NONCES_KEPT:
            self._nonces.popitem(last=False)
        return None
