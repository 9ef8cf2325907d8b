"""mianzheng token: for the embedded stack, and only for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from typer.testing import Result

from infra.embedded.settings_file import read, write
from infra.gateway.issuer import issuer_routes
from infra.identity.issuer import TokenIssuer, ensure_key
from infra.identity.issuer_keys import IssuerKeys
from infra.identity.tokens import TokenVerifier
from infra.settings import Settings
from schemas.authority import Role
from tests.cli.program import write_settings

Invoke = Callable[..., Result]
DEPARTMENT = "11350526MB0000002F"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    write_settings(tmp_path, None, "postgresql:///nowhere")
    ensure_key(tmp_path / "issuer-key.pem")
    return tmp_path


async def test_its_token_is_taken_where_its_issuer_is_asked(
    invoke: Invoke, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("token", "clerk", "--department", DEPARTMENT, "--item", "item_a", "--subject", "c-1")
    result = invoke(*asked, "--state-dir", str(state), "--json")
    assert result.exit_code == 0, result.stderr
    monkeypatch.setenv("MIANZHENG_CONFIG", str(state / "settings.toml"))
    oidc = Settings().oidc
    assert oidc is not None and oidc.issuer_key_path is not None
    app = Starlette(routes=list(issuer_routes(TokenIssuer(oidc, oidc.issuer_key_path))))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as http:
        discovered = await http.get(f"{oidc.issuer}/.well-known/openid-configuration")
        assert (discovered.json()["issuer"], discovered.json()["jwks_uri"]) == (oidc.issuer, oidc.jwks_uri)
        principal = await TokenVerifier(oidc, IssuerKeys(oidc, http))(json.loads(result.stdout)["token"])
    assert (principal.principal_id, principal.roles, principal.items) == ("c-1", (Role.CLERK,), ("item_a",))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("clerk",), "须写明所属部门"),
        (("auditor", "operator"), "不得由同一人兼任"),
        (("department", "--department", "x"), "department"),
    ],
)
def test_what_no_token_may_say_is_refused(invoke: Invoke, state: Path, asked: tuple[str, ...], said: str) -> None:
    result = invoke("token", *asked, "--state-dir", str(state))
    assert (result.exit_code, said in result.stderr) == (2, True)


def test_no_token_where_the_issuer_is_another(invoke: Invoke, state: Path) -> None:
    settings = read(state / "settings.toml")
    settings["oidc"] = {"issuer": "https://id.example"}
    write(state / "settings.toml", settings)
    result = invoke("token", "supervisor", "--state-dir", str(state))
    assert result.exit_code == 2
    assert "没有签发密钥" in result.stderr
    assert result.stdout == ""
