"""The bearer token at the door: let in, sent away with a challenge, forbidden, or asked to come again."""

from __future__ import annotations

from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI, Security
from starlette.requests import Request
from starlette.responses import Response

from infra.gateway.bearer import Bearer
from infra.gateway.problems import Refused
from infra.identity.tokens import KeysUnavailable, TokenRefused
from schemas.authority import Principal, Role
from schemas.texts import zh_door

GOOD = Principal(principal_id="s-1", roles=(Role.SUPERVISOR,))


async def verify(token: str) -> Principal:
    match token:
        case "good":
            return GOOD
        case "unreachable":
            raise KeysUnavailable
        case "two roles":
            raise TokenRefused("roles_incompatible", forbidden=True)
        case _:
            raise TokenRefused("expired_token")


bearer = Bearer(verify)


def application() -> FastAPI:
    app = FastAPI()

    @app.get("/me")
    async def me(principal: Annotated[Principal, Security(bearer)]) -> str:
        return principal.principal_id

    @app.exception_handler(Refused)
    async def refuse(_: Request, refused: Exception) -> Response:
        assert isinstance(refused, Refused)
        return refused.response()

    return app


async def ask(authorization: str | None) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application()), base_url="http://door") as http:
        return await http.get("/me", headers={} if authorization is None else {"authorization": authorization})


@pytest.mark.parametrize("authorization", ["Bearer good", "bearer  good "])
async def test_a_good_token_is_let_in(authorization: str) -> None:
    answer = await ask(authorization)
    assert (answer.status_code, answer.json()) == (200, "s-1")


@pytest.mark.parametrize(
    ("authorization", "status", "code"),
    [
        (None, 401, "no_token"),
        ("Basic good", 401, "no_token"),
        ("Bearer ", 401, "no_token"),
        ("Bearer old", 401, "expired_token"),
        ("Bearer two roles", 403, "roles_incompatible"),
        ("Bearer unreachable", 503, "keys_unavailable"),
    ],
)
async def test_everybody_else_is_told_why(authorization: str | None, status: int, code: str) -> None:
    answer = await ask(authorization)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"], answer.json()["title"]) == (status, code, zh_door.PROBLEMS[code])
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert ("retry-after" in answer.headers) == (status == 503)


def test_openapi_shows_a_jwt_bearer() -> None:
    told = application().openapi()
    scheme = told["components"]["securitySchemes"]["bearer"]
    assert (scheme["type"], scheme["scheme"], scheme["bearerFormat"]) == ("http", "bearer", "JWT")
    assert told["paths"]["/me"]["get"]["security"] == [{"bearer": []}]
