"""The codec server: who sees which payload, how much of it, and that each look is on record before the answer."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import asyncpg
import httpx
import pytest
from google.protobuf import json_format
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from temporalio.api.common.v1 import Payload, Payloads

from infra.gateway.bearer import Bearer
from infra.gateway.codec_server import LARGEST_BODY, create_app
from infra.gateway.guard import Guard
from infra.identity.access_record import AccessRecord, Entry, RecordUnavailable
from infra.identity.harvesting import HarvestWatch
from infra.identity.noting import Noting
from infra.identity.subject_keys import SubjectKeys
from infra.identity.tokens import TokenRefused
from infra.ledger.writer import PostgresLedger
from infra.settings import CodecServerSettings, HarvestSettings
from infra.temporal.codec import SealingCodec
from schemas.authority import Action, Principal, Role, Target, decide
from schemas.base import MASK
from tests.schemas.principals import principals, targets

CODEC = SealingCodec({"k1": bytes(32)}, "k1")
OURS, THEIRS = "11350526MB0000001C", "11350526MB0000002F"
SESSION = "s" * 40
ORIGIN = "http://127.0.0.1:8233"
PRINCIPALS = {
    "supervisor": Principal(principal_id="s-1", roles=(Role.SUPERVISOR,)),
    "auditor": Principal(principal_id="a-1", roles=(Role.AUDITOR,)),
    "department": Principal(principal_id="d-1", roles=(Role.DEPARTMENT,), department=OURS),
    "operator": Principal(principal_id="o-1", roles=(Role.OPERATOR,)),
    "clerk": Principal(principal_id="c-1", roles=(Role.CLERK,), department=OURS),
}
CASES = {
    number: Target(application_no=number, item_code="item_a", department=department)
    for number, department in (("A-1", OURS), ("A-2", THEIRS))
}
HOLDER = {"id_type": "414", "id_number": "E12345678"}


class Kept:
    """Stands in for the access record."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.down = False

    async def note(self, entry: Entry) -> None:
        self.entries.append(entry)

    async def written(self, entry: Entry) -> None:
        if self.down:
            raise RecordUnavailable
        self.entries.append(entry)

    def told(self) -> list[tuple[Any, ...]]:
        return [(e.principal and e.principal.principal_id, e.action, e.application_no, e.verdict) for e in self.entries]


async def verify(token: str) -> Principal:
    if token not in PRINCIPALS:
        raise TokenRefused("expired_token")
    return PRINCIPALS[token]


async def find(number: str) -> Target | None:
    assert number.isprintable(), "nothing that a database cannot take"
    return CASES.get(number)


@pytest.fixture
def kept() -> Kept:
    return Kept()


def client(kept: Any, *, local: bool = True) -> httpx.AsyncClient:
    told = CodecServerSettings(ui_origin=ORIGIN, local_session=SecretStr(SESSION) if local else None)
    guard = Guard(Noting(kept, HarvestWatch(HarvestSettings())))
    app = create_app(told, CODEC, Bearer(verify), guard, find)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://codec")


def about(number: str | None) -> dict[str, Any]:
    return {"holder": HOLDER} | ({} if number is None else {"application_no": number})


async def sealed(*values: Any) -> bytes:
    plain = [Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(value).encode()) for value in values]
    return json_format.MessageToJson(Payloads(payloads=await CODEC.encode(plain))).encode()


def opened(answer: httpx.Response) -> list[Any]:
    payloads = json_format.ParseDict(answer.json(), Payloads()).payloads
    return [
        "sealed" if payload.metadata["encoding"] == b"binary/encrypted" else json.loads(payload.data)
        for payload in payloads
    ]


async def ask(
    kept: Kept, who: str | None, body: bytes, path: str = "/decode", reason: str | None = None
) -> httpx.Response:
    headers = {"origin": ORIGIN} | ({} if who is None else {"authorization": f"Bearer {who}"})
    if reason is not None:
        headers["x-reason"] = quote(reason)
    async with client(kept) as http:
        return await http.post(path, content=body, headers=headers)


