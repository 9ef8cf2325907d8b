"""For the auditor: what of a person was used; every look through the door is in it, and in the ledger."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.identity.access_record import AccessRecord
from infra.identity.harvesting import HarvestWatch
from infra.identity.noting import Noting
from infra.identity.pseudonyms import HmacPseudonyms
from infra.identity.subject_keys import SubjectKeys
from infra.ledger import feed, sequencer
from infra.ledger.writer import PostgresLedger
from infra.settings import HarvestSettings
from infra.uses import projection as uses
from schemas.authority import Role
from tests.gateway.doors import Door, body_of


@asynccontextmanager
async def recording(door: Door) -> AsyncIterator[AccessRecord]:
    """The door with its real access record in place of the test's."""
    pool = door.stack.pool
    ledger = PostgresLedger(pool, SubjectKeys(pool, door.stack.settings.identity.master_key_bytes))
    async with AccessRecord(pool, ledger, "gateway") as record:
        door.behind.guard._note = Noting(record, HarvestWatch(HarvestSettings(misses=3)))
        yield record


async def caught_up(door: Door) -> None:
    await sequencer.sequence(door.stack.pool)
    async with door.stack.pool.acquire() as connection:
        while await feed.advance(connection, uses.NAME, uses.apply):
            pass


async def logged(door: Door) -> list[tuple[str, str, list[str]]]:
    rows = await door.stack.pool.fetch("SELECT canonical FROM ledger.event WHERE type = 'looks_recorded'")
    looks = [look for row in rows for look in json.loads(row["canonical"])["body"]["looks"]]
    return sorted((look["action"], look["who"], look["cases"]) for look in looks)


async def test_what_was_used_of_a_person_answers_at_one_request(door: Door) -> None:
    request, other = door.applications(2, 51)
    auditor = door.callers.add("auditor-1", Role.AUDITOR)
    clerk = door.callers.add("clerk-1", Role.CLERK, department="11350526MB0000002F")
    async with recording(door):
        for each in (request, other):
            system = door.system_of(each)
            ended = await door.http.post("/applications", json=body_of(each), headers=system | {"Prefer": "wait=30"})
            assert ended.json()["ended"], ended.text
        await door.caught_up()
        at, no = f"/applications/{request.application_no}", request.application_no
        assert (await door.http.get(f"{at}/trail", headers=auditor)).status_code == 200
        assert (await door.http.get(f"{at}/explain", headers=auditor)).status_code == 200
        found = await door.http.get("/applications", params={"number": no}, headers=auditor)
        assert [a["application_no"] for a in found.json()["applications"]] == [no]
        assert (await door.http.get("/applications", headers=auditor)).status_code == 200, "a list is no search"

        person = request.parties[0]
        pepper = door.stack.settings.identity.pepper_bytes
        ref = HmacPseudonyms(pepper).subject_ref(person.id_type, person.id_number)
        refused = await door.http.get(f"/subjects/{ref}/uses", headers=clerk)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_of_role")
        await caught_up(door)
        answer = (await door.http.get(f"/subjects/{ref}/uses", headers=auditor)).json()
        assert {use["application_no"] for use in answer["uses"]} == {no}
        kinds = {use["kind"] for use in answer["uses"]}
        assert kinds >= {"taken_in", "lookup", "trail", "explain", "search"}
        assert all(use["purpose"] == request.purpose for use in answer["uses"])
        assert answer["read_up_to"] == await feed.head(door.stack.pool)
        assert person.id_number not in json.dumps(answer) and person.name not in json.dumps(answer, ensure_ascii=False)

        await caught_up(door)
        first = (await door.http.get(f"/subjects/{ref}/uses", params={"limit": 1}, headers=auditor)).json()
        [use] = first["uses"]
        assert (use["kind"], use["who"], use["application_no"]) == ("access_record", "auditor-1", None)
        again = await door.http.get(f"/subjects/{ref}/uses", params={"cursor": first["next"]}, headers=auditor)
        assert again.json()["uses"] == answer["uses"]
        assert (await door.http.get(f"/subjects/{ref}/uses?cursor=x", headers=auditor)).json()["code"] == "bad_cursor"
        assert (await door.http.get("/subjects/350526/uses", headers=auditor)).status_code == 422
    looks = await logged(door)
    assert [look for look in looks if look[0] != "access_record"] == [
        ("explain", "auditor-1", [no]), ("search", "auditor-1", [no]), ("trail", "auditor-1", [no]),
    ]  # fmt: skip
    assert {who for _, who, _ in looks} == {"auditor-1"}, "what was refused saw nothing"


async def test_the_access_record_by_who_case_period_and_alarm(door: Door) -> None:
    auditor = door.callers.add("auditor-1", Role.AUDITOR)
    clerk = door.callers.add("clerk-1", Role.CLERK, department="11350526MB0000002F")
    began = datetime.now(UTC) - timedelta(seconds=1)

    async def asked(**params: Any) -> list[dict[str, Any]]:
        answer = await door.http.get("/access-record", params=params, headers=auditor)
        assert answer.status_code == 200, answer.text
        entries: list[dict[str, Any]] = answer.json()["entries"]
        return entries

    async with recording(door) as record:
        for n in range(4):
            await door.http.get(f"/applications/none-{n}", headers=clerk)
        await record._queue.join()
        assert (await door.http.get("/access-record", headers=clerk)).status_code == 403
        assert {e["principal_id"] for e in await asked(who="clerk-1")} == {"clerk-1"}
        assert [e["verdict"] for e in await asked(application_no="none-2")] == ["hidden"]
        [alarm] = await asked(alarms=True)
        assert (alarm["kind"], alarm["code"], alarm["principal_id"]) == ("alarm", "many_misses", "clerk-1")
        assert not await asked(to=began.isoformat())
        whole = await asked(**{"from": began.isoformat()})
        assert len([e for e in whole if e["principal_id"] == "clerk-1"]) >= 5
        pages, cursor = [], None
        while True:
            params: dict[str, Any] = {"limit": 2, "who": "clerk-1"} | ({"cursor": cursor} if cursor else {})
            page = (await door.http.get("/access-record", params=params, headers=auditor)).json()
            pages += page["entries"]
            if (cursor := page["next"]) is None:
                break
        assert pages == await asked(who="clerk-1")
