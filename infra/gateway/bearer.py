"""Who is at the door: the bearer token of a request, verified; a FastAPI dependency that OpenAPI shows as one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.security.base import SecurityBase
from starlette.requests import Request

from infra.gateway.problems import Refused
from infra.identity.tokens import KeysUnavailable, TokenRefused
from schemas.authority import Principal

CHALLENGE = 'Bearer realm="mianzheng"'


class Verify(Protocol):
    """Verifies a token.  Raises TokenRefused, KeysUnavailable."""

    async def __call__(self, token: str) -> Principal:
        """Who it says its bearer is."""


class Admit(Protocol):
    """Whether a principal comes too often, or is kept out.  ``Admission`` is one."""

    async def __call__(self, principal: Principal) -> None:
        """Return when it may come in.  Raises Refused."""


class Bearer(SecurityBase):
    """``principal: Annotated[Principal, Security(bearer)]``, or ``await bearer(request)``.

    ``refused`` is told the code of every token that is not taken.  Raises Refused 401, 403, 429, 503.
    """

    def __init__(
        self, verify: Verify, admit: Admit | None = None, refused: Callable[[str], Awaitable[None]] | None = None
    ) -> None:
        self.model = HTTPBearerModel(bearerFormat="JWT", description="OIDC 访问令牌。OIDC access token.")
        self.scheme_name = "bearer"
        self._verify = verify
        self._admit = admit
        self._refused = refused

    async def __call__(self, request: Request) -> Principal:
        """Who is asking."""
        try:
            principal = await self._who(request)
        except Refused as refused:
            if self._refused is not None and refused.status != 503:
                await self._refused(refused.code)
            raise
        if self._admit is not None:
            await self._admit(principal)
        return principal

    async def _who(self, request: Request) -> Principal:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Refused(401, "no_token", headers={"WWW-Authenticate": CHALLENGE})
        try:
            return await self._verify(token.strip())
        except KeysUnavailable:
            raise Refused(503, "keys_unavailable", headers={"Retry-After": "5"}) from None
        except TokenRefused as refused:
            if refused.forbidden:
                raise Refused(403, refused.code) from None
            challenge = f'{CHALLENGE}, error="invalid_token", error_description="{refused.code}"'
            raise Refused(401, refused.code, headers={"WWW-Authenticate": challenge}) from None
