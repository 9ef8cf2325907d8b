"""The embedded stack's own issuer of tokens.  A production settings file has no issuer key: tokens come from the
county's identity provider."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from infra.settings import OidcSettings
from schemas.authority import Role

ALGORITHM = "ES256"


class TokenIssuer:
    """Signs tokens with the key of a file (PEM, P-256); ``now`` gives the time."""

    def __init__(
        self, settings: OidcSettings, key_path: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        key = serialization.load_pem_private_key(key_path.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("oidc.issuer_key_path 须为 P-256 私钥")
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        digest = hashes.Hash(hashes.SHA256())
        digest.update(public)
        self._key = key
        self._key_id = digest.finalize().hex()[:16]
        self._settings = settings
        self._now = now

    def issue(
        self,
        roles: Sequence[Role],
        subject: str,
        *,
        department: str | None = None,
        unit: str | None = None,
        items: Sequence[str] = (),
        lifetime: timedelta = timedelta(minutes=60),
    ) -> str:
        """A signed token."""
        now, known = int(self._now().timestamp()), self._settings
        claims: dict[str, Any] = {
            "iss": known.issuer,
            "aud": known.audience,
            "sub": subject,
            "iat": now,
            "nbf": now,
            "exp": now + int(lifetime.total_seconds()),
            "jti": uuid.uuid4().hex,
            known.roles_claim: [role.value for role in roles],
        }
        optional = {known.department_claim: department, known.unit_claim: unit, known.items_claim: list(items)}
        claims |= {name: value for name, value in optional.items() if value}
        return jwt.encode(claims, self._key, ALGORITHM, headers={"kid": self._key_id, "typ": "at+jwt"})

    def jwks(self) -> dict[str, Any]:
        """The public key (RFC 7517)."""
        told = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [told | {"kid": self._key_id, "use": "sig", "alg": ALGORITHM}]}

    def configuration(self) -> dict[str, Any]:
        """What discovery tells (OpenID Connect Discovery 1.0), as far as an issuer without a login page has it."""
        return {
            "issuer": self._settings.issuer,
            "jwks_uri": f"{self._settings.issuer}/.well-known/jwks.json",
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "response_types_supported": ["none"],
            "subject_types_supported": ["public"],
        }


def ensure_key(path: Path) -> None:
    """Make the issuer's key (0600) where there is none; one made before is never replaced."""
    if path.exists():
        return
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    fresh.replace(path)