async def test_a_supervisor_sees_masked_and_is_on_record(kept: Kept) -> None:
    answer = await ask(kept, "supervisor", await sealed(about("A-1"), about("A-9"), about(None)))
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "E12345678" not in answer.text
    assert [value["holder"]["id_number"] for value in opened(answer)] == [MASK] * 3
    assert kept.told() == [("s-1", "decode", "A-1", "granted"), ("s-1", "decode", "A-9", "granted")]


async def test_a_payload_that_names_no_case_is_on_record_too(kept: Kept) -> None:
    assert (await ask(kept, "supervisor", await sealed("等 德化县公安局 核验"))).status_code == 200
    assert kept.told() == [("s-1", "decode", None, "granted")]


async def test_a_department_sees_its_own_cases_only(kept: Kept) -> None:
    answer = await ask(kept, "department", await sealed(about("A-1"), about("A-2"), about(None), about("A-9")))
    assert [value != "sealed" for value in opened(answer)] == [True, False, False, False]
    assert kept.told() == [
        ("d-1", "decode", "A-1", "granted"),
        ("d-1", "decode", "A-2", "hidden"),
        ("d-1", "decode", "A-9", "hidden"),
    ]
    for number in ("A-2", "A-9", None, "A-1\x00", "\ud800"):
        body = await sealed(about(number))
        hidden = await ask(kept, "department", body)
        assert (hidden.status_code, hidden.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("who", ["operator", "clerk"])
async def test_who_has_no_part_in_it_is_refused_before_anything_is_opened(kept: Kept, who: str) -> None:
    answer = await ask(kept, who, b"not even payloads")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_of_role")
    assert kept.told() == [(PRINCIPALS[who].principal_id, "decode", None, "refused")]


@pytest.mark.parametrize(("who", "code"), [(None, "no_token"), ("old", "expired_token")])
async def test_nobody_sees_anything_without_a_token(kept: Kept, who: str | None, code: str) -> None:
    answer = await ask(kept, who, await sealed(about("A-1")))
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer.headers["access-control-allow-origin"] == ORIGIN, "the UI can tell why"


async def test_unmasked_only_with_a_reason_and_the_right(kept: Kept) -> None:
    body = await sealed(about("A-1"))
    answer = await ask(kept, "auditor", body, reason="核查投诉 2026-17")
    assert opened(answer)[0]["holder"] == HOLDER
    assert kept.entries[-1].reason == "核查投诉 2026-17" and kept.entries[-1].action == "unmask"
    assert opened(await ask(kept, "department", body, reason="核对"))[0]["holder"] == HOLDER
    assert (await ask(kept, "supervisor", body, reason="想看")).status_code == 403
    for reason in ("", " ", "x" * 201):
        refused = await ask(kept, "auditor", body, reason=reason)
        assert (refused.status_code, refused.json()["code"]) == (422, "reason_unusable")


async def test_what_cannot_be_on_record_is_not_shown(kept: Kept) -> None:
    kept.down = True
    answer = await ask(kept, "supervisor", await sealed(about("A-1")))
    assert (answer.status_code, answer.json()["code"]) == (503, "record_unavailable")


async def test_the_ui_of_one_machine_is_let_in_by_its_secret_path_and_sees_masked(kept: Kept) -> None:
    body = await sealed(about("A-1"))
    answer = await ask(kept, None, body, path=f"/{SESSION}/decode?preserveStorageRefs=true")
    assert opened(answer)[0]["holder"]["id_number"] == MASK
    assert kept.told() == [("local-ui", "decode", "A-1", "granted")]
    assert (await ask(kept, None, body, path=f"/{'x' * 40}/decode")).status_code == 404
    assert (await ask(kept, None, body, path=f"/{SESSION}/decode", reason="想看")).status_code == 403
    async with client(kept, local=False) as http:
        assert (await http.post(f"/{SESSION}/decode", content=body)).status_code == 404


async def test_no_other_origin(kept: Kept) -> None:
    async with client(kept) as http:
        for origin in ("http://evil.example", "null", "http://127.0.0.1:8233.evil.example", "http://127.0.0.1:8234"):
            headers = {"origin": origin, "access-control-request-method": "POST"}
            asked = await http.options("/decode", headers=headers)
            assert asked.status_code == 400
            assert "access-control-allow-origin" not in asked.headers


async def test_it_never_seals(kept: Kept) -> None:
    assert (await ask(kept, "supervisor", b"{}", path="/encode")).status_code == 404
    assert (await ask(kept, None, b"{}", path=f"/{SESSION}/encode")).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"not json", 400), (b"", 400), (b"\xff", 400), (b"x" * (LARGEST_BODY + 1), 413)],
    ids=["garbage", "empty", "no text", "too large"],
)
async def test_bad_bodies_are_refused(kept: Kept, body: bytes, status: int) -> None:
    assert (await ask(kept, "supervisor", body)).status_code == status


