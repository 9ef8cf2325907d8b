"""Mandates over HTTP and in the database: one's own department's, revocable at once, checked on every act."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from infra.gateway.bearer import Bearer
from infra.gateway.guard import Guard
from infra.gateway.mandates import ActingFor, mandate_router
from infra.gateway.problems import Refused
from infra.identity.mandates import Mandates
from infra.identity.pseudonyms import HmacPseudonyms
from schemas.application import Act
from schemas.authority import Action, Principal, Role, Verdict
from schemas.codes import ActorKind, HolderCodeType
from schemas.mandate import Holder, OnBehalf

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OURS, THEIRS = "11350526MB0000001C", "11350526MB0000002F"
PARTY, AGENT = "E12345678", "E87654321"
PSEUDONYMS = HmacPseudonyms(bytes(32))
PRINCIPALS = {
    "clerk": Principal(principal_id="c-1", roles=(Role.CLERK,), department=OURS),
    "stranger": Principal(principal_id="c-2", roles=(Role.CLERK,), department=THEIRS),
    "supervisor": Principal(principal_id="s-1", roles=(Role.SUPERVISOR,)),
}
MANDATE: dict[str, Any] = {
    "party": {"id_type": "414", "id_number": PARTY},
    "representative": {"id_type": "414", "id_number": AGENT},
    "acts": ["withdraw"],
    "assurance": "substantial",
    "valid_from": "2026-03-01T00:00:00+08:00",
    "valid_until": "2026-04-01T00:00:00+08:00",
    "document_digest": "a" * 64,
}


async def verify(token: str) -> Principal:
    return PRINCIPALS[token]


async def note(
    principal: Principal,
    action: Action,
    application_no: str | None,
    verdict: Verdict,
    reason: str | None = None,
    **_: object,
) -> None:
    assert action is Action.MANDATE


@pytest.fixture
def mandates(database: asyncpg.Pool) -> Mandates:
    return Mandates(database)


@pytest.fixture
async def http(mandates: Mandates) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(mandate_router(Bearer(verify), Guard(note), mandates, PSEUDONYMS, lambda: NOW))

    @app.exception_handler(Refused)
    async def refuse(_: Request, refused: Exception) -> Response:
        assert isinstance(refused, Refused)
        return refused.response()

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door") as client:
        yield client


def by(who: str) -> dict[str, str]:
    return {"authorization": f"Bearer {who}"}


async def registered(http: httpx.AsyncClient) -> str:
    answer = await http.post("/mandates", json=MANDATE, headers=by("clerk"))
    assert answer.status_code == 201, answer.text
    assert PARTY not in answer.text and AGENT not in answer.text
    mandate_id: str = answer.json()["mandate_id"]
    return mandate_id


def acting(mandates: Mandates, mandate_id: str, act: Act = Act.WITHDRAW, agent: str = AGENT) -> Any:
    on_behalf = OnBehalf(mandate_id=mandate_id, representative=Holder(id_type=HolderCodeType.PASSPORT, id_number=agent))
    party_ref = PSEUDONYMS.subject_ref(HolderCodeType.PASSPORT, PARTY)
    acting_for = ActingFor(mandates, PSEUDONYMS, lambda: NOW)
    return acting_for(PRINCIPALS["clerk"], on_behalf, party_ref, act, "item_a", "A-1")


async def test_registered_used_and_taken_back(http: httpx.AsyncClient, mandates: Mandates) -> None:
    mandate_id = await registered(http)
    actor = await acting(mandates, mandate_id)
    assert (actor.kind, actor.actor_id, actor.department) == (ActorKind.REPRESENTATIVE, mandate_id, OURS)
    for _ in range(2):
        taken = await http.post(f"/mandates/{mandate_id}/revoke", json={"reason": "委托人要求"}, headers=by("clerk"))
        assert taken.status_code == 200
        assert taken.json()["revoked_at"] is not None
    with pytest.raises(Refused) as refused:
        await acting(mandates, mandate_id)
    assert (refused.value.status, [e.code for e in refused.value.errors]) == (403, ["mandate_revoked"])


async def test_another_representative_or_act_is_refused(http: httpx.AsyncClient, mandates: Mandates) -> None:
    mandate_id = await registered(http)
    for attempt, code in (
        (acting(mandates, mandate_id, agent="E00000000"), "mandate_unknown"),
        (acting(mandates, mandate_id, act=Act.CHOOSE), "mandate_not_for_act"),
        (acting(mandates, "m_unknown"), "mandate_unknown"),
    ):
        with pytest.raises(Refused) as refused:
            await attempt
        assert [e.code for e in refused.value.errors] == [code]


async def test_to_other_departments_it_does_not_exist(http: httpx.AsyncClient) -> None:
    mandate_id = await registered(http)
    seen = await http.get(f"/mandates/{mandate_id}", headers=by("clerk"))
    assert seen.json()["registered_by"] == {"kind": "clerk", "actor_id": "c-1", "department": OURS}
    hidden = await http.get(f"/mandates/{mandate_id}", headers=by("stranger"))
    missing = await http.get("/mandates/m_unknown", headers=by("stranger"))
    assert (hidden.status_code, hidden.content) == (404, missing.content)
    revoked = await http.post(f"/mandates/{mandate_id}/revoke", json={"reason": "x"}, headers=by("stranger"))
    assert revoked.status_code == 404
    assert (await http.post("/mandates", json=MANDATE, headers=by("supervisor"))).status_code == 403


async def test_what_cannot_be_a_mandate_is_refused_by_field(http: httpx.AsyncClient) -> None:
    answer = await http.post("/mandates", json=MANDATE | {"acts": ["sign_commitment"]}, headers=by("clerk"))
    assert answer.status_code == 422
    assert "不得由代理人代为" in answer.text


async def test_rows_are_never_changed_and_hold_no_number(
    http: httpx.AsyncClient, database: asyncpg.Pool, owner: asyncpg.Pool
) -> None:
    await registered(http)
    row = await database.fetchrow("SELECT * FROM identity.mandate")
    assert PARTY not in str(row) and AGENT not in str(row)
    for statement in ("UPDATE identity.mandate SET content = ''", "DELETE FROM identity.mandate"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await database.execute(statement)
        with pytest.raises(asyncpg.PostgresError, match="append-only"):
            await owner.execute(statement)
