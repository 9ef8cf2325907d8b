"""What the embedded stack's issuer tells: its configuration and its public key.  Nothing here gives tokens."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from infra.identity.issuer import TokenIssuer


def issuer_routes(issuer: TokenIssuer) -> list[Route]:
    """Routes for any Starlette or FastAPI application: ``app.router.routes.extend(issuer_routes(issuer))``."""

    async def configuration(_: Request) -> JSONResponse:
        return JSONResponse(issuer.configuration())

    async def jwks(_: Request) -> JSONResponse:
        return JSONResponse(issuer.jwks())

    return [
        Route("/.well-known/openid-configuration", configuration, include_in_schema=False),
        Route("/.well-known/jwks.json", jwks, include_in_schema=False),
    ]
