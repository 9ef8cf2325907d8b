"""Tokens: what is genuine, of now and for us is let in; everything else is refused by name."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from pydantic import ValidationError
from stdnum.cn import ric

from infra.identity.issuer import ensure_key
from infra.identity.issuer_keys import KeysUnavailable
from infra.identity.tokens import LARGEST_TOKEN, TokenRefused
from infra.settings import OidcSettings
from schemas.authority import Role
from tests.identity.issuing import ISSUER, JWKS, NOW, OUR_DEPARTMENT, World, world

PERSON = "35052619900101001" + ric.calc_check_digit("35052619900101001?")
SECONDS = timedelta(seconds=1)


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    yield from world(tmp_path, monkeypatch)


async def refused(there: World, token: str) -> TokenRefused:
    with pytest.raises(TokenRefused) as caught:
        await there.verify(token)
    return caught.value


async def test_a_good_token_says_who_it_is(there: World) -> None:
    token = there.issuer.issue(
        [Role.CLERK, Role.TOWNSHIP], "clerk-7", department=OUR_DEPARTMENT, unit="窗口股", items=["item_a"]
    )
    principal = await there.verify(token)
    assert principal.principal_id == "clerk-7"
    assert set(principal.roles) == {Role.CLERK, Role.TOWNSHIP}
    assert (principal.department, principal.unit, principal.items) == (OUR_DEPARTMENT, "窗口股", ("item_a",))
    assert (principal.issuer, principal.expires_at) == (ISSUER, NOW + timedelta(minutes=60))


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"exp": NOW - 31 * SECONDS}, "expired_token"),
        ({"nbf": NOW + 31 * SECONDS}, "token_not_yet_valid"),
        ({"iat": NOW + 31 * SECONDS}, "token_not_yet_valid"),
        ({"exp": None}, "bad_token"),
        ({"nbf": None}, "bad_token"),
        ({"iat": None}, "bad_token"),
        ({"sub": None}, "bad_token"),
        ({"iss": None}, "bad_token"),
        ({"aud": None}, "bad_token"),
        ({"iss": "https://other.example"}, "wrong_issuer"),
        ({"aud": "another system"}, "wrong_audience"),
        ({"exp": "soon"}, "bad_token"),
    ],
    ids=str,
)
async def test_what_is_not_of_now_or_not_for_us_is_refused(there: World, changed: dict[str, Any], code: str) -> None:
    caught = await refused(there, there.signed(**changed))
    assert (caught.code, caught.forbidden) == (code, False)


@pytest.mark.parametrize(
    "changed", [{"exp": NOW - 29 * SECONDS}, {"nbf": NOW + 29 * SECONDS}, {"iat": NOW + 29 * SECONDS}], ids=str
)
async def test_clocks_may_differ_by_the_leeway(there: World, changed: dict[str, Any]) -> None:
    assert (await there.verify(there.signed(**changed))).principal_id == "clerk-7"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"roles": None}, "roles_missing"),
        ({"roles": ["emperor"]}, "roles_missing"),
        ({"roles": {"clerk": True}}, "roles_missing"),
        ({"roles": ["auditor", "operator"]}, "roles_incompatible"),
        ({"department": None}, "department_missing"),
        ({"department": "11350526MB0000002X"}, "claims_unusable"),
        ({"department": 7}, "claims_unusable"),
        ({"sub": PERSON}, "claims_unusable"),
        ({"sub": "王 某"}, "claims_unusable"),
        ({"items": ["not an item!"]}, "claims_unusable"),
    ],
    ids=str,
)
async def test_what_is_genuine_but_cannot_be_let_in_is_forbidden(
    there: World, changed: dict[str, Any], code: str
) -> None:
    caught = await refused(there, there.signed(**changed))
    assert (caught.code, caught.forbidden) == (code, True)


async def test_roles_may_come_as_one_text_or_down_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for there in world(tmp_path, monkeypatch, roles_claim="realm_access.roles", require_nbf=False):
        token = there.signed(roles=None, realm_access={"roles": "clerk other"}, nbf=None)
        assert (await there.verify(token)).roles == (Role.CLERK,)


def unsigned(header: dict[str, Any], signature: bytes = b"") -> str:
    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    claims = {"iss": ISSUER, "aud": "mianzheng", "sub": "x", "exp": 4102444800, "roles": ["auditor"]}
    return ".".join((part(json.dumps(header).encode()), part(json.dumps(claims).encode()), part(signature)))


async def test_no_signature_and_shared_secrets_are_refused(there: World) -> None:
    kid = there.issuer._key_id
    assert (await refused(there, unsigned({"alg": "none", "kid": kid}))).code == "algorithm_refused"
    assert (await refused(there, unsigned({"alg": "NONE", "kid": kid}))).code == "algorithm_refused"
    assert (await refused(there, unsigned({"alg": "HS256", "kid": kid}, b"x" * 32))).code == "algorithm_refused"
    assert (await refused(there, unsigned({"alg": "RS256", "kid": kid}))).code == "algorithm_refused"
    assert (await refused(there, unsigned({"alg": "ES256", "kid": kid}, b"x" * 64))).code == "bad_token"
    assert (await refused(there, unsigned({"alg": "ES256"}))).code == "bad_token"
    assert (await refused(there, unsigned({"alg": "ES256", "kid": kid, "typ": "logout+jwt"}))).code == "bad_token"


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é.é.é", "x" * (LARGEST_TOKEN + 1)], ids=len)
async def test_garbage_is_refused_without_asking_the_issuer(there: World, token: str) -> None:
    assert (await refused(there, token)).code == "bad_token"
    assert there.fetched == []


async def test_a_forger_with_the_same_key_id_is_refused(there: World) -> None:
    forger = there.another_issuer("forger")
    forger._key_id = there.issuer._key_id
    assert (await refused(there, forger.issue([Role.AUDITOR], "x"))).code == "bad_token"


async def test_a_new_key_is_fetched_and_unknown_ones_cost_the_issuer_nothing(there: World) -> None:
    await there.verify(there.signed())
    await there.verify(there.signed())
    assert there.fetched == [JWKS]
    there.issuer = there.another_issuer("second")
    there.documents[JWKS] = there.issuer.jwks()
    for _ in range(3):
        assert (await refused(there, there.signed())).code == "unknown_key"
    assert there.fetched == [JWKS], "within the pause"
    there.ticks += 10
    await there.verify(there.signed())
    assert there.fetched == [JWKS, JWKS]


async def test_a_key_that_was_taken_back_is_refused_when_its_time_is_over(there: World) -> None:
    old = there.signed()
    await there.verify(old)
    there.documents[JWKS] = there.another_issuer("second").jwks()
    there.ticks += 901
    assert (await refused(there, old)).code == "unknown_key"


async def test_an_issuer_out_of_reach_is_nobodys_fault(there: World) -> None:
    there.down = True
    for _ in range(3):
        with pytest.raises(KeysUnavailable):
            await there.verify(there.signed())
    assert len(there.fetched) == 1
    there.down = False
    there.ticks += 10
    await there.verify(there.signed())
    there.down = True
    there.ticks += 3600
    await there.verify(there.signed())
    there.ticks += 24 * 3600
    with pytest.raises(KeysUnavailable):
        await there.verify(there.signed())


@pytest.mark.parametrize("answer", [[], {}, {"keys": None}, {"keys": [7]}], ids=str)
async def test_keys_that_cannot_be_read_are_no_keys(there: World, answer: Any) -> None:
    there.documents[JWKS] = answer
    with pytest.raises(KeysUnavailable):
        await there.verify(there.signed())


async def test_weak_symmetric_and_encryption_keys_are_passed_over(there: World) -> None:
    weak = rsa.generate_private_key(65537, 1024)
    secret = {"kty": "oct", "kid": "secret", "k": "c2VjcmV0", "alg": "HS256"}
    small = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(weak.public_key())) | {"kid": "small", "alg": "RS256"}
    sealing = there.issuer.jwks()["keys"][0] | {"use": "enc", "kid": "sealing"}
    there.documents[JWKS] = {"keys": [secret, small, sealing, *there.issuer.jwks()["keys"]]}
    assert [await there.keys.get(kid) for kid in ("secret", "small", "sealing")] == [None, None, None]
    await there.verify(there.signed())


@pytest.mark.parametrize("algorithm", ["RS256", "EdDSA"])
async def test_the_other_algorithms(there: World, algorithm: str) -> None:
    key = rsa.generate_private_key(65537, 2048) if algorithm == "RS256" else ed25519.Ed25519PrivateKey.generate()
    told: Any = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key())
    there.documents[JWKS] = {"keys": [json.loads(told) | {"kid": "k"}]}
    claims = jwt.decode(there.signed(), options={"verify_signature": False})
    assert (await there.verify(jwt.encode(claims, key, algorithm, headers={"kid": "k"}))).principal_id == "clerk-7"


async def test_discovery_leads_to_the_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for there in world(tmp_path, monkeypatch, jwks_uri=None):
        place = f"{ISSUER}/.well-known/openid-configuration"
        there.documents[place] = there.issuer.configuration()
        there.documents[f"{ISSUER}/.well-known/jwks.json"] = there.issuer.jwks()
        await there.verify(there.signed())
        assert there.fetched == [place, f"{ISSUER}/.well-known/jwks.json"]


@pytest.mark.parametrize("changed", [{"issuer": "https://evil.example"}, {"jwks_uri": "http://evil.example/keys"}])
async def test_discovery_of_another_or_over_plain_http_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: dict[str, str]
) -> None:
    for there in world(tmp_path, monkeypatch, jwks_uri=None):
        there.documents[f"{ISSUER}/.well-known/openid-configuration"] = there.issuer.configuration() | changed
        with pytest.raises(KeysUnavailable):
            await there.verify(there.signed())


def test_the_issuers_key_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    ensure_key(path)
    first = path.read_bytes()
    ensure_key(path)
    assert path.read_bytes() == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "told",
    [
        {"issuer": "http://id.example"},
        {"issuer": "ftp://127.0.0.1"},
        {"issuer": ISSUER, "jwks_uri": "http://id.example/keys"},
        {"issuer": ISSUER, "algorithms": ["HS256"]},
        {"issuer": ISSUER, "algorithms": []},
        {"issuer": ISSUER, "leeway_seconds": 61},
    ],
    ids=str,
)
def test_settings_that_would_let_anybody_in_are_refused(told: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        OidcSettings.model_validate(told)
