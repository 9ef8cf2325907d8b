"""Bearer tokens (OIDC, RFC 9068): whether one is genuine, of now, for us; and who it says its bearer is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import jwt
from pydantic import ValidationError

from infra.identity.issuer_keys import IssuerKeys, KeysUnavailable
from infra.settings import OidcSettings
from schemas.authority import NEEDS_DEPARTMENT, Principal, Role, incompatible

__all__ = ["KeysUnavailable", "TokenRefused", "TokenVerifier"]

LARGEST_TOKEN = 32 * 1024
TYPES = ("JWT", "AT+JWT")
"""What the header may call it: an id token or a logout token of another type is no access token."""


class TokenRefused(Exception):
    """Not taken.  ``code`` is stable; ``forbidden``: it is genuine, but what it says cannot be let in."""

    def __init__(self, code: str, *, forbidden: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.forbidden = forbidden


class TokenVerifier:
    """``await verify(token)`` gives the principal.  Raises TokenRefused, KeysUnavailable."""

    def __init__(self, settings: OidcSettings, keys: IssuerKeys) -> None:
        self._settings = settings
        self._keys = keys
        self._required = ["exp", "iat", "iss", "aud", "sub", *(["nbf"] if settings.require_nbf else [])]

    async def __call__(self, token: str) -> Principal:
        """Who the token says its bearer is."""
        if len(token) > LARGEST_TOKEN:
            raise TokenRefused("bad_token")
        return self._principal(self._claims(token, await self._key(token)))

    async def _key(self, token: str) -> jwt.PyJWK:
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            raise TokenRefused("bad_token") from None
        algorithm, key_id = header.get("alg"), header.get("kid")
        if algorithm not in self._settings.algorithms:  # none and HS* are never among them
            raise TokenRefused("algorithm_refused")
        if not isinstance(key_id, str) or str(header.get("typ", "JWT")).upper() not in TYPES:
            raise TokenRefused("bad_token")
        key = await self._keys.get(key_id)
        if key is None:
            raise TokenRefused("unknown_key")
        if key.algorithm_name != algorithm:
            raise TokenRefused("algorithm_refused")
        return key

    def _claims(self, token: str, key: jwt.PyJWK) -> Mapping[str, Any]:
        known = self._settings
        try:
            claims: Mapping[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                audience=known.audience,
                issuer=known.issuer,
                leeway=known.leeway_seconds,
                options={"require": self._required},
            )
        except jwt.ExpiredSignatureError:
            raise TokenRefused("expired_token") from None
        except jwt.ImmatureSignatureError:
            raise TokenRefused("token_not_yet_valid") from None
        except jwt.InvalidIssuerError:
            raise TokenRefused("wrong_issuer") from None
        except jwt.InvalidAudienceError:
            raise TokenRefused("wrong_audience") from None
        except jwt.PyJWTError:
            raise TokenRefused("bad_token") from None
        return claims

    def _principal(self, claims: Mapping[str, Any]) -> Principal:
        known = self._settings
        named = _several(_at(claims, known.roles_claim))
        roles = tuple(role for role in Role if role in named)
        department = _at(claims, known.department_claim)
        if not roles:
            raise TokenRefused("roles_missing", forbidden=True)
        if incompatible(roles):
            raise TokenRefused("roles_incompatible", forbidden=True)
        if not department and NEEDS_DEPARTMENT & set(roles):
            raise TokenRefused("department_missing", forbidden=True)
        try:
            return Principal(
                principal_id=claims["sub"],
                roles=roles,
                department=department or None,
                unit=_at(claims, known.unit_claim) or None,
                items=_several(_at(claims, known.items_claim)),
                issuer=claims["iss"],
                expires_at=datetime.fromtimestamp(int(claims["exp"]), UTC),
            )
        except (ValidationError, ValueError, OverflowError):
            raise TokenRefused("claims_unusable", forbidden=True) from None


def _at(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name, or by a dotted path such as ``realm_access.roles``."""
    found: Any = claims.get(name)
    if found is None and "." in name:
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _several(claim: Any) -> tuple[str, ...]:
    """A list of texts, or one text with blanks between, as providers differ."""
    values = claim.split() if isinstance(claim, str) else claim if isinstance(claim, list) else []
    return tuple(dict.fromkeys(str(value) for value in values))
