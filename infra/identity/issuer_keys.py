"""The public keys of the tokens' issuer (RFC 7517), fetched when needed and kept.

An unknown key id makes them be fetched again, at most once in a pause, so that forged ids cost the issuer nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import jwt
import structlog

from infra.settings import OidcSettings, check_oidc_address

STALE_SECONDS = 24 * 3600.0
"""How long keys are still used when the issuer does not answer."""
LARGEST_ANSWER = 1024 * 1024
SMALLEST_RSA_BITS = 2048


class KeysUnavailable(Exception):
    """The issuer's keys cannot be had now: nobody's fault who has a good token."""


class IssuerKeys:
    """The keys of one issuer; ``clock`` gives seconds that only go forward."""

    def __init__(
        self, settings: OidcSettings, http: httpx.AsyncClient, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._http = http
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._one = asyncio.Lock()

    async def get(self, key_id: str) -> jwt.PyJWK | None:
        """The key of that id; ``None`` where the issuer has none.  Raises KeysUnavailable."""
        if key_id not in self._keys or self._age() > self._settings.keys_ttl_seconds:
            async with self._one:  # whoever waited here finds what the first one fetched
                if key_id not in self._keys or self._age() > self._settings.keys_ttl_seconds:
                    await self._refresh(key_id)
        return self._keys.get(key_id)

    async def _refresh(self, key_id: str) -> None:
        now = self._clock()
        usable = self._age() <= STALE_SECONDS
        if self._tried_at is not None and now - self._tried_at < self._settings.refresh_pause_seconds:
            answered_last = self._fetched_at is not None and self._fetched_at >= self._tried_at
            if usable and (answered_last or key_id in self._keys):
                return
            raise KeysUnavailable("not tried again yet")
        self._tried_at = now
        try:
            self._keys = usable_keys(await self._fetch(), self._settings.algorithms)
            self._fetched_at = now
        except (httpx.HTTPError, ValueError, KeyError, TypeError, TimeoutError) as error:
            structlog.get_logger().warning("issuer keys not fetched", reason=type(error).__name__)
            if not usable or key_id not in self._keys:
                raise KeysUnavailable(type(error).__name__) from error

    def _age(self) -> float:
        return float("inf") if self._fetched_at is None else self._clock() - self._fetched_at

    async def _fetch(self) -> Mapping[str, Any]:
        async with asyncio.timeout(self._settings.fetch_timeout_seconds):
            address = self._settings.jwks_uri
            if address is None:
                found = await self._json(f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration")
                if found["issuer"] != self._settings.issuer:
                    raise ValueError("the document is of another issuer")
                address = check_oidc_address(found["jwks_uri"], "jwks_uri")
            return await self._json(address)

    async def _json(self, address: str) -> Mapping[str, Any]:
        answer = await self._http.get(address, follow_redirects=False)
        answer.raise_for_status()
        if answer.status_code != 200 or len(answer.content) > LARGEST_ANSWER:
            raise ValueError("no usable answer")
        found = answer.json()
        if not isinstance(found, dict):
            raise TypeError("not an object")
        return found


def usable_keys(jwks: Mapping[str, Any], algorithms: tuple[str, ...]) -> dict[str, jwt.PyJWK]:
    """The signing keys of a JWKS by id: asymmetric, of an allowed algorithm, strong enough; others are passed over."""
    keys: dict[str, jwt.PyJWK] = {}
    for told in jwks["keys"]:
        if not isinstance(told, dict):
            raise TypeError("a key is not an object")
        if told.get("use", "sig") != "sig" or told.get("kty") not in ("RSA", "EC", "OKP") or not told.get("kid"):
            continue
        try:
            key = jwt.PyJWK.from_dict(told)
        except jwt.PyJWTError:
            continue
        weak = told["kty"] == "RSA" and key.key.key_size < SMALLEST_RSA_BITS
        if key.algorithm_name in algorithms and not weak:
            keys[told["kid"]] = key
    return keys