async def test_a_database_that_is_away_is_tried_again_later() -> None:
    async def away(number: str) -> Target | None:
        raise FileNotFoundError(number)

    kept: Any = Kept()
    guard = Guard(Noting(kept, HarvestWatch(HarvestSettings())))
    app = create_app(CodecServerSettings(ui_origin=ORIGIN), CODEC, Bearer(verify), guard, away)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://codec") as http:
        headers = {"authorization": "Bearer department", "origin": ORIGIN}
        answer = await http.post("/decode", content=await sealed(about("A-1")), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (503, "not_now")
    assert answer.headers["access-control-allow-origin"] == ORIGIN


async def test_what_another_key_sealed_is_not_opened(kept: Kept) -> None:
    other = SealingCodec({"k2": bytes(range(32))}, "k2")
    body = json_format.MessageToJson(Payloads(payloads=await other.encode([Payload(data=b"1")])))
    answer = await ask(kept, "supervisor", body.encode())
    assert (answer.status_code, answer.json()["code"]) == (422, "cannot_decode")


@settings(deadline=None, max_examples=60)
@given(principals(), st.lists(targets(), min_size=1, max_size=4), st.booleans())
async def test_the_ui_shows_exactly_the_cases_that_the_rule_grants(
    principal: Principal, cases: list[Target], unmasked: bool
) -> None:
    numbered = {f"A-{n}": case.model_copy(update={"application_no": f"A-{n}"}) for n, case in enumerate(cases)}
    action = Action.UNMASK if unmasked else Action.DECODE

    async def who(token: str) -> Principal:
        return principal

    async def known(number: str) -> Target | None:
        return numbered.get(number)

    kept: Any = Kept()
    guard = Guard(Noting(kept, HarvestWatch(HarvestSettings())))
    app = create_app(CodecServerSettings(ui_origin=ORIGIN), CODEC, Bearer(who), guard, known)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://codec") as http:
        headers = {"authorization": "Bearer x"} | ({"x-reason": "audit"} if unmasked else {})
        answer = await http.post("/decode", content=await sealed(*map(about, numbered)), headers=headers)
    shown = [each != "sealed" for each in opened(answer)] if answer.status_code == 200 else [False] * len(cases)
    assert shown == [decide(principal, action, case).granted for case in numbered.values()]
    assert {e.application_no for e in kept.entries if e.verdict == "granted"} == {
        number for number, seen in zip(numbered, shown, strict=True) if seen
    }


async def test_what_is_decoded_and_unmasked_is_in_the_ledger_first(database: asyncpg.Pool) -> None:
    ledger = PostgresLedger(database, SubjectKeys(database, bytes(32)))
    async with AccessRecord(database, ledger, "codec") as record:
        real: Any = record
        assert (await ask(real, "auditor", await sealed(about("A-1"), about("A-2")))).status_code == 200
        assert (await ask(real, "auditor", await sealed(about("A-1")), reason="核对信访件")).status_code == 200
        assert (await ask(real, "operator", await sealed(about("A-1")))).status_code == 403
        rows = await database.fetch("SELECT canonical FROM ledger.event WHERE type = 'looks_recorded'")
    bodies = [json.loads(row["canonical"])["body"] for row in rows]
    looks = [look for body in bodies for look in body["looks"]]
    assert {body["door"] for body in bodies} == {"codec"}
    assert sorted((look["action"], look["who"], look["cases"][0], look["reason"] or "") for look in looks) == [
        ("decode", "a-1", "A-1", ""), ("decode", "a-1", "A-2", ""), ("unmask", "a-1", "A-1", "核对信访件"),
    ]  # fmt: skip
