"""Whose data an event uses, from the event and its stream alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from schemas.use import USES, Use, ground_of, parties_of, uses_of
from tests.ledger.cases import APPLICANT, COMPANY, SPOUSE, admitted, attempt, link, received, settled
from tests.schemas.test_case import kinds  # the models of a union

PERSON = "s_" + "d4" * 16


def told(type_: str, stream: str = "application/A-1", number: str = "A-1", **body: Any) -> dict[str, Any]:
    actor = {"kind": "system", "actor_id": "mianzheng", "department": None}
    return {"stream": stream, "application_no": number, "actor": actor, "body": {"type": type_, **body}}


def only(event: dict[str, Any]) -> Use:
    [use] = uses_of(event)
    return use


def test_a_case_tells_its_ground_and_its_parties() -> None:
    first, second = (event.model_dump(mode="json") for event in link("A-1", [received(), admitted()]))
    ground = ground_of(first)
    assert ground is not None and (ground.purpose, ground.operator) == ("办理陶瓷市场准入登记", "yewu-01")
    assert ground_of(second) is None and parties_of(first) == ()
    assert [p.subject_ref for p in parties_of(second)] == [APPLICANT, SPOUSE, COMPANY]


def test_a_lookup_names_its_source_and_what_came_of_it() -> None:
    event = link("A-1", [attempt(0)])[0].model_dump(mode="json")
    use = only(event)
    assert (use.kind, use.subject_ref, use.party_id) == ("lookup", APPLICANT, None)
    assert use.told == {
        "evidence": "ev_0", "route": "elicence", "platform": "elicence_provincial",
        "resource_code": "11100000000013338W011", "outcome": "hit", "evidence_digest": "ab" * 32,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("event", "whose"),
    [
        (told("attempt_made", requirement="req_1/spouse", outcome={"kind": "no_record", "evidence": None}), "spouse"),
        (told("credit_checked", stream="commitment/A-1/req_1/spouse", standing="clear"), "spouse"),
        (told("credit_checked", stream="commitment/A-1/req_1/spouse/2", standing="clear"), "spouse"),
        (told("verification_opened", stream="verification/A-1/req_1/spouse", requirement="req_1/spouse"), "spouse"),
        (told("credit_checked", standing="clear"), None),
        (told("application_admitted"), None),
    ],
)
def test_where_no_pseudonym_stands_it_is_the_party_or_all(event: dict[str, Any], whose: str | None) -> None:
    use = only(event)
    assert (use.party_id, use.subject_ref, use.application_no) == (whose, None, "A-1")


@pytest.mark.parametrize(
    "event",
    [
        told("digitisation_opened", stream=f"digitisation/ev/{PERSON}/abcd", subject_ref=PERSON, evidence_name="证"),
        told("library_answered", stream=f"digitisation/ev/{PERSON}/abcd", outcome={"kind": "no_record"}),
        told("library_answered", stream=f"completion/ev/{PERSON}", outcome={"kind": "no_record", "evidence": None}),
    ],
)
def test_a_paper_that_cases_share_is_one_persons(event: dict[str, Any]) -> None:
    assert (only(event).subject_ref, only(event).party_id) == (PERSON, None)


def test_what_no_record_closed_uses_nobodys() -> None:
    assert not list(uses_of(told("requirement_settled", requirement="r/a", ground="abolished", evidence_digest=None)))
    assert only(link("A-1", [settled(0)])[0].model_dump(mode="json")).kind == "evidence_used"
    assert not list(uses_of(link("A-1", [received()])[0].model_dump(mode="json")))


def test_a_look_at_many_cases_is_a_use_in_each() -> None:
    look = {
        "look_id": str(UUID(int=1)), "at": "2026-03-02T01:30:00Z", "action": "search", "who": "c-1",
        "roles": ["clerk"], "department": None, "cases": ["A-1", "A-2"], "subject_ref": PERSON, "reason": None,
    }  # fmt: skip
    found = list(uses_of(told("looks_recorded", stream="register/looks/1", door="gateway", looks=[look])))
    assert [(u.application_no, u.subject_ref, u.party_id) for u in found] == [
        ("A-1", None, None), ("A-2", None, None), (None, PERSON, None),
    ]  # fmt: skip
    assert {(u.kind, u.who, u.at) for u in found} == {("search", "c-1", "2026-03-02T01:30:00Z")}


def test_every_event_that_is_a_use_is_an_event_and_has_the_fields_that_are_told() -> None:
    from typing import get_args

    from schemas.events import EventBody

    models = {kind.model_fields["type"].default: kind for kind in kinds(get_args(EventBody)[0])}
    for type_, (_, fields) in USES.items():
        for path in fields.values():
            assert path.partition(".")[0] in models[type_].model_fields, (type_, path)
