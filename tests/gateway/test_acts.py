"""Acts of people at the door: on the case and on its long routes, by the token's word, refused on record."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.gateway.callbacks import CallbackState
from infra.gateway.delivery import TemporalDelivery
from infra.gateway.inbox import Inbox
from schemas.authority import Role
from schemas.codes import Platform
from schemas.collaboration_exchange import CollaborationCallback
from schemas.mandate import Assurance
from tests.gateway.doors import Door
from tests.workflows.waiting import eventually_async

JUSTICE = "11350526MB0000001C"
CIVIL_AFFAIRS = "11350526MB0000003J"
LEGAL_AID = "11350526MB0000001C4000512003001"
RESIDENCE = "11350526MB0000002F4000709003001"
PERSON = {"id_type": "111", "id_number": "350526199001010019"}
AGENT = {"id_type": "111", "id_number": "35052619880505002X"}
NOW = datetime.now(UTC)


def legal_aid(number: str) -> dict[str, Any]:
    """The application of the case."""
    party = {"party_id": "p1", "role": "applicant", "kind": "living", "name": "测试甲"} | PERSON
    return {"application_no": number, "item_code": LEGAL_AID, "parties": [party], "purpose": "申请法律援助"}


async def waiting(door: Door) -> dict[str, str]:
    """A case of legal aid (``door.case``) that waits for people; the headers of its window."""
    door.case = f"ACT-{uuid.uuid4().hex[:8]}"
    window = door.callers.add("clerk-1", Role.CLERK, department=JUSTICE)
    answer = await door.http.post("/applications", json=legal_aid(door.case), headers=window | {"Prefer": "wait=30"})
    assert answer.status_code == 200, answer.text
    assert not answer.json()["ended"]
    return window


async def verification_of(door: Door, headers: dict[str, str], name: str = "低保证") -> str:
    """The stream of the verification that somebody has to answer."""
    found: list[str] = []

    async def look() -> set[str]:
        await door.caught_up()
        seen = (await door.http.get(f"/applications/{door.case}", headers=headers)).json()
        found[:] = [w["stream"] for r in seen["requirements"] for w in r["waiting"] if name in w["task"]]
        return {"there"} if found else set()

    await eventually_async(look, {"there"})
    return found[0]


def reply(**changed: Any) -> dict[str, Any]:
    return {"command_id": "r-1", "verdict": "confirmed", "answered_at": NOW.isoformat()} | changed


async def test_a_department_that_was_asked_answers_and_the_case_goes_on(county: Door) -> None:
    window = await waiting(county)
    stream = await verification_of(county, window)
    asked = county.callers.add("civil-7", Role.DEPARTMENT, department=CIVIL_AFFAIRS)
    answer = await county.http.post(f"/routes/{stream}/reply", json=reply(), headers=asked)
    assert answer.status_code == 200, answer.text
    assert answer.json()["position"]["stream"] == stream
    again = await county.http.post(f"/routes/{stream}/reply", json=reply(), headers=asked)
    assert again.json() == answer.json()

    async def settled() -> set[str]:
        seen = (await county.http.get(f"/applications/{county.case}", headers=window)).json()
        return {r["requirement"] for r in seen["requirements"] if r["status"]["code"] == "settled"}

    await eventually_async(settled, {"legal_aid_hardship/p1"})


async def test_who_was_not_asked_learns_nothing_and_who_asks_does_not_answer(county: Door) -> None:
    window = await waiting(county)
    stream = await verification_of(county, window)
    stranger = county.callers.add("tax-1", Role.DEPARTMENT, department="11350526MB0000005Q")
    nothing = await county.http.post(f"/routes/{stream}/reply", json=reply(), headers=stranger)
    nowhere = await county.http.post("/routes/verification/NO-1/x/reply", json=reply(), headers=stranger)
    assert nothing.status_code == nowhere.status_code == 404 and nothing.json() == nowhere.json()
    own = county.callers.add("justice-7", Role.DEPARTMENT, department=JUSTICE)
    refused = await county.http.post(f"/routes/{stream}/reply", json=reply(command_id="r-2"), headers=own)
    assert (refused.status_code, refused.json()["code"]) == (409, "act_refused")
    kept = await county.stack.pool.fetchval(
        "SELECT count(*) FROM ledger.event WHERE stream = $1 AND type = 'act_refused'", stream
    )
    assert kept == 1, "on record"
    clerk = await county.http.post(f"/routes/{stream}/reply", json=reply(), headers=window)
    assert (clerk.status_code, clerk.json()["code"]) == (403, "not_of_role")


async def test_acts_of_the_window_and_of_the_department(county: Door) -> None:
    window = await waiting(county)
    base = f"/applications/{county.case}"
    chosen = {"requirement_code": "legal_aid_hardship", "party_id": "p1", "route": "paper_first", "wanted": True}
    answer = await county.http.post(f"{base}/choices", json={"command_id": "c-1", "choice": chosen}, headers=window)
    assert answer.status_code == 200, answer.text
    other = {"command_id": "c-1", "choice": chosen | {"wanted": False}}
    reused = await county.http.post(f"{base}/choices", json=other, headers=window)
    assert [e["code"] for e in reused.json()["errors"]] == ["command_id_reused"]
    supervisor = county.callers.add("sup-1", Role.SUPERVISOR)
    assert (await county.http.get(base, headers=supervisor)).status_code == 200
    refused = await county.http.post(f"{base}/acceptance", json={"command_id": "a-1"}, headers=supervisor)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_of_role")
    operator = county.callers.add("op-1", Role.OPERATOR)
    assert (await county.http.get(base, headers=operator)).status_code == 403
    both = county.callers.add("x-1", Role.CLERK, Role.DEPARTMENT, department=JUSTICE)
    unclear = await county.http.post(f"{base}/acceptance", json={"command_id": "a-1"}, headers=both)
    assert (unclear.status_code, unclear.json()["code"]) == (403, "role_unclear")


async def test_a_number_gives_nobody_the_first_answer_of_anothers_case(county: Door) -> None:
    window = await waiting(county)
    prefer = {"Prefer": "wait=30"}
    other = legal_aid(county.case) | {"purpose": "另一用途"}
    differs = await county.http.post("/applications", json=other, headers=window | prefer)
    assert (differs.status_code, [e["field"] for e in differs.json()["errors"]]) == (409, ["purpose"])
    stranger = county.callers.add("police-1", Role.CLERK, department=RESIDENCE[:18])
    guess = legal_aid(county.case) | {"item_code": RESIDENCE}
    taken = await county.http.post("/applications", json=guess, headers=stranger | prefer)
    assert (taken.status_code, [e["field"] for e in taken.json()["errors"]]) == (409, ["application_no"])


async def test_a_start_that_is_repeated_is_answered_as_the_case_stands_now(county: Door) -> None:
    window = await waiting(county)
    act = {"command_id": "w-1", "reason": "不再需要"}
    withdrawn = await county.http.post(f"/applications/{county.case}/withdraw", json=act, headers=window)
    assert withdrawn.status_code == 200, withdrawn.text
    again = await county.http.post("/applications", json=legal_aid(county.case), headers=window | {"Prefer": "wait=30"})
    assert again.status_code == 200 and again.json()["stage"]["code"] == "withdrawn"
    assert again.json()["recorded"] > withdrawn.json()["position"]["sequence"]


async def test_what_is_refused_before_a_case_is_looked_at_is_noted_too(county: Door) -> None:
    county.case = "NOT-THERE-1"
    supervisor = county.callers.add("sup-1", Role.SUPERVISOR)
    department = county.callers.add("tax-1", Role.DEPARTMENT, department="11350526MB0000005Q")
    base, act = f"/applications/{county.case}", {"command_id": "a-1"}
    task = "/tasks/eHgKeQ/claim"
    for path, body, headers, status in (
        (f"{base}/acceptance", act, supervisor, 403),
        (f"{base}/retry", act | {"reason": "x"}, department, 403),
        (task, act, supervisor, 403),
        (f"/routes/verification/{county.case}/x/reply", reply(), supervisor, 403),
        (f"/routes/verification/{county.case}/x/reply", reply(), department, 404),
        ("/bulk", {"action": "remind", "reason": "x", "filters": {}}, department, 403),
        ("/webhooks", {"url": "https://example.com/"}, department, 403),
    ):
        county.noted.looks.clear()
        answer = await county.http.post(path, json=body, headers=headers)
        assert answer.status_code == status, (path, answer.text)
        ((who, _, _, verdict),) = county.noted.looks
        assert who in ("sup-1", "tax-1") and verdict.code == answer.json()["code"], path


async def test_a_representative_acts_under_a_mandate_and_within_it(county: Door) -> None:
    window = await waiting(county)
    registered = await county.http.post(
        "/mandates",
        json={
            "party": PERSON,
            "representative": AGENT,
            "acts": ["withdraw"],
            "assurance": Assurance.SUBSTANTIAL.value,
            "valid_from": (NOW - timedelta(days=1)).isoformat(),
            "valid_until": (NOW + timedelta(days=30)).isoformat(),
            "document_digest": "a" * 64,
        },
        headers=window,
    )
    assert registered.status_code == 201, registered.text
    on_behalf = {"mandate_id": registered.json()["mandate_id"], "representative": AGENT}
    chosen = {"requirement_code": "legal_aid_hardship", "party_id": "p1", "route": "paper_first", "wanted": True}
    beyond = await county.http.post(
        f"/applications/{county.case}/choices",
        json={"command_id": "c-1", "choice": chosen, "on_behalf": on_behalf},
        headers=window,
    )
    assert (beyond.status_code, beyond.json()["code"]) == (403, "mandate_refused")
    assert [e["code"] for e in beyond.json()["errors"]] == ["mandate_not_for_act"]
    withdrawn = await county.http.post(
        f"/applications/{county.case}/withdraw",
        json={"command_id": "w-1", "reason": "不再需要", "on_behalf": on_behalf},
        headers=window,
    )
    assert withdrawn.status_code == 200, withdrawn.text
    actor = await county.stack.pool.fetchval(
        "SELECT canonical::json -> 'actor' ->> 'kind' FROM ledger.event WHERE type = 'application_withdrawn'"
    )
    assert actor == "representative"


async def test_a_message_of_the_platform_is_delivered_accepted_and_acted_on(county: Door) -> None:
    window = await waiting(county)
    stream = await verification_of(county, window)
    inbox = Inbox(
        county.stack.pool, county.stack.settings.identity.master_key_bytes, TemporalDelivery(county.stack.client)
    )
    said = CollaborationCallback(
        message_id="m-1",
        stream=stream,
        key=(await county.behind.cases.route(stream)).key or "",
        department=CIVIL_AFFAIRS,
        verdict="confirmed",
        reason=None,
        document_digest=None,
        conditions=None,
        answered_at=NOW,
    )
    assert await inbox(said) is CallbackState.ACCEPTED

    async def acted_on() -> set[str]:
        found = await inbox.state(Platform.COLLABORATION, "m-1")
        return {found[0].value} if found is not None else set()

    await eventually_async(acted_on, {"acted_on"})
