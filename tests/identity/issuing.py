"""An issuer of tokens for tests, with a clock that stands where the test puts it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt

from infra.identity.issuer import TokenIssuer, ensure_key
from infra.identity.issuer_keys import IssuerKeys
from infra.identity.tokens import TokenVerifier
from infra.settings import OidcSettings

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ISSUER = "https://id.example"
JWKS = f"{ISSUER}/keys"
OUR_DEPARTMENT = "11350526MB0000002F"


class StandingClock(datetime):
    """Stands in for the clock that PyJWT looks at."""

    @classmethod
    def now(cls, tz: Any = None) -> StandingClock:
        return cls.fromtimestamp(NOW.timestamp(), tz)


@dataclass
class World:
    """An issuer on the net, and a verifier that fetches its keys from there."""

    folder: Path
    settings: OidcSettings
    documents: dict[str, Any] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    down: bool = False
    ticks: float = 0.0

    def __post_init__(self) -> None:
        self.issuer = self.another_issuer("first")
        self.documents[JWKS] = self.issuer.jwks()
        http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        self.keys = IssuerKeys(self.settings, http, lambda: self.ticks)
        self.verify = TokenVerifier(self.settings, self.keys)

    def another_issuer(self, name: str) -> TokenIssuer:
        path = self.folder / f"{name}.pem"
        ensure_key(path)
        return TokenIssuer(self.settings, path, lambda: NOW)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.fetched.append(str(request.url))
        if self.down:
            raise httpx.ConnectError("down")
        found = self.documents.get(str(request.url))
        return httpx.Response(404) if found is None else httpx.Response(200, json=found)

    def signed(self, **changed: Any) -> str:
        """A token whose claims are changed; ``None`` leaves one out."""
        claims = {
            "iss": ISSUER,
            "aud": "mianzheng",
            "sub": "clerk-7",
            "iat": NOW,
            "nbf": NOW,
            "exp": NOW + timedelta(minutes=5),
            "roles": ["clerk"],
            "department": OUR_DEPARTMENT,
        } | changed
        told = {
            name: int(value.timestamp()) if isinstance(value, datetime) else value
            for name, value in claims.items()
            if value is not None
        }
        return jwt.encode(told, self.issuer._key, "ES256", headers={"kid": self.issuer._key_id})


def world(folder: Path, monkeypatch: Any, **settings: Any) -> Iterator[World]:
    monkeypatch.setattr("jwt.api_jwt.datetime", StandingClock)
    yield World(folder, OidcSettings.model_validate({"issuer": ISSUER, "jwks_uri": JWKS} | settings))
