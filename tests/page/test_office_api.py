"""What the page asks the door for: to whom it is answered, and that each look is on record."""

from __future__ import annotations

from typing import Any

import pytest

from infra.audit import verify
from infra.audit.live import Proof
from infra.embedded.postgres import OWNER_ROLE, EmbeddedPostgres
from infra.identity.subject_keys import SubjectKeys
from infra.postgres.pool import open_pool
from schemas.authority import Action, Role
from tests.gateway.test_acts import JUSTICE
from tests.ledger.cases import MASTER_KEY, SPOUSE
from tests.page.office import DATABASE, DRIVEN, STRANGE, Office
from tests.workflows.waiting import eventually_async

pytestmark = pytest.mark.timeout(120)
PLACES = (f"/applications/{DRIVEN}/timeline", f"/applications/{DRIVEN}/proofs")


async def test_the_proofs_are_answered_and_hold(office: Office) -> None:
    auditor = office.door.callers.add("auditor-2", Role.AUDITOR)
    answer: dict[str, Any] = {}

    async def verdicts() -> set[str]:
        """Its routes may still be recording their end."""
        await office.sign()
        answer.update((await office.door.http.get(PLACES[1], headers=auditor)).json())
        found = {event["verdict"] for event in answer["events"]}
        assert Proof.BROKEN not in found
        return found - {Proof.PROVED} or {"all"}

    await eventually_async(verdicts, {"all"})
    head = answer["head"]
    assert (head["signature"], head["suite"]) == (Proof.PROVED, "sha256-ed25519")
    assert verify.read_key(head["key"]).signs(verify.read_note(head["note"])) == 0
    timeline = (await office.door.http.get(PLACES[0], headers=auditor)).json()
    shown = [entry["event_id"] for section in timeline["timeline"]["sections"] for entry in section["entries"]]
    assert timeline["sound"] and len(shown) == len(set(shown))
    assert set(shown) >= {event["event_id"] for event in answer["events"]}, "nothing is left out"


async def test_each_look_is_on_record(office: Office) -> None:
    auditor = office.door.callers.add("auditor-3", Role.AUDITOR)
    office.door.noted.looks.clear()
    for place in (*PLACES, "/office/choices"):
        assert (await office.door.http.get(place, headers=auditor)).status_code == 200
    looks = [(who, action, number, verdict.granted) for who, action, number, verdict in office.door.noted.looks]
    assert looks == [
        ("auditor-3", Action.TRAIL, DRIVEN, True),
        ("auditor-3", Action.TRAIL, DRIVEN, True),
        ("auditor-3", Action.LIST, None, True),
    ]


async def test_who_may_not_see_the_trail_sees_neither(office: Office) -> None:
    clerk = office.door.callers.add("clerk-8", Role.CLERK, department=JUSTICE)
    stranger = office.door.callers.add("tax-8", Role.DEPARTMENT, department="11350526MB0000005Q")
    auditor = office.door.callers.add("auditor-4", Role.AUDITOR)
    for place in PLACES:
        assert (await office.door.http.get(place)).status_code == 401
        assert (await office.door.http.get(place, headers=clerk)).status_code == 403
        hidden = await office.door.http.get(place, headers=stranger)
        missing = await office.door.http.get(place.replace(DRIVEN, "NOT-THERE"), headers=auditor)
        assert hidden.status_code == missing.status_code == 404 and hidden.json() == missing.json()
    operator = office.door.callers.add("op-8", Role.OPERATOR)
    assert (await office.door.http.get("/office/choices", headers=operator)).status_code == 403


async def test_a_person_who_was_erased_is_said_to_be_and_every_proof_stands(
    office: Office, postgres: EmbeddedPostgres
) -> None:
    auditor = office.door.callers.add("auditor-5", Role.AUDITOR)
    place = f"/applications/{STRANGE}"

    async def values() -> list[tuple[int, int]]:
        answer = (await office.door.http.get(f"{place}/timeline", headers=auditor)).json()
        entries = [entry for section in answer["timeline"]["sections"] for entry in section["entries"]]
        return [(entry["masked"], entry["erased"]) for entry in entries if entry["masked"]]

    assert await values() == [(9, 0)]
    async with await open_pool(postgres.dsn(OWNER_ROLE, DATABASE), 1) as owner:
        assert await SubjectKeys(owner, MASTER_KEY).destroy([SPOUSE]) == 1
    assert await values() == [(9, 3)]
    proofs = (await office.door.http.get(f"{place}/proofs", headers=auditor)).json()
    assert {event["verdict"] for event in proofs["events"]} == {Proof.PROVED}
